"""All that it takes to turn frames into music, read from one folder of checkpoints."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from v2meow_pipeline.checkpoint import read_config
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.encoders.base import MusicTextEncoder, VisualEncoder
from v2meow_pipeline.encoders.music_text import MusicTextHead
from v2meow_pipeline.encoders.registry import build_visual
from v2meow_pipeline.errors import StaleError
from v2meow_pipeline.models.checkpointing import load_stage
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.models.stages import MUSIC_TEXT, STAGE_NAMES
from v2meow_pipeline.tokenizers.acoustic import AcousticTokenizer

CODEC = "acoustic_tokenizer"
STAGE_CHECKPOINT = "checkpoint"


@dataclass(frozen=True)
class Bundle:
    """The trained models of one folder.

    Attributes:
        clock: rates and codebooks that all of them were trained for.
        stages: the three stage models by name.
        codec: codes to waveform.
        folder: where they lie.
        fingerprint: of all checkpoints together.
    """

    clock: Clock
    stages: dict[str, StageModel]
    codec: AcousticTokenizer
    folder: Path
    fingerprint: str

    @classmethod
    def load(cls, folder: Path) -> "Bundle":
        """The models in `folder`, once it is certain that they fit each other.

        Args:
            folder: a folder that `kedro run --pipeline train` filled.

        Returns:
            The models, on the CPU, in evaluation mode.

        Raises:
            StaleError: when a stage was trained on tokens or vectors of other models than lie beside it.
        """
        paths = {name: folder / name / STAGE_CHECKPOINT for name in STAGE_NAMES}
        clock = load_stage(paths[STAGE_NAMES[0]]).config.clock
        stages = {name: load_stage(path, clock, name) for name, path in paths.items()}
        codec = AcousticTokenizer.load(folder / CODEC, clock)
        _check_made_with(folder, paths)
        made_of = [read_config(path)["fingerprint"] for path in (*paths.values(), folder / CODEC)]
        return cls(clock, stages, codec, folder, fingerprint(*made_of))

    def visual_encoders(self) -> dict[str, VisualEncoder]:
        """The frozen encoders whose features the stages were trained on, by name.

        Returns:
            Encoders with the widths that the stages expect.

        Raises:
            StaleError: when a stage was trained on features of another width than the encoder now gives.
        """
        widths = {name: width for stage in self.stages.values() for name, width in stage.config.features.items()}
        encoders = {name: build_visual(name, self.clock) for name in sorted(widths)}
        for name, encoder in encoders.items():
            if encoder.width != widths[name]:
                raise StaleError(
                    f"The stages expect {widths[name]} values of {name}, the encoder gives {encoder.width}.",
                    "Train the stages again.",
                )
        return encoders

    def music_text(self) -> MusicTextEncoder:
        """The joint space of music and text, for prompts."""
        return MusicTextHead.load(self.folder / MUSIC_TEXT)


def _check_made_with(folder: Path, stages: Mapping[str, Path]) -> None:
    """Tokens of one codec that another decodes are noise, and no error would say so."""
    for name, path in stages.items():
        for model, wanted in read_config(path).get("made_with", {}).items():
            if read_config(folder / model)["fingerprint"] != wanted:
                raise StaleError(
                    f"The {name} stage in {folder} was trained with another {model} than the one beside it.",
                    "Run `kedro run --pipeline train` to the end.",
                )
