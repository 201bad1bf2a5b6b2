"""Names in configuration become encoders."""

import pytest

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.base import AudioJudge, TextEncoder, VisualEncoder
from v2meow_pipeline.encoders.registry import JUDGES, TEXT, VISUAL, build_judge, build_text, build_visual
from v2meow_pipeline.errors import ConfigError

FILLED = {"clip", "siglip", "janus"}  # from folders that a person fills


@pytest.mark.parametrize("name", sorted(set(VISUAL) - FILLED))
def test_visual_encoders_are_built_under_their_own_name(name: str) -> None:
    encoder = build_visual(name, Clock())
    assert isinstance(encoder, VisualEncoder) and encoder.name == name


@pytest.mark.parametrize("name", sorted(JUDGES))
def test_judges_are_built_under_their_own_name(name: str) -> None:
    judge = build_judge(name)
    assert isinstance(judge, AudioJudge) and judge.name == name


@pytest.mark.parametrize("name", sorted(TEXT))
def test_text_encoders_are_built_under_their_own_name(name: str) -> None:
    encoder = build_text(name)
    assert isinstance(encoder, TextEncoder) and encoder.name == name


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"no visual encoder named 'i3d'.*efficientnet_lite0, flow_statistics"):
        build_visual("i3d")


def test_fingerprints_differ() -> None:
    names = sorted(set(VISUAL) - FILLED)
    assert len({build_visual(name).fingerprint for name in names} | {build_text().fingerprint}) == len(names) + 1
