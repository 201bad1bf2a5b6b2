"""What must hold of a clip manifest before anything is trained on it: a Great Expectations suite, in code."""

from typing import TYPE_CHECKING

import pandas as pd

from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.record import MANIFEST_COLUMNS, SPLITS

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite

SUITE = "clip_manifest"
SPLITS_OF_SOURCE = "splits_of_source"
SPLITS_OF_CONTENT = "splits_of_content"
REQUIRED = ("clip_id", "source_id", "path", "sha256", "split")


class ManifestRules(Config):
    """The thresholds.

    Attributes:
        longest_clip_s: a clip's duration, seconds.
        lowest_fps: of the source's picture.
        highest_fps: of the source's picture.
        lowest_audio_rate_hz: of the source's sound.
        most_silent: largest share of a clip that may be silent.
        most_clipped: largest share of a clip's samples that may be clipped.
        largest_av_difference_s: between the lengths of picture and sound of a source, seconds.
        captioned: share of clips that must have a caption; they are what prompts are learned from.
        licensed: share of clips that must have a licence.
        mostly: share of clips that must keep to the thresholds above.
    """

    longest_clip_s: float = 60.0
    lowest_fps: float = 1.0
    highest_fps: float = 240.0
    lowest_audio_rate_hz: int = 8_000
    most_silent: float = 0.95
    most_clipped: float = 0.05
    largest_av_difference_s: float = 5.0
    captioned: float = 0.0
    licensed: float = 0.0
    mostly: float = 1.0


def with_split_counts(manifest: pd.DataFrame) -> pd.DataFrame:
    """The manifest with, for each clip, how many splits its source and its source's content appear in: 1, or a leak."""
    counted = manifest.copy()
    for column, key in ((SPLITS_OF_SOURCE, "source_id"), (SPLITS_OF_CONTENT, "sha256")):
        counted[column] = manifest.groupby(key)["split"].transform("nunique")
    counted["duration_s"] = manifest["end_s"] - manifest["start_s"]
    return counted


def manifest_suite(rules: ManifestRules) -> "ExpectationSuite":
    """The expectations of a manifest that `with_split_counts` prepared.

    Args:
        rules: the thresholds.

    Returns:
        The suite.
    """
    import great_expectations as gx

    expect = gx.expectations
    mostly = rules.mostly
    ranges = {
        "duration_s": (0.1, rules.longest_clip_s),
        "start_s": (0.0, None),
        "video_fps": (rules.lowest_fps, rules.highest_fps),
        "audio_rate_hz": (rules.lowest_audio_rate_hz, None),
        "silent_fraction": (0.0, rules.most_silent),
        "clipped_fraction": (0.0, rules.most_clipped),
        "av_difference_s": (-rules.largest_av_difference_s, rules.largest_av_difference_s),
    }
    columns = [*MANIFEST_COLUMNS, SPLITS_OF_SOURCE, SPLITS_OF_CONTENT, "duration_s"]
    return gx.ExpectationSuite(
        name=SUITE,
        expectations=[
            expect.ExpectTableRowCountToBeBetween(min_value=1),
            expect.ExpectTableColumnsToMatchSet(column_set=columns, exact_match=True),
            expect.ExpectColumnValuesToBeUnique(column="clip_id"),
            *(expect.ExpectColumnValuesToNotBeNull(column=c) for c in REQUIRED),
            expect.ExpectColumnValuesToBeInSet(column="split", value_set=list(SPLITS)),
            expect.ExpectColumnValuesToBeBetween(column=SPLITS_OF_SOURCE, min_value=1, max_value=1),
            expect.ExpectColumnValuesToBeBetween(column=SPLITS_OF_CONTENT, min_value=1, max_value=1),
            *(
                expect.ExpectColumnValuesToBeBetween(column=c, min_value=low, max_value=high, mostly=mostly)
                for c, (low, high) in ranges.items()
            ),
            expect.ExpectColumnValuesToNotBeNull(column="caption", mostly=rules.captioned),
            expect.ExpectColumnValuesToNotBeNull(column="licence", mostly=rules.licensed),
        ],
    )
