"""Layout of a models folder: the path of each checkpoint in it."""

from pathlib import Path
from typing import NamedTuple

# Subfolder of a network's workspace that contains its finished checkpoint.
CHECKPOINT = "checkpoint"
# Checkpoints that are fitted or copied as a whole: they have no workspace.
SEMANTIC_TOKENIZER = "semantic_tokenizer"
CODEC = "acoustic_tokenizer"
MUSIC_TEXT = "music_text"
PREDICTOR = "music_text_predictor"
AUDIO_PROMPTS = "audio_prompts"
VOCODER = "vocoder"
# Sampling configuration that the models are evaluated with.
COMPOSER_FILE = "composer.json"


def trained_part(name: str) -> str:
    """Name of a stage's or network's checkpoint in a bundle, such as "coarse/checkpoint"."""
    return f"{name}/{CHECKPOINT}"


class ModelStore(NamedTuple):
    """Folder of trained models, or a packed bundle, which has the same layout.

    Attributes:
        root: folder of all checkpoints, such as data/06_models.
    """

    root: Path

    @classmethod
    def containing(cls, checkpoint: Path) -> "ModelStore":
        """Models folder that contains a checkpoint.

        Args:
            checkpoint: path of a checkpoint as one of the methods returns it.

        Returns:
            The models folder.
        """
        return cls(checkpoint.parent.parent if checkpoint.name == CHECKPOINT else checkpoint.parent)

    def part(self, name: str) -> Path:
        """Checkpoint by its name in a bundle, such as "acoustic_tokenizer" or "coarse/checkpoint"."""
        return self.root / name

    def name_of(self, checkpoint: Path) -> str:
        """Name of a checkpoint in a bundle; the inverse of `part`."""
        return checkpoint.relative_to(self.root).as_posix()

    def network(self, name: str) -> Path:
        """Checkpoint of a trained encoder, codec or vocoder, by the name of its recipe."""
        return self.part(trained_part(name))

    def stage(self, name: str) -> Path:
        """Checkpoint of a stage, such as "coarse"."""
        return self.part(trained_part(name))

    def trained(self) -> dict[str, Path]:
        """Checkpoints of the stages and networks that are in the folder, by name."""
        return {path.parent.name: path for path in sorted(self.root.glob(trained_part("*")))}

    @property
    def semantic_tokenizer(self) -> Path:
        """Checkpoint of the semantic tokenizer."""
        return self.part(SEMANTIC_TOKENIZER)

    @property
    def codec(self) -> Path:
        """Checkpoint of the acoustic tokenizer."""
        return self.part(CODEC)

    @property
    def vocoder(self) -> Path:
        """Checkpoint of the vocoder, which may be missing."""
        return self.network(VOCODER)

    @property
    def music_text(self) -> Path:
        """Checkpoint of the joint embedding of music and text."""
        return self.part(MUSIC_TEXT)

    @property
    def audio_prompts(self) -> Path:
        """Checkpoint of the audio prompts, which may be missing."""
        return self.part(AUDIO_PROMPTS)

    @property
    def composer_file(self) -> Path:
        """JSON file of the sampling configuration, which may be missing."""
        return self.root / COMPOSER_FILE
