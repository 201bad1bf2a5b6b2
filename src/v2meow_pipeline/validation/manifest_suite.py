"""Great Expectations suite of the clip manifest, with expectations on rows and on the whole table.

Ingestion rejects unusable clips one by one; this suite checks the resulting table, so that an error of a corpus source,
of ingestion or of a hand-edited table stops the run before training.
"""

from typing import TYPE_CHECKING

import pandas as pd
from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.ranges import FACTS, MODES, SOUND, VIDEO
from v2meow_pipeline.corpus.record import MANIFEST_COLUMNS
from v2meow_pipeline.source_video import SPLITS
from v2meow_pipeline.synthetic.streamed import is_streamed

if TYPE_CHECKING:
    from great_expectations.expectations import Expectation

REQUIRED = (
    "clip_id",
    "source_id",
    "corpus",
    "path",
    "start_s",
    "end_s",
    "split",
    "sha256",
    "video_fps",
    "audio_rate_hz",
)

# Columns that are added for validation only.
DURATION = "duration_s"
SPLITS_OF_SOURCE = "splits_of_source"
SPLITS_OF_CONTENT = "splits_of_content"
SOURCES_OF_CONTENT = "sources_of_content"
STREAMED = "streamed"

INGEST_REMEDY = "Delete clip_manifest and run the ingest pipeline again."
LEAK_REMEDY = "Assign all copies of a video to the same split, or remove all but one of them."


class ManifestLimits(Config):
    """Thresholds of the clip manifest; the audio limits must be changed together with those of `IngestConfig`.

    Attributes:
        min_clip_s: minimum duration of a clip, seconds.
        max_clip_s: maximum duration of a clip, seconds.
        max_silent_fraction: maximum silent fraction of a clip.
        max_clipped_fraction: maximum fraction of clipped samples of a clip.
        max_av_difference_s: maximum time of a clip that the audio stream does not cover, seconds.
        captions_mostly: minimum share of clips with a caption.
        licences_mostly: minimum share of clips with a licence.
        needs_training: whether training clips are required; false for a corpus for evaluation only.
    """

    min_clip_s: float = Field(0.5, gt=0)
    max_clip_s: float = Field(60.0, gt=0)
    max_silent_fraction: float = Field(0.9, ge=0, le=1)
    max_clipped_fraction: float = Field(0.25, ge=0, le=1)
    max_av_difference_s: float = Field(0.5, ge=0)
    captions_mostly: float = Field(0.5, ge=0, le=1)
    licences_mostly: float = Field(1.0, ge=0, le=1)
    needs_training: bool = True


def with_derived_columns(manifest: pd.DataFrame) -> pd.DataFrame:
    """Copy of a manifest with derived columns that express relations between rows as values of a row."""
    return manifest.assign(
        **{
            DURATION: manifest["end_s"] - manifest["start_s"],
            SPLITS_OF_SOURCE: manifest.groupby("source_id")["split"].transform("nunique"),
            SPLITS_OF_CONTENT: manifest.groupby("sha256")["split"].transform("nunique"),
            STREAMED: manifest["path"].map(is_streamed),
            SOURCES_OF_CONTENT: manifest.groupby("sha256")["source_id"].transform("nunique"),
        }
    )


def column_expectations() -> "list[Expectation]":
    """Expectation that the table has the columns of `MANIFEST_COLUMNS`, a prerequisite of all others."""
    import great_expectations.expectations as gxe

    columns = list(MANIFEST_COLUMNS)
    return [gxe.ExpectTableColumnsToMatchSet(column_set=columns, exact_match=False, meta={"remedy": INGEST_REMEDY})]


def expectations(limits: ManifestLimits) -> "list[Expectation]":
    """Expectations on a manifest with complete columns, each with a remedy in `meta`.

    Args:
        limits: thresholds of the manifest.

    Returns:
        Expectations on the result of `with_derived_columns`.
    """
    of_table = [*column_expectations(), *_of_table(limits), *_of_identity(), *_of_splits()]
    return [*of_table, *_of_durations(limits), *_of_media(), *_of_sound(limits), *_of_texts(limits)]


