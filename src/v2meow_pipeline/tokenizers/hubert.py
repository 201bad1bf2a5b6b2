"""Features of HuBERT (Hsu et al. 2021) and similar networks, from user-provided weights.

Supports any transformers network whose convolutional encoder has a receptive field of 400 samples and a stride of 320
at 16 kHz: wav2vec 2.0, WavLM, UniSpeech, Data2Vec audio, and HuBERT trained on music.
"""

from math import prod
from pathlib import Path
from typing import Any

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.transformers_weights import load_whole
from v2meow_pipeline.tokenizers.pretrained_features import FRAME_SAMPLES, SAMPLE_RATE_HZ, PretrainedFeatures


class HubertFeatures(PretrainedFeatures):
    """Hidden layer of a network with HuBERT's framing; see `PretrainedFeatures`."""

    name = "hubert"
    folder_name = "hubert"
    download = "the files of facebook/hubert-base-ls960 on the Hugging Face hub, 0.4 GB, or of another such network,"
    window_samples = 400
    input_name = "input_values"

    def _load(self, folder: Path) -> tuple[Any, Any]:
        from transformers import AutoConfig, AutoFeatureExtractor, AutoModel

        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        extractor = AutoFeatureExtractor.from_pretrained(folder, local_files_only=True)
        frame, window = prod(getattr(config, "conv_stride", ())), _window(config)
        rate = getattr(extractor, "sampling_rate", None)
        if (frame, window, rate) != (FRAME_SAMPLES, self.window_samples, SAMPLE_RATE_HZ):
            raise ConfigError(
                f"The network in {folder} has frames of {window} samples with a hop of {frame} at {rate} Hz, but "
                f"{self.window_samples} samples with a hop of {FRAME_SAMPLES} at {SAMPLE_RATE_HZ} Hz are required.",
                "Use HuBERT, wav2vec 2.0, WavLM or another network with the same framing.",
            )
        network = load_whole(AutoModel, folder, config)
        return extractor, network


def _window(config: Any) -> int:
    """Receptive field of the network's convolutional encoder, in samples."""
    samples, stride = 1, 1
    for kernel, step in zip(getattr(config, "conv_kernel", ()), getattr(config, "conv_stride", ()), strict=True):
        samples += (kernel - 1) * stride
        stride *= step
    return samples
