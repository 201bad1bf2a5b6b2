"""Loudness as BS.1770 has it, and a gain that does no harm."""

import math
import tracemalloc

import numpy as np
import pytest

from v2meow_pipeline.media.loudness import loudness_lufs, normalise_loudness, true_peak_dbfs

RATE_HZ = 48_000


def sine(amplitude: float, duration_s: float, frequency_hz: float = 997.0) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * frequency_hz * np.arange(round(duration_s * RATE_HZ)) / RATE_HZ)


def test_full_scale_sine_reads_as_the_standard_says() -> None:
    """Catches a missing K weighting or offset: 0 dBFS at 997 Hz in one channel is -3.01 LUFS."""
    assert loudness_lufs(sine(1.0, 3.0), RATE_HZ) == pytest.approx(-3.01, abs=0.05)


@pytest.mark.parametrize(
    "levels",
    [
        [(20.0, -23.0)],
        [(10.0, -36.0), (60.0, -23.0), (10.0, -36.0)],
        [(10.0, -72.0), (10.0, -36.0), (60.0, -23.0), (10.0, -36.0), (10.0, -72.0)],
        [(20.0, -26.0), (20.1, -20.0), (20.0, -26.0)],
    ],
)
def test_the_signals_of_ebu_tech_3341_read_minus_23(levels: list[tuple[float, float]]) -> None:
    """Catches a gate that is missing, absolute only, or relative to the wrong mean: stereo tones, seconds and dBFS."""
    parts = [sine(10 ** (level_dbfs / 20), duration_s, 1000.0) for duration_s, level_dbfs in levels]
    stereo = np.repeat(np.concatenate(parts)[:, None], 2, axis=1)
    assert loudness_lufs(stereo, RATE_HZ) == pytest.approx(-23.0, abs=0.1)


def test_measuring_an_hour_takes_no_more_memory_than_a_minute() -> None:
    """Catches a copy of the whole wave, which an hour of sound cannot afford."""
    wave = np.broadcast_to(np.float32(0.5), (RATE_HZ * 600, 2))
    tracemalloc.start()
    loudness_lufs(wave, RATE_HZ)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 8e6


@pytest.mark.parametrize("count", [0, 1, 10, 1000])
def test_silence_and_nothing_are_minus_infinity(count: int) -> None:
    """Catches a crash, a NaN, or a warning per clip of a silent corpus."""
    assert loudness_lufs(np.zeros(count), RATE_HZ) == -math.inf
    assert not normalise_loudness(np.zeros(count, np.float32), RATE_HZ, -14.0).any()


def test_a_short_sound_has_the_loudness_of_a_long_one() -> None:
    """Catches padding with silence, which would call short sounds quiet; the meter would find no block."""
    assert loudness_lufs(sine(0.5, 0.05), RATE_HZ) == pytest.approx(loudness_lufs(sine(0.5, 5.0), RATE_HZ), abs=0.5)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("target_lufs", [-30.0, -14.0])
def test_the_target_is_reached(channels: int, target_lufs: float) -> None:
    """Catches a gain of the wrong sign or in the wrong unit."""
    wave = np.random.default_rng(0).normal(0, 0.05, (RATE_HZ * 4, channels))
    out = normalise_loudness(wave if channels == 2 else wave[:, 0], RATE_HZ, target_lufs)
    assert out.dtype == np.float32
    assert loudness_lufs(out, RATE_HZ) == pytest.approx(target_lufs, abs=0.05)


def test_peaks_stay_below_full_scale_even_between_samples() -> None:
    """Catches clipping: a click in near silence, and a sine whose samples miss its crests."""
    click = sine(0.01, 3.0)
    click[RATE_HZ] = 1.0
    assert true_peak_dbfs(normalise_loudness(click, RATE_HZ, -14.0)) <= -0.99
    between = 0.99 * np.sin(np.pi / 2 * np.arange(RATE_HZ) + np.pi / 4) / np.sin(np.pi / 4)
    assert true_peak_dbfs(between) > 20 * np.log10(np.abs(between).max()) - 0.01
    sampled = np.sin(np.pi / 2 * np.arange(RATE_HZ) + np.pi / 4)
    assert true_peak_dbfs(sampled) == pytest.approx(0.0, abs=0.3)


def test_faint_noise_is_not_blown_up(caplog: pytest.LogCaptureFixture) -> None:
    """Catches a gain of 60 dB on the hiss of an empty room, and a target missed in silence."""
    hiss = np.random.default_rng(0).normal(0, 1e-3, RATE_HZ * 2)
    with caplog.at_level("INFO"):
        out = normalise_loudness(hiss, RATE_HZ, -14.0)
    assert np.abs(out).max() < np.abs(hiss).max() * 10 ** (24.1 / 20)
    assert "more gain would clip peaks" in caplog.text
