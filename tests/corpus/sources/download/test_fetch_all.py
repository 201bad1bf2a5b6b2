"""Downloads from a server that fails: what is whole, what is tried again, what is not, and what is told."""

import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from tests.support.video_server import Fault, VideoServer, tag

from v2meow_pipeline.corpus.sources.download.downloader import seconds_of
from v2meow_pipeline.corpus.sources.download.fetch_all import LOCK, PARTIAL, Outcome, fetch_all
from v2meow_pipeline.corpus.sources.download.http import Http
from v2meow_pipeline.corpus.sources.download.pace import Pace
from v2meow_pipeline.corpus.sources.published.config import DownloadConfig
from v2meow_pipeline.corpus.sources.published.item import Item
from v2meow_pipeline.corpus.sources.published.ledger import NAME, read_ledger
from v2meow_pipeline.errors import V2MeowError

NAMES = ("first-video", "second-video", "third-video")

ONE_RUN = """
import sys
from pathlib import Path
from v2meow_pipeline.corpus.sources.download.fetch_all import fetch_all
from v2meow_pipeline.corpus.sources.download.http import Http
from v2meow_pipeline.corpus.sources.published.config import DownloadConfig
from v2meow_pipeline.corpus.sources.published.item import Item
folder, url, *names = sys.argv[1:]
config = DownloadConfig.parse({"requests_per_minute": 60_000})
fetch_all([Item(name, f"{url}/{name}.mp4") for name in names], Http(20), Path(folder), config)
"""


def items(server: VideoServer, video: bytes, *names: str) -> list[Item]:
    """Videos that the server has, each a little different."""
    return [Item(name, server.put(f"/{name}.mp4", video + name.encode())) for name in names]


def fetch(wanted: list[Item], folder: Path, config: DownloadConfig, **options: object) -> Outcome:
    return fetch_all(wanted, Http(config.timeout_s), folder, config, **options)  # type: ignore[arg-type]


def statuses(folder: Path) -> dict[str, str]:
    return {key: entry.status for key, entry in read_ledger(folder).items()}


def test_files_are_named_by_id_and_a_rerun_fetches_nothing(
    server: VideoServer, video: bytes, tmp_path: Path, hurried: DownloadConfig
) -> None:
    """Catches a rerun that loads everything again."""
    wanted = items(server, video, *NAMES)
    assert fetch(wanted, tmp_path, hurried).fetched == 3
    assert (tmp_path / "first-video.mp4").read_bytes() == video + b"first-video"
    asked = len(server.seen)
    again = fetch(wanted, tmp_path, hurried)
    assert (again.fetched, again.counts, len(server.seen)) == (0, {"ok": 3}, asked)
    entry = read_ledger(tmp_path)["first-video"]
    assert (entry.status, entry.attempts, entry.url) == ("ok", 1, wanted[0].url)
    assert not list((tmp_path / PARTIAL).iterdir())


@pytest.mark.parametrize(("code", "status"), [(404, "gone"), (410, "gone"), (403, "private")])
def test_dead_links_are_asked_for_once(
    code: int, status: str, server: VideoServer, video: bytes, tmp_path: Path, hurried: DownloadConfig
) -> None:
    """Catches a rerun that asks for 20,000 deleted videos again, and one that cannot be made to."""
    wanted = items(server, video, *NAMES)
    server.faults["/second-video.mp4"] = [Fault(status=code)]
    outcome = fetch(wanted, tmp_path, hurried)
    assert outcome.counts == {"ok": 2, status: 1}
    assert [entry.id for entry in outcome.failures] == ["second-video"] and str(code) in outcome.failures[0].reason
    fetch(wanted, tmp_path, hurried)
    assert len(server.requests("/second-video.mp4")) == 1
    assert fetch(wanted, tmp_path, hurried, retry_gone=True).counts == {"ok": 3}
    assert read_ledger(tmp_path)["second-video"].attempts == 2


