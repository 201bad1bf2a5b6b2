"""The paper's variants as one parameter."""

import pytest

from v2meow_pipeline.corpus.variants import VisualConfig
from v2meow_pipeline.errors import ConfigError


@pytest.mark.parametrize(
    ("variant", "seen"),
    [
        ("clip", ["efficientnet_lite0"]),
        ("i3d", ["flow_statistics"]),
        ("vit", ["vitvqgan"]),
        ("vit+i3d", ["flow_statistics", "vitvqgan"]),
        ("clip+i3d", ["efficientnet_lite0", "flow_statistics"]),
        ("none", []),
    ],
)
def test_a_variant_is_the_encoders_of_its_parts(variant: str, seen: list[str]) -> None:
    """Catches a variant that sees a part too many or too few."""
    assert VisualConfig.parse({"variant": variant}).seen == seen


def test_all_that_is_asked_for_is_extracted_once() -> None:
    """Catches an encoder that runs twice, or features that change place when a variant changes."""
    config = VisualConfig.parse({"variant": "vit", "also": ["vitvqgan", "flow_statistics"]})
    assert config.extracted == ["flow_statistics", "vitvqgan"]


def test_an_unknown_variant_is_refused_with_the_known_ones() -> None:
    """Catches a misspelt variant that sees nothing."""
    with pytest.raises(ConfigError, match=r"clip\+i3d"):
        VisualConfig.parse({"variant": "clip,i3d"})
