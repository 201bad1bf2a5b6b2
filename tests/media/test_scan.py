"""Packets are counted as they are."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.media_makers import add_sound, make_constant

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.scan import scan


def test_both_streams(tmp_path: Path) -> None:
    """Catches the flushing packet counted as a frame, and one stream measured for the other."""
    video = make_constant(tmp_path / "v.mp4", Fraction(25), 2.0)
    path = add_sound(video, np.zeros(48_000), 48_000, tmp_path / "a.mp4")
    seen, heard = scan(path, "video"), scan(path, "audio")
    assert (seen.packets, seen.stream_index, heard.stream_index) == (50, 0, 1)
    assert seen.duration_s == pytest.approx(2.0) and heard.end_s == pytest.approx(1.0, abs=0.001)
    assert heard.packet_s == pytest.approx(1024 / 48_000)
    with pytest.raises(MediaError) as caught:
        scan(video, "audio")
    assert caught.value.reason == "no_audio"
