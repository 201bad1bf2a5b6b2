"""Configuration of the visual features: the paper's five variants, and the encoder used for each of their parts."""

from typing import Literal

from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.models.streams import Reduction

Part = Literal["clip", "i3d", "vit"]
Variant = Literal["none", "clip", "i3d", "vit", "vit+i3d", "clip+i3d"]

EMBEDDED: dict[Part, str] = {"clip": "efficientnet_lite0", "i3d": "flow_statistics", "vit": "vitvqgan"}


class VisualConfig(Config):
    """Visual conditioning of the stages.

    Attributes:
        variant: parts of the visual input (paper, section "Visual features"); "none" is the control without any.
        encoders: encoder of each part, by its name in encoders/registry.py: the paper's `clip`, `i3d_flow` and
            `vitvqgan`, or their lightweight replacements.
        also: further encoders whose features are extracted, so that changing the variant needs no new extraction.
        vectors: number of input vectors per frame of discrete tokens, a square number.
        reduction: method that reduces the tokens of a frame to `vectors` vectors, see VisualTokens in
            models/streams.py.
    """

    variant: Variant = "clip+i3d"
    encoders: dict[Part, str] = Field(default_factory=lambda: dict(EMBEDDED))
    also: tuple[str, ...] = ()
    vectors: int = Field(default=1, gt=0)
    reduction: Reduction = "pool"

    @property
    def seen(self) -> list[str]:
        """Names of the encoders of the variant."""
        parts: list[Part] = ["clip", "i3d", "vit"]
        return [self.encoders[part] for part in parts if part in self.variant.split("+")]

    @property
    def extracted(self) -> list[str]:
        """Names of the encoders whose features are extracted: those of the variant and of `also`, sorted."""
        return sorted({*self.seen, *self.also})
