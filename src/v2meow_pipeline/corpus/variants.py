"""The five visual variants of the paper as one parameter, and which encoder plays which part."""

from typing import Literal

from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.models.streams import Reduction

Part = Literal["clip", "i3d", "vit"]
Variant = Literal["none", "clip", "i3d", "vit", "vit+i3d", "clip+i3d"]

EMBEDDED: dict[Part, str] = {"clip": "efficientnet_lite0", "i3d": "flow_statistics", "vit": "vitvqgan"}


class VisualConfig(Config):
    """What the stages see of a video.

    Attributes:
        variant: the parts that are seen (paper, section "Visual features"); "none" is the control that sees nothing.
        encoders: which encoder plays each part, by names of encoders/registry.py: the paper's `clip`, `i3d_flow` and
            `vitvqgan`, or what stands in for them where these are not at hand.
        also: further encoders whose features are extracted too, so that changing the variant costs nothing.
        vectors: what a frame of discrete tokens contributes to the input sequence, a square number.
        reduction: how its tokens become so many vectors, see VisualTokens in models/streams.py.
    """

    variant: Variant = "clip+i3d"
    encoders: dict[Part, str] = Field(default_factory=lambda: dict(EMBEDDED))
    also: tuple[str, ...] = ()
    vectors: int = Field(default=1, gt=0)
    reduction: Reduction = "pool"

    @property
    def seen(self) -> list[str]:
        """The encoders of the variant, by name."""
        parts: list[Part] = ["clip", "i3d", "vit"]
        return [self.encoders[part] for part in parts if part in self.variant.split("+")]

    @property
    def extracted(self) -> list[str]:
        """The encoders whose features are extracted: those of the variant, and the others asked for."""
        return sorted({*self.seen, *self.also})
