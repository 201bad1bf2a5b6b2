"""Labels of frames from the truth about a clip."""

import numpy as np
import pytest

from v2meow_pipeline.synthetic.music_labels import MAJOR, MINOR, NO_CHORD, OTHER, chord_class, frame_labels


@pytest.mark.parametrize(
    ("symbol", "root", "third"),
    [("C", 0, MAJOR), ("Bbmaj7", 10, MAJOR), ("F#m7b5", 6, MINOR), ("Ebsus4", 3, OTHER), ("A5", 9, OTHER)],
)
def test_chords_are_read_by_root_and_third(symbol: str, root: int, third: int) -> None:
    """Catches "Bb" read as B, and "maj7" read as minor."""
    assert chord_class(symbol) == 3 * root + third


def test_frames_have_the_label_of_their_middle() -> None:
    """Catches labels that are late by a clip's start, or by half a frame."""
    truth = {
        "chords": [[0.0, 1.01, "C"], [1.01, 2.0, "Am"]],
        "beats_s": [0.2, 0.7, 1.2, 1.7],
        "instruments": ["drums"],
        "plan": {"tempo_bpm": 120.0, "genre": "rock"},
    }
    labels = frame_labels(truth, 1.0, 50, 25)
    assert labels["chord"].tolist() == [3 * 9 + MINOR] * 25 + [NO_CHORD] * 25
    times_s = 1.0 + (np.arange(50) + 0.5) / 25
    np.testing.assert_array_equal(labels["beat"], (np.mod((times_s - 0.2) / 0.5, 1) * 4).astype(int))
    assert frame_labels(truth, 0.0, 50, 25)["chord"][23:26].tolist() == [MAJOR, MAJOR, 3 * 9 + MINOR]
    assert len(set(labels["genre"])) == len(set(labels["instrument"])) == 1