def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(
    server: VideoServer, video: bytes, tmp_path: Path, hurried: DownloadConfig
) -> None:
    """Catches a Retry-After that nobody reads."""
    wanted = items(server, video, "first-video")
    server.faults["/first-video.mp4"] = [Fault(429, retry_after="3"), Fault(503)]
    waits: list[float] = []
    outcome = fetch(wanted, tmp_path, hurried, pace=Pace(hurried, waits.append))
    assert outcome.counts == {"ok": 1}
    assert [wait for wait in waits if wait >= 0.01] == [3.0, 0.02], "the second failure in a row waits twice as long"


def test_a_server_that_asks_for_an_hour_ends_the_run(
    server: VideoServer, video: bytes, tmp_path: Path, hurried: DownloadConfig
) -> None:
    """Catches a run that goes on knocking, and one that sleeps for an hour without a word."""
    wanted = items(server, video, *NAMES)
    server.faults["/second-video.mp4"] = [Fault(429, retry_after="3600")]
    outcome = fetch(wanted, tmp_path, hurried)
    assert outcome.counts == {"ok": 1, "rate_limited": 1, "waiting": 1}
    assert outcome.stopped is not None and "3600 s" in outcome.stopped
    assert fetch(wanted, tmp_path, hurried).counts == {"ok": 3}, "being refused is not for ever"


def test_retry_after_may_be_a_date() -> None:
    """Catches a wait of no time, or a crash, at the header's other form."""
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert seconds_of(soon) == pytest.approx(90, abs=3)
    assert (seconds_of("7"), seconds_of("soon"), seconds_of(None)) == (7.0, None, None)


def test_a_broken_connection_is_carried_on(
    server: VideoServer, video: bytes, tmp_path: Path, hurried: DownloadConfig
) -> None:
    """Catches a video that is loaded from its start each time the connection breaks."""
    wanted = items(server, video * 40, "first-video")
    whole = server.files["/first-video.mp4"][1]
    broken_at = len(whole) // 2
    server.faults["/first-video.mp4"] = [Fault(break_after=broken_at)]
    assert fetch(wanted, tmp_path, hurried).counts == {"ok": 1}
    first, second = server.requests("/first-video.mp4")
    assert first.range is None and second.range is not None
    assert 0 < int(second.range.removeprefix("bytes=").removesuffix("-")) <= broken_at
    assert (tmp_path / "first-video.mp4").read_bytes() == whole


def test_half_of_one_version_is_not_continued_with_another(
    server: VideoServer, video: bytes, tmp_path: Path, hurried: DownloadConfig
) -> None:
    """Catches a file of two halves that do not belong together: it would even pass for a video."""
    wanted = items(server, video * 40, "first-video")
    server.faults["/first-video.mp4"] = [Fault(break_after=len(video) * 20)]
    fetch(wanted, tmp_path, hurried.model_copy(update={"attempts": 1}))
    changed = video + b"another version" * 9
    server.put("/first-video.mp4", changed)
    assert fetch(wanted, tmp_path, hurried).counts == {"ok": 1}
    assert (tmp_path / "first-video.mp4").read_bytes() == changed


def test_a_whole_file_that_has_no_name_yet_gets_it(
    server: VideoServer, video: bytes, tmp_path: Path, hurried: DownloadConfig
) -> None:
    """Catches a process killed just before the renaming, after which the whole file is loaded again."""
    wanted = items(server, video, "first-video")
    whole = server.files["/first-video.mp4"][1]
    (tmp_path / PARTIAL).mkdir()
    (tmp_path / PARTIAL / "first-video.mp4").write_bytes(whole)
    (tmp_path / PARTIAL / "first-video.mp4.version").write_text(tag(whole))
    assert fetch(wanted, tmp_path, hurried).counts == {"ok": 1}
    assert (tmp_path / "first-video.mp4").read_bytes() == whole
    assert [seen.range for seen in server.requests("/first-video.mp4")] == [f"bytes={len(whole)}-"]


