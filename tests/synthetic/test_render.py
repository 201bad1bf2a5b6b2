"""The sound: on time, audible, as loud as the energy knob says."""

from functools import cache

import numpy as np
import pytest

from v2meow_pipeline.media.loudness import loudness_lufs
from v2meow_pipeline.synthetic.compose import compose
from v2meow_pipeline.synthetic.plan import GENRES, ClipCounts, ClipPlan, SyntheticConfig, plan_clips
from v2meow_pipeline.synthetic.render import render_audio

RATE = 48_000
FONTS = ("primary", "held_out")


@cache
def plan_of(genre: str, energy: float, font: str = "primary", drums: bool = True) -> ClipPlan:
    plans = plan_clips(SyntheticConfig(clips=ClipCounts(train=12), source_s=6.0))
    plan = next(p for p in plans if p.genre == genre)
    return plan.model_copy(update={"energy": ((0.0, energy),), "font": font, "drums": drums})


@cache
def sound_of(plan: ClipPlan) -> np.ndarray:
    return render_audio(plan, compose(plan))


def log_spectrum(wave: np.ndarray) -> np.ndarray:
    frames = wave.mean(1)[: len(wave) // 2048 * 2048].reshape(-1, 2048) * np.hanning(2048)
    power = np.abs(np.fft.rfft(frames))[:, :512].reshape(len(frames), 64, 8).mean(-1)
    return np.log10(power / power.mean() + 1e-3)


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("genre", GENRES)
def test_every_genre_sounds_in_both_fonts(genre: str, font: str) -> None:
    """A preset that a font lacks would be silence in a whole split."""
    wave = sound_of(plan_of(genre, 0.6, font))
    assert wave.shape == (6 * RATE, 2) and wave.dtype == np.float32
    assert np.abs(wave).max() < 0.95
    seconds = np.sqrt((wave.reshape(6, RATE, 2) ** 2).mean((1, 2)))
    assert seconds.min() > 10 ** (-50 / 20)


@pytest.mark.parametrize("font", FONTS)
@pytest.mark.parametrize("genre", ["rock", "hip hop", "african"])
def test_drums_sound_within_20_ms_of_their_annotation(genre: str, font: str) -> None:
    """A lead-in counted twice, or a font with slow attacks, would shift every beat."""
    plan = plan_of(genre, 0.5, font)
    piece = compose(plan)
    kicks = [n for n in piece.notes if n.part == "drums"]
    wave = sound_of_notes(plan, piece._replace(notes=tuple(kicks)))
    times = np.unique([round(n.start_s, 4) for n in kicks if 0.05 < n.start_s < plan.duration_s - 0.1])
    envelope = np.abs(wave).max(1)
    alone = [t for t in times if np.abs(np.delete(times, np.searchsorted(times, t)) - t).min() > 0.09]
    assert len(alone) >= 5
    late = []
    for time_s in alone:
        start = round((time_s - 0.03) * RATE)
        floor = envelope[start : start + round(0.028 * RATE)].max()
        after = envelope[start : start + round(0.09 * RATE)]
        if after.max() > 2 * floor:
            late.append(np.argmax(after > floor + 0.2 * (after.max() - floor)) / RATE - 0.03)
    assert len(late) >= 4
    assert np.abs(late).max() < 0.02


def sound_of_notes(plan: ClipPlan, piece: object) -> np.ndarray:
    return render_audio(plan, piece)  # type: ignore[arg-type]


@pytest.mark.parametrize("genre", GENRES)
def test_loudness_rises_with_energy(genre: str) -> None:
    levels = [loudness_lufs(sound_of(plan_of(genre, energy)), RATE) for energy in (0.1, 0.6, 0.95)]
    assert levels[0] < levels[1] - 3 and levels[1] < levels[2] - 2


def test_a_change_of_energy_is_not_levelled_out() -> None:
    plan = plan_of("pop", 0.5).model_copy(update={"energy": ((0.0, 0.1), (2.8, 0.1), (3.2, 0.9))})
    wave = sound_of(plan)
    before, after = (np.sqrt((part**2).mean()) for part in (wave[: 2 * RATE], wave[4 * RATE :]))
    assert 20 * np.log10(after / before) > 6


def test_the_held_out_font_sounds_different() -> None:
    """Two copies of one font would make test-font an ordinary test."""
    distances = []
    for genre in GENRES:
        ours, theirs = (log_spectrum(sound_of(plan_of(genre, 0.6, font))) for font in FONTS)
        distances.append(np.abs(ours - theirs).mean())
    assert np.mean(distances) > 0.1


def test_the_same_plan_sounds_the_same_and_another_rate_only_resamples() -> None:
    plan = plan_of("jazz", 0.6)
    np.testing.assert_array_equal(render_audio(plan, compose(plan)), sound_of(plan))
    low = render_audio(plan, compose(plan), 16_000)
    assert low.shape == (6 * 16_000, 2)
    assert loudness_lufs(low, 16_000) == pytest.approx(loudness_lufs(sound_of(plan), RATE), abs=1.5)
