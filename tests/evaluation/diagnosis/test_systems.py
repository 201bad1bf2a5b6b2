"""Which tokens are true and which generated in each row of a diagnosis."""

from collections.abc import Sequence

import numpy as np
import pytest
from tests.support.model_makers import CLOCK, tiny_model

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.evaluation.diagnosis.systems import systems_of, true_tokens
from v2meow_pipeline.models.stages import PATHS

CLIPS = ["a", "b"]
SEMANTIC = np.arange(2 * 250, dtype=np.int16).reshape(2, 250) % 50
ACOUSTIC = np.arange(2 * 5 * 500, dtype=np.int16).reshape(2, 5, 500) % 40


class _Tokens:
    def stack(self, name: str, clip_ids: Sequence[str]) -> np.ndarray:
        return {"semantic": SEMANTIC, "acoustic": ACOUSTIC}[name][[CLIPS.index(clip) for clip in clip_ids]]


def test_the_rows_of_the_paper() -> None:
    """Catches a row that is missing, and one without video that would be the same as the one with it."""
    rows = [
        (system.name, system.true, system.generated, system.video)
        for system in systems_of({"semantic": True, "coarse": True, "fine": False})
    ]
    assert rows == [
        ("codec_resynthesis", ("semantic", "coarse", "fine"), (), True),
        ("true_semantic_coarse", ("semantic", "coarse"), ("fine",), True),
        ("true_semantic", ("semantic",), ("coarse", "fine"), True),
        ("true_semantic_without_video", ("semantic",), ("coarse", "fine"), False),
        ("all_generated", (), ("semantic", "coarse", "fine"), True),
        ("all_generated_without_video", (), ("semantic", "coarse", "fine"), False),
    ]


def test_other_paths_have_rows_of_their_own() -> None:
    """Catches three stages that are taken for granted, and a coarse stage without video that is taken to see it."""
    names = {
        "audio_only_coarse": [s.name for s in systems_of({"semantic": True, "coarse": False, "fine": False})],
        "no fine stage": [s.name for s in systems_of({"semantic": True, "coarse": True})],
        "blind": [s.name for s in systems_of({"coarse": False, "fine": False})],
    }
    everything = ["all_generated", "all_generated_without_video"]
    assert names["audio_only_coarse"] == ["codec_resynthesis", "true_semantic_coarse", "true_semantic", *everything]
    assert names["no fine stage"] == [
        "codec_resynthesis", "true_semantic", "true_semantic_without_video", *everything
    ]  # fmt: skip
    assert names["blind"] == ["codec_resynthesis", "true_coarse", "all_generated"]


@pytest.mark.parametrize("path", PATHS)
def test_stages_say_whether_they_see_the_video(path: str) -> None:
    """Catches a prompt that counts as video, and a stage without features that counts as seeing."""
    for spec in PATHS[path]:
        assert tiny_model(spec.name).sees_video == spec.visual
        if spec.music_text and spec.tokens_in == () and spec.visual:
            assert not tiny_model(spec.name, features={}).sees_video


def test_true_tokens_are_the_clips_own_level_by_level() -> None:
    """Catches levels that are given to the wrong stream, and clips in another order."""
    found = true_tokens(_Tokens(), ["b", "a"], ["semantic", "coarse", "fine"], CLOCK)  # type: ignore[arg-type]
    np.testing.assert_array_equal(found["semantic"].numpy(), SEMANTIC[[1, 0], None])
    np.testing.assert_array_equal(found["coarse"].numpy(), ACOUSTIC[[1, 0], :2])
    np.testing.assert_array_equal(found["fine"].numpy(), ACOUSTIC[[1, 0], 2:])
    few = true_tokens(_Tokens(), CLIPS, ["semantic", "coarse"], Clock(coarse_levels=3))  # type: ignore[arg-type]
    assert set(few) == {"semantic", "coarse"} and few["coarse"].shape == (2, 3, 500)