def test_a_server_without_ranges_sends_it_all_again(
    server: VideoServer, video: bytes, tmp_path: Path, hurried: DownloadConfig
) -> None:
    """Catches a whole file that is added to half of one."""
    wanted = items(server, video * 40, "first-video")
    server.with_ranges = False
    server.faults["/first-video.mp4"] = [Fault(break_after=len(video) * 20)]
    assert fetch(wanted, tmp_path, hurried).counts == {"ok": 1}
    assert (tmp_path / "first-video.mp4").read_bytes() == server.files["/first-video.mp4"][1]


def test_a_page_that_is_no_video_is_not_kept(server: VideoServer, tmp_path: Path, hurried: DownloadConfig) -> None:
    """Catches an error page that is taken for a video because its status is 200."""
    url = server.put("/first-video.mp4", b"<html>Sorry</html>", "text/html")
    outcome = fetch([Item("first-video", url)], tmp_path, hurried)
    assert outcome.counts == {"failed": 1} and "not a video" in outcome.failures[0].reason
    assert outcome.failures[0].attempts == hurried.attempts
    assert not list(tmp_path.glob("*.mp4"))


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("http://[::1", "Invalid IPv6|failed"),
        ("http://localhost:9/x", "not a public address"),
        ("http://192.168.0.1/x", "not a public address"),
        ("http://169.254.169.254/latest/meta-data", "not a public address"),
        ("file:///etc/passwd", "not an HTTP URL"),
        ("/first-video.mp4", "more than 5 times"),
    ],
)
def test_a_server_does_not_lead_into_this_network(
    server: VideoServer, video: bytes, tmp_path: Path, hurried: DownloadConfig, location: str, told: str
) -> None:
    """Catches an index whose server makes this machine ask its neighbours, and an address that ends the run."""
    wanted = items(server, video, "first-video", "second-video")
    config = hurried.model_copy(update={"attempts": 1})
    server.faults["/first-video.mp4"] = [Fault(status=302, location=location)] * 10
    outcome = fetch(wanted, tmp_path, config)
    assert outcome.counts == {"failed": 1, "ok": 1} and re.search(told, outcome.failures[0].reason)


def test_a_redirect_on_the_same_server_is_followed(
    server: VideoServer, video: bytes, tmp_path: Path, hurried: DownloadConfig
) -> None:
    """Catches a limit that breaks what worked."""
    (there,) = items(server, video, "second-video")
    server.faults["/old.mp4"] = [Fault(status=301, location="/second-video.mp4")]
    assert fetch([Item("old", f"{server.url}/old.mp4")], tmp_path, hurried).counts == {"ok": 1}
    (made,) = tmp_path.glob("*.mp4")
    assert made.read_bytes() == server.files["/second-video.mp4"][1] and there.id == "second-video"


