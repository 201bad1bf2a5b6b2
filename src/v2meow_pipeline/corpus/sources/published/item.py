"""One video that a published index names."""

import re
from typing import NamedTuple

from v2meow_pipeline.corpus.record import Split

# Ids shorter than this differ by case alone often enough to matter where file names don't.
TELLING_LENGTH = 8
SUFFIX = ".mp4"
YOUTUBE_ID = re.compile(r"[A-Za-z0-9_-]{11}")


class Item(NamedTuple):
    """A video of an index.

    Attributes:
        id: as the index has it; unique in the index, and safe in a file name.
        url: where the video, or a page that holds it, is found.
        start_s: of the section that is wanted, seconds; None is the video's start.
        end_s: of that section; None is the video's end.
        split: where the index, or the rule of its corpus, puts it; None leaves it to ingestion.
        genre: one or two words, where known.
        caption: the music in words, where known.
        tempo_bpm: true beats a minute, where known.
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
        """Name of its file without suffix: its id; behind a short one, a digit for which letters are capitals."""
        if len(self.id) >= TELLING_LENGTH:
            return self.id
        capitals = sum(1 << place for place, letter in enumerate(self.id) if letter.isupper())
        return f"{self.id}-{capitals:x}"

    @property
    def file_name(self) -> str:
        """Name of its file in the corpus' folder."""
        return f"{self.stem}{SUFFIX}"
