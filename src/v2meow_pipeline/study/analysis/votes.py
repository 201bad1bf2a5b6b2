"""Votes of a study as a table, with the raters' attention checks, and comments; CSV export."""

import csv
import io
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.metrics.spreadsheet import escape_formula, without_formulas
from v2meow_pipeline.study.design import DATABASE, load_design
from v2meow_pipeline.study.store import StudyStore

QUESTIONS = ("relevance", "preference")


class Vote(NamedTuple):
    """A vote.

    Attributes:
        rater: number of the rater.
        clip: name of the clip.
        genre: genre of the clip; empty if unknown.
        first_system: system that was presented as Music 1.
        second_system: system that was presented as Music 2.
        relevance: -2 (the first clearly goes better with the video) to 2 (the second clearly does).
        preference: -2 (the first is clearly preferred) to 2 (the second clearly is).
        neither_fits: whether neither music fits the video.
        both_sound_bad: whether both sound bad.
        heard_first_s: duration of the first track that was listened to, seconds.
        heard_second_s: duration of the second track that was listened to, seconds.
        seconds: time until the answer, seconds.
        trial: index of the trial in the rater's order.
        failed_checks: number of attention checks that the rater failed.
        finished: whether the rater answered all trials.
    """

    rater: int
    clip: str
    genre: str
    first_system: str
    second_system: str
    relevance: int
    preference: int
    neither_fits: bool
    both_sound_bad: bool
    heard_first_s: float
    heard_second_s: float
    seconds: float
    trial: int
    failed_checks: int
    finished: bool


class Comment(NamedTuple):
    """Comment of a rater at the end of the session: number of the rater, and text."""

    rater: int
    text: str


def load_votes(folder: Path) -> list[Vote]:
    """Reads all votes of a study, by rater and trial.

    Args:
        folder: folder of the study.

    Returns:
        The votes.

    Raises:
        ConfigError: if the folder is not that of a study, or nobody has taken part.
    """
    design = load_design(folder)
    if not (folder / DATABASE).is_file():
        raise ConfigError(f"{folder} has no votes.", f"Start the study: v2meow study serve {folder}")
    store = StudyStore(folder / DATABASE)
    raters = {rater.id: rater for rater in store.raters()}
    failed = Counter(rater for rater, check in store.checks() if not check.correct)
    genres = {clip.name: clip.genre for clip in design.clips}
    return [
        Vote(
            rater=raters[rater].number,
            genre=genres[row.clip],
            failed_checks=failed[rater],
            finished=len(raters[rater].done) == len(raters[rater].plan.trials),
            **row.model_dump(exclude={"pair", "created_s"}),
        )
        for rater, row in store.votes()
        if rater in raters  # the study may be running
    ]


def write_csv(votes: list[Vote], path: Path) -> None:
    """Writes votes to a CSV file, one row per vote; truth values are 0 and 1, and text is never a formula.

    Args:
        votes: votes.
        path: CSV file.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Vote._fields)
    writer.writerows(
        [int(value) if isinstance(value, bool) else escape_formula(value) for value in vote] for vote in votes
    )
    write_text(path, text.getvalue())


def load_comments(folder: Path) -> list[Comment]:
    """Reads the comments of a study, by rater; raters without one are left out.

    Args:
        folder: folder of the study, with votes.

    Returns:
        The comments.
    """
    return [Comment(rater.number, rater.comment) for rater in StudyStore(folder / DATABASE).raters() if rater.comment]


def write_comments(comments: list[Comment], path: Path) -> None:
    """Writes comments to a CSV file; text that a spreadsheet would evaluate as a formula begins with an apostrophe.

    Args:
        comments: comments.
        path: CSV file.
    """
    table = pd.DataFrame(comments, columns=Comment._fields)
    write_text(path, without_formulas(table).to_csv(index=False, lineterminator="\n"))


def value_for(vote: Vote, question: str, system: str) -> int:
    """Answer to a question from the point of view of one of the two systems: 2 is a clear win, -2 a clear loss."""
    value: int = getattr(vote, question)
    return value if vote.second_system == system else -value