def test_size_and_time_of_a_file_are_limited(
    server: VideoServer, video: bytes, tmp_path: Path, hurried: DownloadConfig
) -> None:
    """Catches a file that fills the disk, and one that sends a byte a second for ever."""
    config = hurried.model_copy(update={"attempts": 1})
    wanted = items(server, video, "first-video", "second-video")
    outcome = fetch_all(wanted[:1], Http(20, max_bytes=len(video) // 2), tmp_path, config)
    assert outcome.counts == {"failed": 1} and "too large" in outcome.failures[0].reason
    server.faults["/second-video.mp4"] = [Fault(byte_every_s=0.02)]
    outcome = fetch_all(wanted[1:], Http(20, longest_s=0.3), tmp_path, config)
    assert outcome.counts == {"failed": 1} and "takes more than" in outcome.failures[0].reason


def test_a_dead_network_ends_the_run(
    server: VideoServer, video: bytes, tmp_path: Path, hurried: DownloadConfig
) -> None:
    """Catches a run that marks 100,000 videos as failed because a cable is out."""
    wanted = [Item(f"video-{number:06d}", "http://127.0.0.1:9/none.mp4") for number in range(50)]
    config = hurried.model_copy(update={"stop_after": 3, "attempts": 1})
    outcome = fetch(wanted, tmp_path, config)
    assert outcome.counts == {"failed": 3, "waiting": 47}
    assert outcome.stopped is not None and "3 consecutive videos" in outcome.stopped


def test_gone_videos_in_a_row_do_not_end_the_run(server: VideoServer, tmp_path: Path, hurried: DownloadConfig) -> None:
    """Catches dead links that are taken for a dead network."""
    wanted = [Item(f"video-{number}", f"{server.url}/{number}") for number in range(5)]
    outcome = fetch(wanted, tmp_path, hurried.model_copy(update={"stop_after": 2}))
    assert (outcome.counts, outcome.stopped) == ({"gone": 5}, None)


def test_requests_keep_their_distance() -> None:
    """Catches a limit of requests a minute that limits nothing."""
    config = DownloadConfig.parse({"requests_per_minute": 30})
    clock, waits = [100.0], []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock[0] += seconds

    pace = Pace(config, sleep, lambda: clock[0])
    pace.before_request()
    clock[0] += 0.5
    pace.before_request()
    clock[0] += 5
    pace.before_request()
    assert waits == [1.5]


def test_waits_double_up_to_the_longest() -> None:
    """Catches a server that is asked every ten seconds for hours."""
    config = DownloadConfig.parse({"first_wait_s": 10, "longest_wait_s": 60})
    waits: list[float] = []
    pace = Pace(config, waits.append)
    assert all(pace.after_failure(failures, None) for failures in range(1, 6))
    assert waits == [10, 20, 40, 60, 60]
    assert not pace.after_failure(1, 61.0)


def test_a_killed_run_loses_nothing_and_repeats_nothing(
    server: VideoServer, video: bytes, tmp_path: Path, hurried: DownloadConfig
) -> None:
    """Catches half a file under a whole one's name, and a rerun that starts from the beginning."""
    wanted = items(server, video * 400, *NAMES)
    server.held_at = "/second-video.mp4"
    server.hold.clear()
    words = [sys.executable, "-c", ONE_RUN, str(tmp_path), server.url, *NAMES]
    process = subprocess.Popen(words, env=dict(os.environ))
    try:
        assert server.reached.wait(60)
        half = tmp_path / PARTIAL / "second-video.mp4"
        deadline = time.monotonic() + 30
        while not (half.is_file() and half.stat().st_size) and time.monotonic() < deadline:
            time.sleep(0.02)
        with pytest.raises(V2MeowError, match="Another process"):
            fetch(wanted, tmp_path, hurried)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert [path.name for path in sorted(tmp_path.glob("*.mp4"))] == ["first-video.mp4"]
    assert statuses(tmp_path) == {"first-video": "ok"}
    server.held_at = None
    server.hold.set()
    (tmp_path / NAME).open("a").write('{"id": "second-vi')  # as if it had died while it wrote
    assert fetch(wanted, tmp_path, hurried).counts == {"ok": 3}
    assert len(server.requests("/first-video.mp4")) == 1
    assert server.requests("/second-video.mp4")[1].range is not None
    assert all((tmp_path / f"{name}.mp4").read_bytes() == video * 400 + name.encode() for name in NAMES)


def test_a_file_without_its_line_counts(
    server: VideoServer, video: bytes, tmp_path: Path, hurried: DownloadConfig
) -> None:
    """Catches a process killed between the two, after which the video is loaded again, or is missing from the count."""
    (tmp_path / "first-video.mp4").write_bytes(video)
    wanted = items(server, video, "first-video")
    outcome = fetch(wanted, tmp_path, hurried)
    assert (outcome.fetched, outcome.counts, server.seen) == (0, {"ok": 1}, [])
    assert statuses(tmp_path) == {"first-video": "ok"}
    (tmp_path / "first-video.mp4").unlink()
    assert fetch(wanted, tmp_path, hurried).fetched == 1, "a line without its file is not a video"
    assert (tmp_path / LOCK).exists() and not (tmp_path / LOCK).name.endswith(".mp4")
