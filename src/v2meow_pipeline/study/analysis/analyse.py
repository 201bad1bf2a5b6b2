"""Analysis of a study: all results of both questions."""

import math
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.study.analysis.agreement import Agreement, agreement
from v2meow_pipeline.study.analysis.bradley_terry import Strength, strengths
from v2meow_pipeline.study.analysis.votes import QUESTIONS, Comment, Vote, load_comments, load_votes
from v2meow_pipeline.study.analysis.win_rates import WinRate, win_rate
from v2meow_pipeline.study.design import load_design

HEADINGS = {"relevance": "Visual relevance", "preference": "Music preference"}


class QuestionResult(NamedTuple):
    """Results of one question.

    Attributes:
        question: "relevance" or "preference".
        pairs: win rate of each two systems.
        overall: win rate of each system against all others.
        strengths: Bradley-Terry strength of each system.
        agreement: agreement of the raters.
        by_genre: genre -> win rate of each two systems.
        first_wins: wins of the track that was presented first: it should win about half of the votes.
        decisive: number of votes that are not ties.
    """

    question: str
    pairs: list[WinRate]
    overall: list[WinRate]
    strengths: list[Strength]
    agreement: Agreement
    by_genre: dict[str, list[WinRate]]
    first_wins: int
    decisive: int


class StudyAnalysis(NamedTuple):
    """Results of a study.

    Attributes:
        title: title of the study.
        systems: names of the systems.
        votes: all votes, with those that are left out.
        used: votes that are analysed.
        comments: comments of all raters.
        max_failed_checks: raters who failed more attention checks are left out.
        questions: results by question.
    """

    title: str
    systems: tuple[str, ...]
    votes: list[Vote]
    used: list[Vote]
    comments: list[Comment]
    max_failed_checks: int
    questions: list[QuestionResult]

    @property
    def raters(self) -> int:
        """Number of raters whose votes are analysed."""
        return len({vote.rater for vote in self.used})

    @property
    def left_out(self) -> int:
        """Number of raters who are left out."""
        return len({vote.rater for vote in self.votes}) - self.raters

    def sentences(self) -> list[str]:
        """Summary in sentences; intervals are from resampled raters and clips."""
        lines = [
            f"{len(self.used)} votes of {self.raters} raters. Raters left out, with more than {self.max_failed_checks} "
            f"failed attention checks: {self.left_out}."
        ]
        for result in self.questions:
            lines += [f"{HEADINGS[result.question]}: {_sentence(row)}" for row in result.pairs]
        return lines


def analyse_study(folder: Path, max_failed_checks: int = 0, seed: int = 0) -> StudyAnalysis:
    """Analyses the votes of a study.

    Args:
        folder: folder of the study.
        max_failed_checks: raters who failed more attention checks are left out.
        seed: seed of the bootstrap.

    Returns:
        The results.

    Raises:
        ConfigError: if no votes are left.
    """
    design, votes = load_design(folder), load_votes(folder)
    used = [vote for vote in votes if vote.failed_checks <= max_failed_checks]
    if not used:
        raise ConfigError(
            f"No votes of {folder} can be analysed: {len(votes)} votes, all of raters who failed attention checks.",
            "Wait for raters, or allow more failures with --max-failed-checks.",
        )
    results = [analyse_question(used, question, design.systems, seed) for question in QUESTIONS]
    comments = load_comments(folder)
    return StudyAnalysis(design.config.title, design.systems, votes, used, comments, max_failed_checks, results)


def analyse_question(votes: Sequence[Vote], question: str, systems: Sequence[str], seed: int) -> QuestionResult:
    """Results of one question.

    Args:
        votes: votes to analyse.
        question: "relevance" or "preference".
        systems: names of the systems.
        seed: seed of the bootstrap.

    Returns:
        The results.
    """
    genres = sorted({vote.genre for vote in votes} - {""})
    values = [getattr(vote, question) for vote in votes]
    return QuestionResult(
        question=question,
        pairs=_pairs(votes, question, systems, seed),
        overall=[win_rate(votes, question, name, None, seed) for name in systems],
        strengths=strengths(votes, question, systems, seed),
        agreement=agreement(votes, question, systems),
        by_genre={g: _pairs([vote for vote in votes if vote.genre == g], question, systems, seed) for g in genres},
        first_wins=sum(value < 0 for value in values),
        decisive=sum(value != 0 for value in values),
    )


def _sentence(row: WinRate) -> str:
    if math.isnan(row.rate):
        return f"all {row.votes} votes on {row.system} and {row.opponent} are ties."
    interval = f"[{row.resampled.low:.1%}, {row.resampled.high:.1%}]"
    if math.isnan(row.resampled.low):
        interval = "[no interval: fewer than two raters or clips]"
    return (
        f"{row.system} wins {row.rate:.1%} {interval} of the votes against {row.opponent} that are not ties "
        f"(p = {row.p_value:.3g}, {row.ties} ties of {row.votes})."
    )


def _pairs(votes: Sequence[Vote], question: str, systems: Sequence[str], seed: int) -> list[WinRate]:
    rows = [win_rate(votes, question, one, other, seed) for one, other in combinations(systems, 2)]
    return [row for row in rows if row.votes]
