"""Long waves are seen in windows; layers are counted from one."""

import numpy as np
import pytest

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.tokenizers.hidden_layer import MARGIN_S, WINDOW_S, choose_layer, in_windows

HOP, TOKEN_HZ = 4, 25


def near_sums(wave: np.ndarray, t: int) -> np.ndarray:
    """A network that sees a second on either side: sums over 51 frames."""
    assert len(wave) == t * HOP
    sums = np.pad(wave.reshape(t, HOP).sum(1), TOKEN_HZ)
    return np.lib.stride_tricks.sliding_window_view(sums, 2 * TOKEN_HZ + 1).sum(1)[:, None]


@pytest.mark.parametrize("t", [1, 499, 500, 501, 1760])
def test_windows_give_what_the_whole_gives(t: int) -> None:
    """Catches frames lost or doubled where windows meet, and margins that do not reach a network's runtime."""
    wave = np.random.default_rng(0).integers(-9, 9, t * HOP).astype(np.float32)
    np.testing.assert_array_equal(in_windows(near_sums, wave, t, HOP, TOKEN_HZ), near_sums(wave, t))


def test_a_network_never_sees_more_than_a_window_and_its_margins() -> None:
    """Catches attention over an hour at once."""
    seen = []

    def frames(wave: np.ndarray, t: int) -> np.ndarray:
        seen.append(t)
        return near_sums(wave, t)

    in_windows(frames, np.zeros(10_000, np.float32), 2_500, HOP, TOKEN_HZ)
    assert max(seen) == (WINDOW_S + 2 * MARGIN_S) * TOKEN_HZ


def test_short_waves_end_in_silence_and_long_ones_are_cut() -> None:
    """Catches a last token without sound of its own, for which there is no frame."""
    wave = np.ones(9 * HOP - 1, np.float32)
    padded = in_windows(near_sums, wave, 9, HOP, TOKEN_HZ)
    np.testing.assert_array_equal(padded, near_sums(np.append(wave, np.float32(0)), 9))
    assert in_windows(near_sums, wave, 3, HOP, TOKEN_HZ).shape == (3, 1)


@pytest.mark.parametrize(("layers", "chosen"), [(12, 7), (24, 14), (3, 2), (1, 1)])
def test_the_layer_is_as_far_up_as_the_papers(layers: int, chosen: int) -> None:
    """Catches layer 7 of a network that has 24."""
    assert choose_layer(None, layers, "net") == chosen
    assert choose_layer(layers, layers, "net") == layers
    for wrong in (0, layers + 1):
        with pytest.raises(ConfigError, match=f"1 to {layers}"):
            choose_layer(wrong, layers, "net")
