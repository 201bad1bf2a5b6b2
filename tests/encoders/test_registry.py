"""Names in configuration become encoders."""

from pathlib import Path

import pytest
from tests.support.tiny_onnx import write_judge
from tests.support.vggish_weights import write_vggish

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.base import AudioJudge, TextEncoder, VisualEncoder
from v2meow_pipeline.encoders.registry import (
    JUDGES,
    TEXT,
    VGGISH,
    VISUAL,
    build_judge,
    build_text,
    build_visual,
    judge_weights,
)
from v2meow_pipeline.errors import ConfigError, MissingModelError

FILLED = {"clip", "siglip", "janus"}  # from folders that a person fills


@pytest.mark.parametrize("name", sorted(set(VISUAL) - FILLED))
def test_visual_encoders_are_built_under_their_own_name(name: str) -> None:
    encoder = build_visual(name, Clock())
    assert isinstance(encoder, VisualEncoder) and encoder.name == name


@pytest.mark.parametrize("name", sorted(set(JUDGES) - set(VGGISH)))
def test_judges_are_built_under_their_own_name(name: str) -> None:
    judge = build_judge(name)
    assert isinstance(judge, AudioJudge) and judge.name == name and not judge_weights(name)


@pytest.mark.parametrize("name", [*VGGISH, "onnx_tiny"])
def test_judges_of_a_filled_folder_are_built_under_their_own_name(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Catches a variant under another's key, and scores that do not tell whose weights they are of."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path))
    for look_for in (build_judge, judge_weights):
        with pytest.raises(MissingModelError, match=name if name == "onnx_tiny" else "VGGish"):
            look_for(name)
    write_judge(tmp_path / "onnx_tiny")
    write_vggish(tmp_path / "vggish")
    judge = build_judge(name)
    assert isinstance(judge, AudioJudge) and judge.name == name
    assert judge.fingerprint == judge_weights(name)


@pytest.mark.parametrize("name", sorted(TEXT))
def test_text_encoders_are_built_under_their_own_name(name: str) -> None:
    encoder = build_text(name)
    assert isinstance(encoder, TextEncoder) and encoder.name == name


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"no visual encoder named 'i3d'.*efficientnet_lite0, events, flow_stat"):
        build_visual("i3d")
    with pytest.raises(ConfigError, match=r"no judge named 'trill'.*musicnn, onnx_<folder>, .*vggish, vggish_google"):
        judge_weights("trill")


def test_fingerprints_differ() -> None:
    names = sorted(set(VISUAL) - FILLED)
    assert len({build_visual(name).fingerprint for name in names} | {build_text().fingerprint}) == len(names) + 1
