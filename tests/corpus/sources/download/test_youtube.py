"""yt-dlp against a local server, through its extractor for plain files; YouTube itself cannot be asked in a test."""

from pathlib import Path

import ffmpeg
import pytest
from tests.support.video_server import Fault, VideoServer

pytest.importorskip("yt_dlp", reason="yt-dlp is not installed: pip install -c constraints.txt '.[download]'")

from v2meow_pipeline.corpus.sources import collect
from v2meow_pipeline.corpus.sources.download.corpora import download_corpus
from v2meow_pipeline.corpus.sources.download.downloader import Unavailable
from v2meow_pipeline.corpus.sources.download.fetch_all import PARTIAL, fetch_all
from v2meow_pipeline.corpus.sources.download.youtube import YouTube, unavailable
from v2meow_pipeline.corpus.sources.published.config import DownloadConfig
from v2meow_pipeline.corpus.sources.published.item import Item
from v2meow_pipeline.media.ffmpeg import file_url, run
from v2meow_pipeline.media.probe import probe

DASH = """<?xml version="1.0"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT6S"><Period>
<AdaptationSet mimeType="video/mp4"><Representation id="v" bandwidth="9000" codecs="avc1.64000a" width="32" height="32">
<BaseURL>v.mp4</BaseURL></Representation></AdaptationSet>
<AdaptationSet mimeType="audio/mp4"><Representation id="a" bandwidth="9000" codecs="mp4a.40.2">
<BaseURL>a.mp4</BaseURL></Representation></AdaptationSet>
</Period></MPD>"""

ID = "-0Gj8-vB1q4"  # a real id that looks like an option


def test_a_whole_video_arrives_under_its_id(
    server: VideoServer, video: bytes, tmp_path: Path, hurried: DownloadConfig
) -> None:
    """Catches a name with another suffix, or rests that stay behind."""
    wanted = [Item(ID, server.put(f"/{ID}.mp4", video))]
    outcome = fetch_all(wanted, YouTube(hurried), tmp_path, hurried)
    assert outcome.counts == {"ok": 1}, outcome.failures
    info = probe(tmp_path / f"{ID}.mp4")
    assert info.duration_s == pytest.approx(6.0, abs=0.1) and info.has_audio
    assert not list((tmp_path / PARTIAL).iterdir())


def test_only_the_section_is_kept(server: VideoServer, video: bytes, tmp_path: Path, hurried: DownloadConfig) -> None:
    """Catches ten minutes on the disk for ten seconds of caption."""
    wanted = [Item(ID, server.put(f"/{ID}.mp4", video), 1.5, 4.0)]
    outcome = fetch_all(wanted, YouTube(hurried), tmp_path, hurried)
    assert outcome.counts == {"ok": 1}, outcome.failures
    info = probe(tmp_path / f"{ID}.mp4")
    assert info.duration_s == pytest.approx(2.5, abs=0.15) and info.has_audio


@pytest.mark.parametrize(("section", "lasts_s"), [((None, None), 6.0), ((1.5, 4.0), 2.5)])
def test_picture_and_sound_that_come_apart_are_put_together(
    section: tuple[float | None, float | None],
    lasts_s: float,
    server: VideoServer,
    video: bytes,
    tmp_path: Path,
    hurried: DownloadConfig,
) -> None:
    """Catches silent videos: YouTube sends both in files of their own, and there may be no ffprobe."""
    (tmp_path / "whole.mp4").write_bytes(video)
    whole = ffmpeg.input(file_url(tmp_path / "whole.mp4"))
    for name, kind in (("v", "video/mp4"), ("a", "audio/mp4")):
        run(ffmpeg.output(whole[name], file_url(tmp_path / f"{name}.mp4"), c="copy"))
        server.put(f"/{name}.mp4", (tmp_path / f"{name}.mp4").read_bytes(), kind)
    url = server.put("/list.mpd", DASH.encode(), "application/dash+xml")
    outcome = fetch_all([Item(ID, url, *section)], YouTube(hurried), tmp_path / "raw", hurried)
    assert outcome.counts == {"ok": 1}, outcome.failures
    info = probe(tmp_path / "raw" / f"{ID}.mp4")
    assert info.duration_s == pytest.approx(lasts_s, abs=0.15) and info.has_audio
    assert not list((tmp_path / "raw" / PARTIAL).iterdir())


