"""The rules on rendered videos whose pulse, cuts and speed are known."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.evaluation.baselines import render_baselines as play
from v2meow_pipeline.evaluation.baselines.render_baselines import RULES, render_baselines
from v2meow_pipeline.evaluation.baselines.rules import compose, rules_music, tempo_of
from v2meow_pipeline.evaluation.baselines.style import CHORDS, DRUMS, style_of
from v2meow_pipeline.evaluation.motion_events import detect_events_of_clips
from v2meow_pipeline.media.encode import encode_video
from v2meow_pipeline.media.loudness import loudness_lufs
from v2meow_pipeline.media.midi import Note
from v2meow_pipeline.metrics.picture import Picture
from v2meow_pipeline.metrics.tempo import tempo_bpm

FPS, SIZE = 25, 96
RATE_HZ = 16_000
CLOCK = Clock()
CUTS_S = (2.4, 4.8, 7.2)


def texture(seed: int) -> np.ndarray:
    """Soft blotches that flow can follow."""
    noise = np.random.default_rng(seed).random((SIZE, SIZE)).astype(np.float32)
    blurred = cv2.GaussianBlur(noise, (0, 0), 4)
    return np.uint8(255 * (blurred - blurred.min()) / np.ptp(blurred))


def moved(image: np.ndarray, down_px: float) -> np.ndarray:
    matrix = np.array([[1, 0, 0], [0, 1, down_px]], np.float32)
    return np.repeat(cv2.warpAffine(image, matrix, (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT)[..., None], 3, axis=2)


def film(path: Path, bpm: float, reach_px: float = 8.0, cuts_s: tuple[float, ...] = (), seconds: float = 10.0) -> Path:
    """A texture that is thrown down on each beat and rises back; another one after each cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shots = [texture(10 + i) for i in range(len(cuts_s) + 1)]
    times_s = np.arange(round(seconds * FPS)) / FPS
    heights = reach_px * np.exp(-5 * ((times_s * bpm / 60) % 1))
    shown = np.searchsorted(cuts_s, times_s + 1e-9)
    frames = (moved(shots[shot], height) for shot, height in zip(shown, heights, strict=True))
    encode_video(path, frames, FPS, None, RATE_HZ)
    return path


def seen(path: Path, seconds: float = 10.0) -> Picture:
    (picture,) = detect_events_of_clips(pd.DataFrame({"path": [str(path)], "start_s": 0.0, "end_s": seconds}), CLOCK, 1)
    assert picture is not None
    return picture


def density(notes: list[Note], start_s: float = 0.0, end_s: float = 10.0) -> float:
    """Moments at which a note starts, a second."""
    return len({round(note.start_s, 3) for note in notes if start_s <= note.start_s < end_s}) / (end_s - start_s)


@pytest.mark.parametrize("bpm", [80, 125])
def test_the_tempo_of_the_music_follows_the_picture(tmp_path: Path, bpm: float) -> None:
    """Catches a tempo that is lost between flow, beats, MIDI and sound."""
    picture = seen(film(tmp_path / "film.mp4", bpm))
    assert tempo_of(picture) == pytest.approx(bpm, rel=0.03)
    heard = tempo_bpm(rules_music(picture, 0, RATE_HZ), RATE_HZ)
    assert min(abs(heard * factor / bpm - 1) for factor in (0.5, 1, 2)) < 0.05


def test_bars_fall_on_cuts_and_are_heard(tmp_path: Path) -> None:
    """Catches bars that run on through a cut, and cuts that nothing marks."""
    picture = seen(film(tmp_path / "film.mp4", 100, 2.0, CUTS_S))
    np.testing.assert_allclose(picture.cuts_s, CUTS_S, atol=0.09)
    notes = compose(picture, style_of(0))
    cymbals = sorted(note.start_s for note in notes if note.part == DRUMS and note.pitch == 49)
    np.testing.assert_allclose(cymbals, picture.cuts_s, atol=1e-6)
    chords = {round(note.start_s, 3) for note in notes if note.part == CHORDS}
    assert {round(float(cut), 3) for cut in picture.cuts_s} <= chords


