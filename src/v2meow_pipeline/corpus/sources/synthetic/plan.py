"""What each synthetic clip is to be: all of it drawn from (seed, split, index), before any sound or picture exists."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.record import Split
from v2meow_pipeline.corpus.sources.synthetic.genres import GENRE_SPECS, GenreSpec
from v2meow_pipeline.corpus.sources.synthetic.look import Mode, draw_look
from v2meow_pipeline.seeding import derive_seed

GENRES = tuple(GENRE_SPECS)
METRES = (4, 3, 6)
TEMPO_BANDS_BPM = ((58.0, 92.0), (92.0, 122.0), (122.0, 176.0))
ENERGY_BANDS = ((0.0, 0.34), (0.34, 0.67), (0.67, 1.0))


Cell = tuple[str, int, int]
"""Genre, index into `TEMPO_BANDS_BPM`, index into `ENERGY_BANDS`."""

_CHANGE_SHARE = 0.3
_FASTEST_COMPOUND_BPM = 132.0


def _held_out_cells() -> frozenset[Cell]:
    """Two of nine cells of each genre, spread so that every tempo band meets every energy band in training."""
    cells: set[Cell] = set()
    for i, genre in enumerate(GENRES):
        cells.add((genre, i % 3, (i // 3) % 3))
        cells.add((genre, (i + 1) % 3, (i // 3 + 1) % 3))
    return frozenset(cells)


HELD_OUT_CELLS = _held_out_cells()
"""What only split test-combo contains."""


class Timing(NamedTuple):
    """What pictures may follow; times in seconds from the clip's first instant, ascending, within the clip.

    Attributes:
        beats_s: float64, felt beats (dotted quarters in 6/8).
        downbeats_s: float64, first beats of bars; a subset of `beats_s`.
        onsets_s: float64, distinct times at which a note starts.
        duration_s: length of the clip.
    """

    beats_s: NDArray[np.float64]
    downbeats_s: NDArray[np.float64]
    onsets_s: NDArray[np.float64]
    duration_s: float


class ClipPlan(Config):
    """The knobs of one clip.

    Attributes:
        index: position within the split.
        seed: of the music.
        source_id: unique name of the clip.
        split: which part of the corpus it belongs to.
        duration_s: length of the video.
        genre: one of `GENRES`.
        tempo_bpm: felt beats a minute.
        beats_per_bar: numerator of the metre: 3 (3/4), 4 (4/4) or 6 (6/8, felt and counted as two beats a bar).
        first_downbeat_s: when the first bar line within the clip falls, less than a bar; clips start anywhere in a bar.
        swing: 0 is straight, 1 a triplet feel.
        key: pitch class of the tonic, 0 is C.
        mode: "major" or "minor".
        energy: breakpoints (time in seconds, value in 0..1), linear between them.
        drums: whether drums play.
        font: "primary", or "held_out" in split test-font.
        palette: one of `look.PALETTES`.
        scene: one of `look.SCENES`.
        visual_sync: whether pictures move on the beat, beside it, or without a pulse.
        look_seed: of the pictures, hue jitter included.
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
        """Beats of a bar as they are felt and annotated: 3, 4, or 2 in 6/8."""
        return 2 if self.beats_per_bar == 6 else self.beats_per_bar

    @property
    def beat_s(self) -> float:
        """Seconds between felt beats."""
        return 60.0 / self.tempo_bpm

    @property
    def bar_s(self) -> float:
        """Seconds between downbeats."""
        return self.beat_s * self.felt_beats_per_bar

    @property
    def mean_energy(self) -> float:
        """Mean of the energy knob over the clip, 0..1."""
        return float(self.energy_at(np.linspace(0.0, self.duration_s, 201)).mean())

    def energy_at(self, t_s: ArrayLike) -> NDArray[np.float64]:
        """The energy knob at any times.

        Args:
            t_s: seconds from the clip's first instant, any shape.

        Returns:
            Values in 0..1, of the same shape.
        """
        times, values = zip(*self.energy, strict=True)
        return np.asarray(np.interp(np.asarray(t_s, dtype=np.float64), times, values), dtype=np.float64)

    def cells(self) -> frozenset[Cell]:
        """The (genre, tempo band, energy band) cells that the clip dwells in."""
        tempo = _band(self.tempo_bpm, TEMPO_BANDS_BPM)
        return frozenset((self.genre, tempo, _band(value, ENERGY_BANDS)) for _, value in self.energy)


class ClipCounts(Config):
    """Source videos of each split; four fifths are for training by default (paper, section "Data").

    Attributes:
        train: training videos.
        streamed: further training clips, without video files: made whenever they are needed (streamed.py).
        streamed_sound: further streamed clips, of sound alone.
        val: validation videos.
        judge: videos that train judges and nothing else.
        test_iid: test videos; the other test splits likewise.
        test_combo: see docs/concepts/synthetic-corpus.md.
        test_font: likewise.
        test_look: likewise.
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
    """Size and character of the synthetic corpus.

    Attributes:
        clips: source videos a split; a larger corpus of the same seed extends a smaller one.
        source_s: duration of one source video, seconds.
        seed: of everything drawn.
        width: of the picture, pixels, even.
        height: of the picture, pixels, even.
        fps: whole frames a second of the picture.
        sample_rate_hz: of the sound, stereo.
        unsynced_share: clips whose pictures move off the beat or without a pulse, half each.
        workers: processes that render.
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
    """The plans of a whole corpus, split after split.

    Args:
        config: how many and how long.

    Returns:
        One plan a source video; each depends on the seed, its split and its index only.
    """
    return [plan_clip(config, split, index) for split, count in _counts(config.clips) for index in range(count)]


def plan_clip(config: SyntheticConfig, split: Split, index: int) -> ClipPlan:
    """The plan of one source video.

    Args:
        config: seed, duration and share of pictures without sync.
        split: the part of the corpus it belongs to.
        index: its position within the split.

    Returns:
        The plan. Genres take turns, so that every twelve clips of a split hold each genre once.
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
    """A tempo and one or two energies, all in held-out cells or all outside of them."""
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
    """Half of the time anything in the genre's range, half of the time near what is common in it."""
    low, common, high = spec.tempo_bpm
    return float(rng.uniform(low, high) if rng.random() < 0.5 else rng.triangular(low, common, high))


def _draw_metre(rng: np.random.Generator, spec: GenreSpec, tempo_bpm: float) -> int:
    metre = METRES[int(rng.choice(len(METRES), p=np.array(spec.metre_weights) / sum(spec.metre_weights)))]
    return 4 if metre == 6 and tempo_bpm > _FASTEST_COMPOUND_BPM else metre


def _breakpoints(
    rng: np.random.Generator, energies: list[float], first_downbeat_s: float, bar_s: float, duration_s: float
) -> tuple[tuple[float, float], ...]:
    """Constant, or a change within half a second around the bar line nearest a time in the clip's middle."""
    if len(energies) == 1:
        return ((0.0, energies[0]),)
    wish_s = float(rng.uniform(0.35, 0.65)) * duration_s
    change_s = first_downbeat_s + bar_s * round((wish_s - first_downbeat_s) / bar_s)
    change_s = min(max(change_s, 0.2 * duration_s), 0.8 * duration_s)
    half_s = min(0.25, 0.1 * duration_s)
    before, after = energies
    return (0.0, before), (round(change_s - half_s, 4), before), (round(change_s + half_s, 4), after)
