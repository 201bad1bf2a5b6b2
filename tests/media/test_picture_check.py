"""A written picture is compared with its source frame by frame."""

from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.media_makers import make_video

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.picture_check import check_picture
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.media.scan import scan

MILLISECOND = Fraction(1, 1000)
EVEN = [40 * index for index in range(50)]


@pytest.mark.parametrize(
    ("ticks", "told"),
    [
        ([*EVEN[:25], *range(961, 985), 1960], r"frames shifted by up to 0\.9\d\d s"),
        ([*EVEN[:30], 1190, *EVEN[31:]], r"frames shifted by up to 0\.010 s"),
        (EVEN[:-1], "49 frames instead of 50"),
        ([2 * tick for tick in EVEN], "video of 3.960 s instead of 2.000 s"),
    ],
    ids=["squeezed", "one frame early", "one frame less", "slower"],
)
def test_frames_at_other_times_are_found(tmp_path: Path, ticks: list[int], told: str) -> None:
    """Catches a verification of both ends only, between which the frames of a second are shown within an instant."""
    source = make_video(tmp_path / "source.mkv", EVEN, MILLISECOND)
    written = make_video(tmp_path / "written.mkv", ticks, MILLISECOND)
    with pytest.raises(MediaError, match=told) as caught:
        check_picture(probe(source), scan(source, "video"), written, 0.002)
    assert caught.value.reason == "mux_mismatch"


def test_rounded_and_shifted_times_are_those_of_the_source(tmp_path: Path) -> None:
    """Catches a copy that is refused since its container rounds times, or starts at another one."""
    ticks, rate, tick_s = [1001 * index for index in range(50)], Fraction(30_000, 1001), Fraction(1, 30_000)
    source = make_video(tmp_path / "source.ts", [45_000 + tick for tick in ticks], tick_s, rate=rate)
    written = make_video(tmp_path / "written.mkv", ticks, tick_s, rate=rate)
    assert scan(source, "video").first_s > 1
    assert check_picture(probe(source), scan(source, "video"), written, 0.002).packets == 50
