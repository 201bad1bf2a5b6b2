"""Source videos: the records that corpus sources return, for files and for the synthetic corpus."""

from typing import Literal, TypeAlias

from pydantic import Field

from v2meow_pipeline.config import Config

Split: TypeAlias = Literal["train", "val", "judge", "test-iid", "test-combo", "test-font", "test-look"]

# "judge" trains the networks that evaluate generated music, and none that generate it.
SPLITS: tuple[Split, ...] = ("train", "val", "judge", "test-iid", "test-combo", "test-font", "test-look")


class Absence(Config):
    """Reason why the file of an expected source is missing; becomes a row of the quarantine table.

    Attributes:
        reason: stable machine-readable code.
        detail: problem, in one sentence.
        remedy: remedy, in one sentence.
    """

    reason: str
    detail: str
    remedy: str


class SourceVideo(Config):
    """Source video with its metadata; None marks unknown values.

    Attributes:
        source_id: stable id of the source, independent of its path; unique within a corpus.
        path: path of the video file.
        corpus: name of the corpus, such as "synthetic" or "folder".
        split: preset split of its clips; None assigns a split by the hash of the file content.
        genre: genre, one word.
        caption: description of the music, one sentence.
        licence: SPDX identifier or short description of the licence.
        tempo_bpm: ground-truth tempo, BPM.
        energy: ground-truth energy in [0, 1].
        key: ground-truth tonic, such as "C" or "F#".
        mode: ground-truth mode, "major" or "minor".
        annotation_path: JSON file beside the video with beats, bars, onsets and so on.
        absence: reason why the file is missing; None if it is present.
    """

    source_id: str = Field(min_length=1)
    path: str = Field(min_length=1)
    corpus: str = Field(min_length=1)
    split: Split | None = None
    genre: str | None = None
    caption: str | None = None
    licence: str | None = None
    tempo_bpm: float | None = None
    energy: float | None = None
    key: str | None = None
    mode: str | None = None
    annotation_path: str | None = None
    absence: Absence | None = None
