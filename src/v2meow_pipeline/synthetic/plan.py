"""Plans of synthetic clips: all parameters of music and video, drawn deterministically from (seed, split, index)."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.source_video import Split
from v2meow_pipeline.synthetic.genres import GENRE_SPECS, GenreSpec
from v2meow_pipeline.synthetic.look import Mode, draw_look

GENRES = tuple(GENRE_SPECS)
METRES = (4, 3, 6)
TEMPO_BANDS_BPM = ((58.0, 92.0), (92.0, 122.0), (122.0, 176.0))
ENERGY_BANDS = ((0.0, 0.34), (0.34, 0.67), (0.67, 1.0))


Cell = tuple[str, int, int]
"""Genre, index into `TEMPO_BANDS_BPM`, index into `ENERGY_BANDS`."""

_CHANGE_SHARE = 0.3
_FASTEST_COMPOUND_BPM = 132.0


def _held_out_cells() -> frozenset[Cell]:
    """Two of nine cells of each genre, chosen so that training contains every pair of tempo band and energy band."""
    cells: set[Cell] = set()
    for i, genre in enumerate(GENRES):
        cells.add((genre, i % 3, (i // 3) % 3))
        cells.add((genre, (i + 1) % 3, (i // 3 + 1) % 3))
    return frozenset(cells)


HELD_OUT_CELLS = _held_out_cells()
"""Cells that only split test-combo contains."""


class Timing(NamedTuple):
    """Musical event times of a clip, which the video can follow; seconds since its start, ascending, within the clip.

    Attributes:
        beats_s: float64 [beat], felt beats (dotted quarters in 6/8).
        downbeats_s: float64 [bar], first beats of bars; a subset of `beats_s`.
        onsets_s: float64 [onset], distinct note onset times.
        duration_s: duration of the clip, seconds.
    """

    beats_s: NDArray[np.float64]
    downbeats_s: NDArray[np.float64]
    onsets_s: NDArray[np.float64]
    duration_s: float


class ClipPlan(Config):
    """Parameters of the music and video of one clip.

    Attributes:
        index: index of the clip in its split.
        seed: seed of the music.
        source_id: unique id of the clip.
        split: split of the clip.
        duration_s: duration of the video, seconds.
        genre: one of `GENRES`.
        tempo_bpm: tempo, felt beats per minute.
        beats_per_bar: numerator of the metre: 3 (3/4), 4 (4/4) or 6 (6/8, annotated as two felt beats per bar).
        first_downbeat_s: time of the first bar line in the clip, less than a bar; clips start anywhere in a bar.
        swing: 0 is straight, 1 a triplet feel.
        key: pitch class of the tonic, 0 is C.
        mode: "major" or "minor".
        energy: breakpoints (time in seconds, value in 0..1) of a piecewise linear curve.
        drums: whether there are drums.
        font: "primary", or "held_out" in split test-font.
        palette: one of `look.PALETTES`.
        scene: one of `look.SCENES`.
        visual_sync: whether the video moves on the beat, off the beat, or without a pulse.
        look_seed: seed of the video, including the hue jitter.
    """

    index: int = Field(ge=0)
    seed: int
    source_id: str
    split: Split
    duration_s: float = Field(gt=0)
    genre: str
    tempo_bpm: float = Field(gt=0)
    beats_per_bar: Literal[3, 4, 6]
    first_downbeat_s: float = Field(ge=0)
    swing: float = Field(ge=0, le=1)
    key: int = Field(ge=0, le=11)
    mode: Literal["major", "minor"]
    energy: tuple[tuple[float, float], ...]
    drums: bool
    font: Literal["primary", "held_out"]
    palette: str
    scene: str
    visual_sync: Literal["on_beat", "off_beat", "pulse_free"]
    look_seed: int

    @property
    def felt_beats_per_bar(self) -> int:
        """Felt and annotated beats per bar: 3, 4, or 2 in 6/8."""
        return 2 if self.beats_per_bar == 6 else self.beats_per_bar

    @property
    def beat_s(self) -> float:
        """Duration of a felt beat, seconds."""
        return 60.0 / self.tempo_bpm

    @property
    def bar_s(self) -> float:
        """Duration of a bar, seconds."""
        return self.beat_s * self.felt_beats_per_bar

    @property
    def mean_energy(self) -> float:
        """Mean energy of the clip, 0 to 1."""
        return float(self.energy_at(np.linspace(0.0, self.duration_s, 201)).mean())

    def energy_at(self, t_s: ArrayLike) -> NDArray[np.float64]:
        """Energy at given times.

        Args:
            t_s: seconds since the start of the clip, any shape.

        Returns:
            Energy, 0 to 1, of the same shape.
        """
        times, values = zip(*self.energy, strict=True)
        return np.asarray(np.interp(np.asarray(t_s, dtype=np.float64), times, values), dtype=np.float64)

    def cells(self) -> frozenset[Cell]:
        """(genre, tempo band, energy band) cells of the clip."""
        tempo = _band(self.tempo_bpm, TEMPO_BANDS_BPM)
        return frozenset((self.genre, tempo, _band(value, ENERGY_BANDS)) for _, value in self.energy)


class ClipCounts(Config):
    """Number of source videos per split, see docs/concepts/synthetic-corpus.md.

    By default 80 % are for training and validation (paper, section "Data").

    Attributes:
        train: number of training videos.
        streamed: number of further training clips without video files, rendered on demand (streamed.py).
        streamed_sound: number of further streamed clips with audio only.
        val: number of validation videos.
        judge: number of videos that only judges are trained on.
        test_iid: number of test videos of the training distribution.
        test_combo: number of test videos with held-out combinations of genre, tempo and energy.
        test_font: number of test videos with the held-out soundfont.
        test_look: number of test videos with held-out scenes and palettes.
    """

    train: int = Field(default=144, ge=0)
    streamed: int = Field(default=0, ge=0)
    streamed_sound: int = Field(default=0, ge=0)
    val: int = Field(default=16, ge=0)
    judge: int = Field(default=0, ge=0)
    test_iid: int = Field(default=10, ge=0)
    test_combo: int = Field(default=10, ge=0)
    test_font: int = Field(default=10, ge=0)
    test_look: int = Field(default=10, ge=0)


class SyntheticConfig(Config):
    """Configuration of the synthetic corpus.

    Attributes:
        clips: number of source videos per split; a larger corpus of the same seed extends a smaller one.
        source_s: duration of one source video, seconds.
        seed: random seed of the corpus.
        width: frame width, pixels, even.
        height: frame height, pixels, even.
        fps: frame rate, Hz, integer.
        sample_rate_hz: sample rate of the stereo audio, Hz.
        unsynced_share: share of clips whose video moves off the beat or without a pulse, half each.
        workers: number of rendering processes.
    """

    clips: ClipCounts = ClipCounts()
    source_s: float = Field(default=10.0, ge=1.0)
    seed: int = 0
    width: int = Field(default=128, ge=16, multiple_of=2)
    height: int = Field(default=128, ge=16, multiple_of=2)
    fps: int = Field(default=25, gt=0)
    sample_rate_hz: int = Field(default=48_000, ge=8_000)
    unsynced_share: float = Field(default=0.2, ge=0, le=1)
    workers: int = Field(default=2, ge=1)


def plan_clips(config: SyntheticConfig) -> list[ClipPlan]:
    """Plans of all source videos of a corpus, split by split.

    Args:
        config: corpus configuration.

    Returns:
        One plan per source video, which depends on the configuration, its split and its index only.
    """
    return [plan_clip(config, split, index) for split, count in _counts(config.clips) for index in range(count)]


def plan_clip(config: SyntheticConfig, split: Split, index: int) -> ClipPlan:
    """Draws the plan of one source video.

    Args:
        config: corpus configuration.
        split: split of the video.
        index: index of the video in the split.

    Returns:
        Plan of the video. Every block of twelve clips of a split contains each genre once.
    """
    turn = np.random.default_rng(derive_seed(config.seed, "genres", split, index // len(GENRES)))
    genre = GENRES[int(turn.permutation(len(GENRES))[index % len(GENRES)])]
    spec = GENRE_SPECS[genre]
    rng = np.random.default_rng(derive_seed(config.seed, "plan", split, index))
    tempo_bpm, energies = _draw_cell(rng, genre, spec, held_out=split == "test-combo")
    metre = _draw_metre(rng, spec, tempo_bpm)
    bar_s = 60.0 / tempo_bpm * (2 if metre == 6 else metre)
    first_downbeat_s = round(float(rng.uniform(0.0, bar_s)), 4)
    synced = rng.random() >= config.unsynced_share
    mode: Mode = "minor" if rng.random() < spec.minor_share else "major"
    look = np.random.default_rng(derive_seed(config.seed, "look choice", split, index))
    scene, palette = draw_look(look, genre, mode, float(np.mean(energies)), held_out=split == "test-look")
    return ClipPlan.model_validate(
        {
            "index": index,
            "seed": derive_seed(config.seed, "music", split, index),
            "source_id": f"synthetic-{split}-{index:06d}",
            "split": split,
            "duration_s": config.source_s,
            "genre": genre,
            "tempo_bpm": tempo_bpm,
            "beats_per_bar": metre,
            "first_downbeat_s": first_downbeat_s,
            "swing": round(float(rng.uniform(*spec.swing)), 3),
            "key": int(rng.integers(12)),
            "mode": mode,
            "energy": _breakpoints(rng, energies, first_downbeat_s, bar_s, config.source_s),
            "drums": bool(rng.random() < spec.drums_share),
            "font": "held_out" if split == "test-font" else "primary",
            "palette": palette,
            "scene": scene,
            "visual_sync": "on_beat" if synced else ("off_beat", "pulse_free")[int(rng.integers(2))],
            "look_seed": derive_seed(config.seed, "look", split, index),
        }
    )


def _counts(clips: ClipCounts) -> Iterator[tuple[Split, int]]:
    yield "train", clips.train
    yield "val", clips.val
    yield "judge", clips.judge
    yield "test-iid", clips.test_iid
    yield "test-combo", clips.test_combo
    yield "test-font", clips.test_font
    yield "test-look", clips.test_look


def _band(value: float, bands: tuple[tuple[float, float], ...]) -> int:
    return next((i for i, (_, high) in enumerate(bands) if value < high), len(bands) - 1)


def _draw_cell(rng: np.random.Generator, genre: str, spec: GenreSpec, held_out: bool) -> tuple[float, list[float]]:
    """Draws a tempo and one or two energies, either all in held-out cells or none."""
    while True:
        tempo_bpm = round(_draw_tempo(rng, spec), 2)
        energies = [round(float(rng.uniform(0.02, 0.98)), 3)]
        if rng.random() < _CHANGE_SHARE:
            energies.append(round(float(rng.uniform(0.02, 0.98)), 3))
        if len(energies) == 2 and abs(energies[0] - energies[1]) < 0.3 and not held_out:
            continue
        tempo = _band(tempo_bpm, TEMPO_BANDS_BPM)
        in_held_out = [(genre, tempo, _band(e, ENERGY_BANDS)) in HELD_OUT_CELLS for e in energies]
        if (held_out and all(in_held_out)) or (not held_out and not any(in_held_out)):
            return tempo_bpm, energies


def _draw_tempo(rng: np.random.Generator, spec: GenreSpec) -> float:
    """Draws a tempo: uniform over the genre's range with probability 0.5, else triangular around its mode."""
    low, common, high = spec.tempo_bpm
    return float(rng.uniform(low, high) if rng.random() < 0.5 else rng.triangular(low, common, high))


def _draw_metre(rng: np.random.Generator, spec: GenreSpec, tempo_bpm: float) -> int:
    metre = METRES[int(rng.choice(len(METRES), p=np.array(spec.metre_weights) / sum(spec.metre_weights)))]
    return 4 if metre == 6 and tempo_bpm > _FASTEST_COMPOUND_BPM else metre


def _breakpoints(
    rng: np.random.Generator, energies: list[float], first_downbeat_s: float, bar_s: float, duration_s: float
) -> tuple[tuple[float, float], ...]:
    """Energy breakpoints: constant, or a change within half a second around a bar line near the middle of the clip."""
    if len(energies) == 1:
        return ((0.0, energies[0]),)
    target_s = float(rng.uniform(0.35, 0.65)) * duration_s
    change_s = first_downbeat_s + bar_s * round((target_s - first_downbeat_s) / bar_s)
    change_s = min(max(change_s, 0.2 * duration_s), 0.8 * duration_s)
    half_s = min(0.25, 0.1 * duration_s)
    before, after = energies
    return (0.0, before), (round(change_s - half_s, 4), before), (round(change_s + half_s, 4), after)
