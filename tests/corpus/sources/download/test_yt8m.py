"""YouTube-8M's ids, looked up on a local copy of its files."""

from pathlib import Path

import pytest
from tests.support.video_server import Fault, VideoServer

from v2meow_pipeline.corpus.sources.download.downloader import Downloader, Unavailable
from v2meow_pipeline.corpus.sources.download.fetch_all import fetch_all
from v2meow_pipeline.corpus.sources.download.http import Http
from v2meow_pipeline.corpus.sources.download.yt8m import Yt8m
from v2meow_pipeline.corpus.sources.published.config import DownloadConfig, Mv100kConfig
from v2meow_pipeline.corpus.sources.published.item import Item
from v2meow_pipeline.corpus.sources.published.mv100k import read_mv100k


def looking_up(server: VideoServer) -> Downloader:
    http = Http(20)
    return Yt8m(http, http, server.url + "/{id}.mp4")


def test_ids_of_four_letters_lead_to_videos(
    server: VideoServer, video: bytes, tmp_path: Path, hurried: DownloadConfig
) -> None:
    """Catches an address other than the one that YouTube-8M documents, and a file that nobody finds by its id."""
    server.put("/j/i/nX/nXSc.js", b'i("nXSc","0sf943sWZls");', "text/javascript")
    server.put("/0sf943sWZls.mp4", video)
    server.put("/dQw4w9WgXcQ.mp4", video)
    (tmp_path / "ids.txt").write_text("nXSc\ndQw4w9WgXcQ\n")
    params = {"index": str(tmp_path / "ids.txt"), "path": str(tmp_path), "licence": "?"}
    urls = {"yt8m_url": f"{server.url}/j/i/", "watch_url": server.url + "/{id}.mp4"}
    wanted = read_mv100k(Mv100kConfig.parse({**params, **urls}))
    assert fetch_all(wanted, looking_up(server), tmp_path, hurried).counts == {"ok": 2}
    assert (tmp_path / wanted[0].file_name).is_file() and wanted[0].file_name.startswith("nXSc")


@pytest.mark.parametrize("code", [403, 404])
def test_an_id_that_was_taken_out_is_gone(code: int, server: VideoServer, tmp_path: Path) -> None:
    """Catches "forbidden", which the bucket answers for deleted files, taken for a private video."""
    server.faults["/i/ab/abcd.js"] = [Fault(status=code)]
    with pytest.raises(Unavailable, match="no longer lists") as caught:
        looking_up(server).fetch(Item("abcd", f"{server.url}/i/ab/abcd.js"), tmp_path / "a.mp4")
    assert caught.value.status == "gone"


@pytest.mark.parametrize("text", ["<html></html>", 'i("other","0sf943sWZls");', 'i("abcd","short");'])
def test_an_answer_that_names_no_video_is_told(text: str, server: VideoServer, tmp_path: Path) -> None:
    """Catches a request for whatever an error page holds."""
    url = server.put("/i/ab/abcd.js", text.encode(), "text/javascript")
    with pytest.raises(Unavailable, match="does not contain a YouTube id"):
        looking_up(server).fetch(Item("abcd", url), tmp_path / "a.mp4")
