"""Ground-truth music labels of synthetic clips (chord, beat, instrument, genre) at the rate of semantic tokens."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.synthetic.instruments import INSTRUMENTS
from v2meow_pipeline.synthetic.plan import GENRES
from v2meow_pipeline.synthetic.theory import KEY_NAMES, QUALITIES

LABELS = ("chord", "beat", "instrument", "genre")
BEAT_PARTS = 4
INSTRUMENT_NAMES = ("drums", *dict.fromkeys(instrument.phrase for instrument in INSTRUMENTS.values()))
MINOR, MAJOR, OTHER = range(3)
NO_CHORD = 3 * len(KEY_NAMES)


def frame_labels(truth: Mapping[str, Any], start_s: float, t: int, token_hz: int) -> dict[str, npt.NDArray[np.int64]]:
    """Labels of `t` consecutive frames of an annotated source.

    Args:
        truth: annotation, see `synthetic.annotation`.
        start_s: start of the first frame, seconds since the start of the source.
        t: number of frames.
        token_hz: frames per second.

    Returns:
        Arrays `[t]` under the names of `LABELS`: root and third of the chord at the center of the frame (12 x minor,
        major, other; 36 for no chord); quarter of the beat, 0 to 3; most played instrument, and genre, both constant
        over the frames.
    """
    times_s = start_s + (np.arange(t) + 0.5) / token_hz
    lead = INSTRUMENT_NAMES.index(truth["instruments"][0]) if truth["instruments"] else len(INSTRUMENT_NAMES)
    return {
        "chord": _chords(truth["chords"], times_s),
        "beat": _beat_parts(np.asarray(truth["beats_s"], np.float64), 60 / truth["plan"]["tempo_bpm"], times_s),
        "instrument": np.full(t, lead, np.int64),
        "genre": np.full(t, GENRES.index(truth["plan"]["genre"]), np.int64),
    }


def chord_class(symbol: str) -> int:
    """Root and third of a chord symbol such as "Bbmaj7": 3 x pitch class + minor, major or other.

    Args:
        symbol: root followed by one of `QUALITIES`.

    Returns:
        Class index, 0 to 35.
    """
    root = max((name for name in KEY_NAMES if symbol.startswith(name)), key=len)
    intervals = QUALITIES[symbol[len(root) :]]
    third = MINOR if 3 in intervals else MAJOR if 4 in intervals else OTHER
    return 3 * KEY_NAMES.index(root) + third


def _chords(spans: list[list[Any]], times_s: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    labels = np.full(len(times_s), NO_CHORD, np.int64)
    for start_s, end_s, symbol in spans:
        labels[(times_s >= start_s) & (times_s < end_s)] = chord_class(symbol)
    return labels


def _beat_parts(
    beats_s: npt.NDArray[np.float64], beat_s: float, times_s: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Quarter of the beat at each time, 0 to 3; the beat grid is extrapolated beyond the first and last beat."""
    first_s = beats_s[0] if len(beats_s) else 0.0
    phase = np.mod((times_s - first_s) / beat_s, 1.0)
    return np.minimum((phase * BEAT_PARTS).astype(np.int64), BEAT_PARTS - 1)
