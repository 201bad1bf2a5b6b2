"""Resolution of YouTube-8M ids to YouTube ids."""

import re
from pathlib import Path

from v2meow_pipeline.corpus.sources.download.downloader import Downloader, Unavailable
from v2meow_pipeline.corpus.sources.download.http import Http
from v2meow_pipeline.corpus.sources.published.item import YOUTUBE_ID, Item

# i("nXSc","0sf943sWZls");
_ANSWER = re.compile(r'\s*i\(\s*"([^"]*)"\s*,\s*"([^"]*)"\s*\)\s*;?\s*')


class Yt8m:
    """Downloader that resolves YouTube-8M ids and delegates the download."""

    def __init__(self, http: Http, videos: Downloader, watch_url: str) -> None:
        """Stores the downloaders.

        Args:
            http: downloader of the id files.
            videos: downloader of the videos.
            watch_url: URL template of a video, with {id}.
        """
        self._http, self._videos, self._watch_url = http, videos, watch_url

    def fetch(self, item: Item, partial: Path) -> str:
        """Implements `Downloader.fetch`; YouTube ids need no resolution."""
        if YOUTUBE_ID.fullmatch(item.id):
            return self._videos.fetch(item, partial)
        return self._videos.fetch(item._replace(url=self._watch_url.format(id=self._look_up(item))), partial)

    def _look_up(self, item: Item) -> str:
        try:
            text = self._http.text(item.url)
        except Unavailable as error:
            # The bucket of the id files returns 403 for removed ones.
            if error.is_permanent:
                raise Unavailable("gone", f"YouTube-8M no longer lists this video: {error.reason}") from error
            raise
        answer = _ANSWER.fullmatch(text)
        if answer is None or answer[1] != item.id or not YOUTUBE_ID.fullmatch(answer[2]):
            raise Unavailable("failed", f"{item.url} does not contain a YouTube id: {text[:80]!r}")
        return answer[2]
