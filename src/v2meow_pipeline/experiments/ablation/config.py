"""Which models an ablation trains and compares."""

from typing import Any, Literal

from pydantic import Field, field_validator

from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.variants import Variant, VisualConfig
from v2meow_pipeline.evaluation.generate import MODEL, TEXT_ONLY, WITH_TEXT
from v2meow_pipeline.models.stages import PATHS, StageSpec, stage

# What is added to a row's name, for each system that it generates.
SUFFIXES = {MODEL: "", WITH_TEXT: ", with text", TEXT_ONLY: ", text only"}


class AblationRow(Config):
    """One model.

    Attributes:
        variant: what the stages see of the video.
        acoustic: whether the coarse stage sees it too, not the semantic stage alone.
        path: the stages from video to codes, a key of `models.stages.PATHS`.
        text: whether music is also generated with captions, and from captions alone.
    """

    variant: Variant
    acoustic: bool = True
    path: Literal["paper", "audio_only_coarse", "direct"] = "paper"
    text: bool = False

    def seen_by(self, spec: StageSpec) -> Variant:
        """What a stage of this model sees of the video; stages that see the same are trained once for all rows."""
        return self.variant if spec.visual and (self.acoustic or spec is PATHS[self.path][0]) else "none"


class AblationConfig(Config):
    """The rows, and what is spent on them.

    Attributes:
        rows: by name, as tables and runs show it; null takes a row of `base` out again.
        train: for each stage values in place of its own `train`, such as fewer steps.
    """

    rows: dict[str, AblationRow] = Field(min_length=1)
    train: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @field_validator("rows", mode="before")
    @classmethod
    def _without_null(cls, rows: Any) -> Any:
        return {name: row for name, row in rows.items() if row is not None} if isinstance(rows, dict) else rows

    @field_validator("train")
    @classmethod
    def _of_stages(cls, train: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for name in train:
            stage(name)  # a budget of a stage that there is not would be ignored
        return train

    def encoders(self, visual: dict[str, Any]) -> list[str]:
        """The encoders that any row sees.

        Args:
            visual: values of `VisualConfig`, which say who plays each part.

        Returns:
            Their names, sorted.
        """
        variants = {row.variant for row in self.rows.values()}
        return sorted({name for v in variants for name in VisualConfig.parse({**visual, "variant": v}).seen})
