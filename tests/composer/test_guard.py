"""The guard against silence and loops."""

import numpy as np
import pytest

from v2meow_pipeline.composer.guard import GuardConfig, loop_fault, report, silence_fault

CONFIG = GuardConfig()


def test_a_stuck_token_and_a_short_loop_are_faults() -> None:
    """Catches a generator that stands on one token, or goes round in less than a beat."""
    stuck = np.full((1, 250), 7)
    assert "100%" in str(loop_fault(stuck, 25, CONFIG))
    looped = np.tile(np.arange(10), 25)[None]
    assert "0.40 s" in str(loop_fault(looped, 25, CONFIG))


def test_music_that_repeats_its_bars_is_none() -> None:
    """Catches a guard against music: bars of two seconds may repeat, and so may a held note."""
    rng = np.random.default_rng(0)
    bars = np.tile(rng.integers(0, 1024, 50), 5)
    bars[100:140] = 3
    assert loop_fault(bars[None], 25, CONFIG) is None
    assert loop_fault(rng.integers(0, 1024, (4, 250)), 50, CONFIG) is None


def test_silence_is_a_fault_and_a_rest_is_none() -> None:
    """Catches an empty soundtrack, and a guard that fears quiet music."""
    tone = 0.1 * np.sin(np.arange(16_000 * 4) * 0.2)
    assert silence_fault(np.zeros(16_000), 16_000, CONFIG) == "100% of the sound is silence"
    rest = tone.copy()
    rest[:16_000] = 0
    assert silence_fault(rest, 16_000, CONFIG) is None
    assert silence_fault(tone * 0.1, 16_000, CONFIG) is None


@pytest.mark.parametrize(("faults", "resolved"), [(["stuck", None], True), (["stuck", "silent"], False)])
def test_what_was_drawn_again_is_told(faults: list[str | None], resolved: bool) -> None:
    """Catches a guard that works in secret."""
    (entry,) = report([[None], faults], "semantic", 2)
    assert (entry.clip, entry.stage, entry.window, entry.resolved) == (1, "semantic", 2, resolved)
    assert entry.faults == tuple(fault for fault in faults if fault)
