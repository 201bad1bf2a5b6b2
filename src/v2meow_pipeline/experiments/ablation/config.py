"""Configuration of an ablation: the models that are trained and compared."""

from typing import Any, Literal

from pydantic import Field, field_validator

from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.variants import Variant, VisualConfig
from v2meow_pipeline.evaluation.generate import MODEL, TEXT_ONLY, WITH_TEXT
from v2meow_pipeline.models.stages import PATHS, StageSpec, stage

# Suffix of a row's name for each system that it generates.
SUFFIXES = {MODEL: "", WITH_TEXT: ", with text", TEXT_ONLY: ", text only"}


class AblationRow(Config):
    """Model variant of one table row.

    Attributes:
        variant: visual variant, which selects the visual features.
        acoustic: whether the coarse stage is conditioned on visual features too, or only the first stage.
        path: stages from video to acoustic codes, a key of `models.stages.PATHS`.
        text: whether music is also generated with captions, and from captions only.
    """

    variant: Variant
    acoustic: bool = True
    path: Literal["paper", "audio_only_coarse", "direct"] = "paper"
    text: bool = False

    def seen_by(self, spec: StageSpec) -> Variant:
        """Visual variant of a stage of this model; a stage with the same variant is trained once for all rows."""
        return self.variant if spec.visual and (self.acoustic or spec is PATHS[self.path][0]) else "none"


class AblationConfig(Config):
    """Rows of an ablation and their training settings.

    Attributes:
        rows: model variants by the name shown in tables and runs; null removes a row of the base environment.
        train: overrides of each stage's `train` parameters, such as fewer steps.
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
            stage(name)  # raises on unknown stages
        return train

    def encoders(self, visual: dict[str, Any]) -> list[str]:
        """Visual encoders used by at least one row.

        Args:
            visual: values of `VisualConfig`, which select the encoder of each component.

        Returns:
            Sorted names of the encoders.
        """
        variants = {row.variant for row in self.rows.values()}
        return sorted({name for v in variants for name in VisualConfig.parse({**visual, "variant": v}).seen})
