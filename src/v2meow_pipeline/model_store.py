"""Layout of the folder that holds trained models."""

from dataclasses import dataclass
from pathlib import Path

CHECKPOINT = "checkpoint"
SEMANTIC_TOKENIZER, CODEC = "semantic_tokenizer", "acoustic_tokenizer"
MUSIC_TEXT, MUSIC_TEXT_PREDICTOR = "music_text", "music_text_predictor"
VOCODER = "vocoder"


@dataclass(frozen=True)
class ModelStore:
    """Paths of the checkpoints in one folder of trained models, such as data/06_models or a packed bundle.

    Attributes:
        root: the folder.
    """

    root: Path

    def workspace(self, name: str) -> Path:
        """Folder that a training of the stage or network `name` writes to: its checkpoint and resume point."""
        return self.root / name

    def trained(self, name: str) -> Path:
        """Checkpoint of a trained stage or network, such as "coarse_audio" or "vocoder"."""
        return self.workspace(name) / CHECKPOINT

    @property
    def semantic_tokenizer(self) -> Path:
        """Checkpoint of the semantic tokenizer."""
        return self.root / SEMANTIC_TOKENIZER

    @property
    def codec(self) -> Path:
        """Checkpoint of the acoustic tokenizer, which is the codec."""
        return self.root / CODEC

    @property
    def vocoder(self) -> Path:
        """Checkpoint of the vocoder."""
        return self.trained(VOCODER)

    @property
    def music_text(self) -> Path:
        """Checkpoint of the joint music-text encoder."""
        return self.root / MUSIC_TEXT

    @property
    def music_text_predictor(self) -> Path:
        """Checkpoint of the regression from visual features to music-text embeddings."""
        return self.root / MUSIC_TEXT_PREDICTOR

    def name_of(self, checkpoint: Path) -> str:
        """Name of a checkpoint inside the folder, with "/" on every platform, such as "semantic/checkpoint"."""
        return checkpoint.relative_to(self.root).as_posix()
