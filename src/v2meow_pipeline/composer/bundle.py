"""Loads the checkpoints that turn video features into music from one folder."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from v2meow_pipeline.checkpoint import fingerprint_of, read_config
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.composer.audio_prompts import AudioPrompts
from v2meow_pipeline.composer.bundle_manifest import check_encoder
from v2meow_pipeline.composer.config import ComposerConfig
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.encoders.base import AnyVisualEncoder, MusicTextEncoder, VisualTokenEncoder
from v2meow_pipeline.encoders.music_text_loading import load_music_text
from v2meow_pipeline.encoders.music_text_predictor import MusicTextPredictor
from v2meow_pipeline.encoders.registry import build_visual
from v2meow_pipeline.errors import MissingModelError, StaleError
from v2meow_pipeline.model_store import AUDIO_PROMPTS, PREDICTOR, ModelStore
from v2meow_pipeline.models.checkpointing import load_stage
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.models.stages import PATHS
from v2meow_pipeline.models.streams import VisualTokens
from v2meow_pipeline.networks.device import freeze
from v2meow_pipeline.tokenizers.codec import Codec
from v2meow_pipeline.tokenizers.registry import decoder_fingerprint, load_codec

# Checkpoint -> setting of the sampling configuration that requires it.
OPTIONAL = {PREDICTOR: "predict_music_text", AUDIO_PROMPTS: "audio_prompts"}


@dataclass(frozen=True)
class Bundle:
    """The trained models of one folder.

    Attributes:
        clock: rates and codebook sizes that all models were trained for.
        stages: stage models by output stream, in order: "semantic", "coarse", "fine", as far as the path has them.
        codec: decodes acoustic codes to a waveform.
        predictor: predicts music-text embeddings from visual features; None if the configuration does not use it.
        audio_prompts: excerpts that music continues; None if the configuration does not use them.
        folder: folder of the checkpoints.
        fingerprint: fingerprint of all checkpoints together.
    """

    clock: Clock
    stages: dict[str, StageModel]
    codec: Codec
    predictor: MusicTextPredictor | None
    audio_prompts: AudioPrompts | None
    folder: Path
    fingerprint: str

    @classmethod
    def load(cls, folder: Path, config: ComposerConfig | None = None) -> "Bundle":
        """Loads the models in a folder and checks that they belong together.

        Args:
            folder: folder written by `kedro run --pipeline train`, or a packed bundle.
            config: selects stages, decoder and predictor; None takes the paper's.

        Returns:
            The models in evaluation mode, on the best device.

        Raises:
            StaleError: when a model was trained on tokens or embeddings of other models than those in the folder.
            MissingModelError: when the music-text predictor or audio prompts are required and missing.
        """
        config = config or ComposerConfig()
        specs, models = PATHS[config.path], ModelStore(folder)
        paths = {spec.name: models.stage(spec.name) for spec in specs}
        clock = load_stage(paths[specs[0].name]).config.clock
        stages: dict[str, StageModel] = {s.output: freeze(load_stage(paths[s.name], clock, s.name)) for s in specs}
        codec = load_codec(models.codec, clock, config.decoder)
        predictor = MusicTextPredictor.load(_required(models, PREDICTOR)) if config.predict_music_text else None
        prompts = AudioPrompts.load(_required(models, AUDIO_PROMPTS), clock) if config.audio_prompts else None
        used = [*paths.values(), *map(models.part, optional_parts(config))]
        _check_made_with(models, used)
        made_of = [*map(fingerprint_of, used), decoder_fingerprint(models.codec, config.decoder)]
        return cls(clock, stages, codec, predictor, prompts, folder, fingerprint(*made_of))

    def visual_encoders(self) -> dict[str, AnyVisualEncoder]:
        """Loads the frozen visual encoders whose features the stages were trained on.

        Returns:
            Encoders by name.

        Raises:
            StaleError: when an encoder's output differs from the features of the training, or its fingerprint from
                that in the manifest.
        """
        features = {name: kind for stage in self.stages.values() for name, kind in stage.config.all_features().items()}
        encoders = {name: build_visual(name, self.clock, self.folder) for name in sorted(features)}
        for name, encoder in encoders.items():
            check_encoder(self.folder, name, encoder.fingerprint)
            given = (encoder.tokens, encoder.codes) if isinstance(encoder, VisualTokenEncoder) else encoder.width
            wanted = features[name]
            expected = (wanted.tokens, wanted.codes) if isinstance(wanted, VisualTokens) else wanted
            if given != expected:
                raise StaleError(
                    f"The stages expect {expected} as the size of {name}, the encoder gives {given}.",
                    "Train the stages again.",
                )
        return encoders

    def music_text(self) -> MusicTextEncoder:
        """Loads the joint music-text encoder, for prompts."""
        return load_music_text(ModelStore(self.folder).music_text)


def optional_parts(config: ComposerConfig) -> list[str]:
    """Names of the checkpoints that a sampling configuration requires beside stages and codec."""
    return [name for name, setting in OPTIONAL.items() if getattr(config, setting)]


def _required(models: ModelStore, name: str) -> Path:
    if not models.part(name).is_dir():
        raise MissingModelError(
            f"generate.composer.{OPTIONAL[name]} is on, and {models.root} has no {name}.",
            f"Run `.venv/bin/kedro run --pipelines {name}`, or turn it off.",
        )
    return models.part(name)


def _check_made_with(models: ModelStore, parts: Iterable[Path]) -> None:
    """Compares fingerprints: decoding tokens with another codec would give noise without any error."""
    for path in parts:
        name = models.name_of(path).split("/")[0]
        for model, wanted in read_config(path).get("made_with", {}).items():
            if fingerprint_of(models.part(model)) != wanted:
                raise StaleError(
                    f"The {name} in {models.root} was trained with another {model} than the one beside it.",
                    "Run `kedro run --pipeline train` to the end.",
                )