def test_more_movement_gives_more_and_louder_notes(tmp_path: Path) -> None:
    """Catches a density that is the same whatever moves."""
    found = [seen(film(tmp_path / f"{reach}.mp4", 100, reach)) for reach in (0.0, 2.0, 6.0, 24.0)]
    densities = [density(compose(picture, style_of(0))) for picture in found]
    assert densities == sorted(densities) and densities[0] < 1 < densities[1] < densities[-1]
    loudness = [loudness_lufs(rules_music(picture, 0, RATE_HZ), RATE_HZ) for picture in (found[0], found[-1])]
    assert loudness[0] < loudness[1] - 5


def test_density_follows_within_a_clip() -> None:
    """Catches a level that is taken from the whole clip."""
    motion = np.concatenate([np.full(120, 0.005), np.full(120, 0.4)])
    notes = compose(Picture(np.array([5.0]), np.zeros(0), motion, 24.0, 10.0), style_of(0))
    assert density(notes, 5, 10) > 4 * density(notes, 0, 5)


def test_a_peak_makes_its_beat_stronger() -> None:
    """Catches peaks that nothing listens to."""
    motion = np.full(240, 0.1)
    motion[120] = 0.5
    plain, peaked = (
        compose(Picture(np.array([2.0]), peaks, motion, 24.0, 10.0), style_of(0))
        for peaks in (np.zeros(0), np.array([5.0]))
    )
    near = [[n for n in notes if n.part == CHORDS and abs(n.start_s - 5.0) < 0.16] for notes in (plain, peaked)]
    assert len(near[1]) > len(near[0]) and near[1][0].velocity > near[0][0].velocity


@pytest.mark.parametrize("shade", [0, 128])
def test_a_still_or_black_picture_has_calm_music(tmp_path: Path, shade: int) -> None:
    """Catches a crash, NaN, silence or a drum roll where nothing moves."""
    frames = (np.full((SIZE, SIZE, 3), shade, np.uint8) for _ in range(round(4 * FPS)))
    encode_video(tmp_path / "still.mp4", frames, FPS, None, RATE_HZ)
    picture = seen(tmp_path / "still.mp4", 4.0)
    notes = compose(picture, style_of(0))
    assert not [note for note in notes if note.part == DRUMS] and density(notes, 0, 4) < 1
    wave = rules_music(picture, 0, RATE_HZ)
    assert wave.shape == (4 * RATE_HZ,) and np.isfinite(wave).all()
    assert -26 < loudness_lufs(wave, RATE_HZ) < -20


@pytest.mark.parametrize("seconds", [1 / 24, 0.4, 1.5])
def test_the_shortest_clips_have_music(seconds: float) -> None:
    """Catches windows that are longer than the clip."""
    motion = np.linspace(0, 0.5, max(1, round(24 * seconds)))
    wave = rules_music(Picture(np.zeros(0), np.zeros(0), motion, 24.0, seconds), 0, RATE_HZ)
    assert len(wave) == round(seconds * RATE_HZ) and np.isfinite(wave).all()


def test_the_music_is_of_the_seed_and_the_clip_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches music that depends on the clips beside it, and a store that is made anew, or not made anew."""
    paths = [film(tmp_path / f"{bpm}.mp4", bpm) for bpm in (90, 120)]
    clips = pd.DataFrame({"clip_id": ["a", "b"], "path": [str(path) for path in paths]})
    clips = clips.assign(start_s=0.0, end_s=10.0, sha256=["1", "2"], caption="")
    both = render_baselines((RULES,), clips, CLOCK, 0, 1, tmp_path / "both")[RULES]
    alone = render_baselines((RULES,), clips[1:], CLOCK, 0, 1, tmp_path / "alone")[RULES]
    np.testing.assert_array_equal(both.read("b", "audio"), alone.read("b", "audio"))
    assert both.layout == {"audio": ("int16", (CLOCK.clip_samples,))}
    other = render_baselines((RULES,), clips[1:], CLOCK, 1, 1, tmp_path / "other")[RULES]
    assert (other.read("b", "audio") != alone.read("b", "audio")).any()
    monkeypatch.setattr(play, "rules_music", None)
    again = render_baselines((RULES,), clips, CLOCK, 0, 1, tmp_path / "both")[RULES]
    assert again.fingerprint == ShardReader(tmp_path / "both" / RULES).fingerprint == both.fingerprint