def test_what_the_server_answers_is_understood(
    server: VideoServer, video: bytes, tmp_path: Path, hurried: DownloadConfig
) -> None:
    """Catches statuses that are lost on their way through yt-dlp's exceptions."""
    youtube = YouTube(hurried)
    with pytest.raises(Unavailable) as gone:
        youtube.fetch(Item(ID, f"{server.url}/none.mp4"), tmp_path / "a.mp4")
    assert gone.value.status == "gone"
    url = server.put("/a.mp4", video)
    server.faults["/a.mp4"] = [Fault(429, retry_after="7")] * 9
    with pytest.raises(Unavailable) as busy:
        youtube.fetch(Item(ID, url), tmp_path / "a.mp4")
    assert (busy.value.status, busy.value.retry_after_s) == ("rate_limited", 7.0)


def test_musiccaps_from_its_index_to_source_videos(
    server: VideoServer, video: bytes, tmp_path: Path, hurried: DownloadConfig
) -> None:
    """Catches captions that go to another video, and parameters that the two halves understand differently."""
    server.put(f"/{ID}", video)
    rows = (f"{ID},1,4,/m/03lty,[],A calm song.,1,False,False", "0pK3rjLd2aE,0,3,,[],Gone.,1,False,True")
    header = "ytid,start_s,end_s,audioset_positive_labels,aspect_list,caption,author_id,is_balanced_subset,"
    (tmp_path / "index.csv").write_text("\n".join((f"{header}is_audioset_eval", *rows)))
    params = {
        "index": str(tmp_path / "index.csv"),
        "path": str(tmp_path / "raw"),
        "licence": "uploader's",
        "watch_url": server.url + "/{id}",
        "download": hurried.model_dump(),
    }
    _, outcome = download_corpus("musiccaps", params)
    assert outcome.counts == {"ok": 1, "gone": 1}, outcome.failures
    here, gone = collect({"source": "musiccaps", **params}, tmp_path)
    assert (here.caption, here.genre, here.licence) == ("A calm song.", "heavy metal", "uploader's")
    assert here.split in ("train", "val") and here.absence is None
    assert probe(Path(here.path)).duration_s == pytest.approx(3.0, abs=0.15)
    assert gone.split == "test-iid" and gone.absence is not None and gone.absence.reason == "gone"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("[youtube] x: Video unavailable. This video has been removed by the uploader", "gone"),
        ("[youtube] x: Video unavailable. This video is no longer available because the account is terminated", "gone"),
        ("[youtube] x: Private video. Sign in if you've been granted access to this video", "private"),
        ("[youtube] x: The uploader has not made this video available in your country", "private"),
        ("[youtube] x: Sign in to confirm your age. This video may be inappropriate", "private"),
        ("[youtube] x: Sign in to confirm you’re not a bot. Use --cookies-from-browser", "rate_limited"),
        ("[youtube] x: Video unavailable. This content isn't available, try again later. The current session has been "
         "rate-limited by YouTube", "rate_limited"),
        ("unable to download video data: HTTP Error 403: Forbidden", "rate_limited"),
        ("[youtube] x: Unable to download API page: HTTP Error 503: Service Unavailable", "rate_limited"),
        ("[youtube] x: Unable to download API page: <urlopen error timed out>", "failed"),
    ],
)  # fmt: skip
def test_refusals_of_youtube_are_told_apart(said: str, status: str) -> None:
    """Catches a bot check that marks 100,000 videos as gone for ever."""
    assert unavailable(RuntimeError(f"\x1b[0;31mERROR:\x1b[0m {said}"), "https://example.org").status == status