def _of_table(limits: ManifestLimits) -> "list[Expectation]":
    import great_expectations.expectations as gxe

    remedy = {"remedy": "See the quarantine table for the reason why each video was refused."}
    training_remedy = (
        "Add videos, lower test_share and val_share of ingest, or set needs_training: false to evaluate only."
    )
    contained = gxe.ExpectColumnDistinctValuesToContainSet(
        column="split", value_set=["train"], meta={"remedy": training_remedy}
    )
    return [
        gxe.ExpectTableRowCountToBeBetween(min_value=1, meta=remedy),
        *([contained] if limits.needs_training else []),
    ]


def _of_identity() -> "list[Expectation]":
    import great_expectations.expectations as gxe

    meta = {"remedy": INGEST_REMEDY}
    return [
        *(gxe.ExpectColumnValuesToNotBeNull(column=column, meta=meta) for column in REQUIRED),
        gxe.ExpectColumnValuesToBeUnique(column="clip_id", meta=meta),
        gxe.ExpectColumnValuesToMatchRegex(column="sha256", regex=r"^[0-9a-f]{64}$", meta=meta),
    ]


def _of_splits() -> "list[Expectation]":
    import great_expectations.expectations as gxe

    known, leak = {"remedy": f"Known splits are {', '.join(SPLITS)}."}, {"remedy": LEAK_REMEDY}
    once = (SPLITS_OF_SOURCE, SPLITS_OF_CONTENT, SOURCES_OF_CONTENT)
    return [
        gxe.ExpectColumnValuesToBeInSet(column="split", value_set=list(SPLITS), meta=known),
        *(gxe.ExpectColumnValuesToBeInSet(column=column, value_set=[1], meta=leak) for column in once),
    ]


def _of_durations(limits: ManifestLimits) -> "list[Expectation]":
    import great_expectations.expectations as gxe

    meta = {"remedy": "Check clock.clip_s and min_source_s of ingest."}
    return [
        gxe.ExpectColumnValuesToBeBetween(column="start_s", min_value=0, meta=meta),
        gxe.ExpectColumnValuesToBeBetween(
            column=DURATION, min_value=limits.min_clip_s, max_value=limits.max_clip_s, meta=meta
        ),
    ]


def _of_media() -> "list[Expectation]":
    import great_expectations.expectations as gxe

    meta = {"remedy": "Check these videos; convert them to H.264 and AAC, or remove them."}
    return [
        gxe.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high, meta=meta)
        for column, (low, high) in VIDEO.items()
    ]


def _of_sound(limits: ManifestLimits) -> "list[Expectation]":
    import great_expectations.expectations as gxe

    meta = {"remedy": "Listen to these clips; remove them, or change the limits of both ingest and the contract."}
    ranges: dict[str, tuple[float, float]] = {
        **SOUND,
        "silent_fraction": (0.0, limits.max_silent_fraction),
        "clipped_fraction": (0.0, limits.max_clipped_fraction),
        "av_difference_s": (0.0, limits.max_av_difference_s),
    }
    return [
        expectation
        for column, (low, high) in ranges.items()
        for expectation in (
            gxe.ExpectColumnValuesToNotBeNull(
                column=column, row_condition=f"{STREAMED} == False", condition_parser="pandas", meta=meta
            ),
            gxe.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high, meta=meta),
        )
    ]


def _of_texts(limits: ManifestLimits) -> "list[Expectation]":
    import great_expectations.expectations as gxe

    captions = {"remedy": "Add captions to the CSV of the folder source, or lower captions_mostly of the contract."}
    licences = {
        "remedy": "Set `licence` of the folder source, or the column in its CSV; it determines who may use the model."
    }
    truth = {"remedy": "Correct the metadata of these clips in the corpus source."}
    return [
        gxe.ExpectColumnValuesToNotBeNull(column="caption", mostly=limits.captions_mostly, meta=captions),
        gxe.ExpectColumnValuesToMatchRegex(column="caption", regex=r"\S", meta=captions),
        gxe.ExpectColumnValuesToNotBeNull(column="licence", mostly=limits.licences_mostly, meta=licences),
        gxe.ExpectColumnValuesToMatchRegex(column="licence", regex=r"\S", meta=licences),
        *(
            gxe.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high, meta=truth)
            for column, (low, high) in FACTS.items()
        ),
        gxe.ExpectColumnValuesToBeInSet(column="mode", value_set=list(MODES), meta=truth),
    ]
