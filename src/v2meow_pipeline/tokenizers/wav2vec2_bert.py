"""Features of Wav2Vec2-BERT (Seamless Communication 2023), an open w2v-BERT, from user-provided weights.

It was trained on speech in 143 languages; the paper's w2v-BERT was trained on music.
"""

from pathlib import Path
from typing import Any

from v2meow_pipeline.networks.transformers_weights import load_whole
from v2meow_pipeline.tokenizers.pretrained_features import PretrainedFeatures


class Wav2Vec2BertFeatures(PretrainedFeatures):
    """Hidden layer of `Wav2Vec2BertModel`; see `PretrainedFeatures`."""

    name = "wav2vec2_bert"
    folder_name = "w2v-bert-2.0"
    download = "the files of facebook/w2v-bert-2.0 on the Hugging Face hub, 2.3 GB"
    # Two stacked spectra of 400 samples with a hop of 160.
    window_samples = 560
    input_name = "input_features"

    def _load(self, folder: Path) -> tuple[Any, Any]:
        from transformers import SeamlessM4TFeatureExtractor, Wav2Vec2BertModel

        network = load_whole(Wav2Vec2BertModel, folder)
        extractor = SeamlessM4TFeatureExtractor.from_pretrained(folder, local_files_only=True)
        return extractor, network
