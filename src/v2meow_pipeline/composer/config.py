"""How music is sampled: the choices that are not in the models."""

from pydantic import Field

from v2meow_pipeline.config import Config


class Sampling(Config):
    """Sampling of one stage.

    Attributes:
        temperature: divides the logits; lower is safer and duller.
        top_k: keep only the k likeliest tokens; 0 keeps all.
        top_p: keep the likeliest tokens up to this share of probability; 1 keeps all.
    """

    temperature: float = Field(1.0, gt=0)
    top_k: int = Field(0, ge=0)
    top_p: float = Field(1.0, gt=0, le=1)


class ComposerConfig(Config):
    """Sampling of all stages and of long videos.

    Attributes:
        semantic: sampling of stage 1 (temperature of the paper's stages: 1.0 / 0.95 / 0.4).
        coarse: sampling of stage 2.
        fine: sampling of stage 3.
        overlap: share of a window that the next one takes over as its beginning, for videos longer than a clip.
        rows: clips decoded together. Groups are padded to exactly this many, because matrix kernels round
            differently for different batch shapes: so a clip's music does not depend on what lies beside it.
    """

    semantic: Sampling = Sampling(temperature=1.0)
    coarse: Sampling = Sampling(temperature=0.95)
    fine: Sampling = Sampling(temperature=0.4)
    overlap: float = Field(0.5, ge=0, le=0.9)
    rows: int = Field(8, ge=1)

    def of(self, stage: str) -> Sampling:
        """The sampling of the stage with this name."""
        return {"semantic": self.semantic, "coarse": self.coarse, "fine": self.fine}[stage]
