"""Video of a published index."""

import re
from typing import NamedTuple

from v2meow_pipeline.source_video import Split

# Shorter ids often differ by case alone, which case-insensitive file systems do not distinguish.
TELLING_LENGTH = 8
SUFFIX = ".mp4"
YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")


class Item(NamedTuple):
    """Video of a published index.

    Attributes:
        id: id in the index, unique and safe in a file name.
        url: URL of the video, or of a page that contains it.
        start_s: start of the section to download, seconds; None is the start of the video.
        end_s: end of the section, seconds; None is the end of the video.
        split: split set by the index or by a rule of the corpus; None leaves it to ingestion.
        genre: genre, or None if unknown.
        caption: description of the music, or None if unknown.
        tempo_bpm: ground-truth tempo, BPM, or None if unknown.
    """

    id: str
    url: str
    start_s: float | None = None
    end_s: float | None = None
    split: Split | None = None
    genre: str | None = None
    caption: str | None = None
    tempo_bpm: float | None = None

    @property
    def stem(self) -> str:
        """File name without suffix: the id; for short ids, with a suffix that encodes which letters are capitals."""
        if len(self.id) >= TELLING_LENGTH:
            return self.id
        capitals = sum(1 << place for place, letter in enumerate(self.id) if letter.isupper())
        return f"{self.id}-{capitals:x}"

    @property
    def file_name(self) -> str:
        """File name in the directory of the corpus."""
        return f"{self.stem}{SUFFIX}"
