"""What a synthetic clip is known to sound like, as labels at the rate of semantic tokens."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.corpus.sources.synthetic.instruments import INSTRUMENTS
from v2meow_pipeline.corpus.sources.synthetic.plan import GENRES
from v2meow_pipeline.corpus.sources.synthetic.theory import KEY_NAMES, QUALITIES

LABELS = ("chord", "beat", "instrument", "genre")
BEAT_PARTS = 4
INSTRUMENT_NAMES = ("drums", *dict.fromkeys(instrument.phrase for instrument in INSTRUMENTS.values()))
MINOR, MAJOR, OTHER = range(3)
NO_CHORD = 3 * len(KEY_NAMES)


def frame_labels(truth: Mapping[str, Any], start_s: float, t: int, token_hz: int) -> dict[str, npt.NDArray[np.int64]]:
    """Labels of `t` frames from a moment of an annotated source on.

    Args:
        truth: the annotation, see `corpus.sources.synthetic.annotation`.
        start_s: where the first frame begins, seconds from the source's first instant.
        t: frames.
        token_hz: frames a second.

    Returns:
        By `LABELS`, `[t]` each: root and third of the chord that sounds in the frame's middle (12 x minor, major,
        other; 36 where there is none); which quarter of a beat that is; the most played instrument and the genre, the
        same in all frames.
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
        symbol: root, then one of `QUALITIES`.

    Returns:
        0 to 35.
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
    """The quarter of a beat that each time is in; the grid goes on beyond the first and last beat."""
    first_s = beats_s[0] if len(beats_s) else 0.0
    phase = np.mod((times_s - first_s) / beat_s, 1.0)
    return np.minimum((phase * BEAT_PARTS).astype(np.int64), BEAT_PARTS - 1)
