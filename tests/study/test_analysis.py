"""Analysis, against values computed by hand, by SciPy, and from votes with a known preference."""

import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest
from tests.support.study_folders import add_rater, make_folder, vote

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.study.analysis.agreement import agreement
from v2meow_pipeline.study.analysis.analyse import analyse_question, analyse_study
from v2meow_pipeline.study.analysis.bradley_terry import strengths
from v2meow_pipeline.study.analysis.report import write_report
from v2meow_pipeline.study.analysis.votes import Vote, load_votes, write_csv
from v2meow_pipeline.study.analysis.win_rates import resampled_weights, sign_test, wilson_interval, win_rate
from v2meow_pipeline.study.answers import CheckAnswer
from v2meow_pipeline.study.session import StudySessions


def make_vote(
    value: int, rater: int = 0, clip: str = "c", first: str = "a", second: str = "b", **changes: object
) -> Vote:
    """A vote; a positive value is for the second system."""
    plain = Vote(rater, clip, "pop", first, second, value, value, False, False, 5.0, 5.0, 20.0, 0, 0, True)
    return plain._replace(**changes)  # type: ignore[arg-type]


def simulate(share: float, raters: int, clips: int, seed: int, systems: Sequence[str] = ("a", "b")) -> list[Vote]:
    """Votes of raters who prefer the first system with a probability, in random order, a fifth of them ties."""
    random, votes = np.random.default_rng(seed), []
    for rater in range(raters):
        for clip in range(clips):
            swapped, wins, tie = bool(random.integers(2)), random.random() < share, random.random() < 0.2
            first, second = systems[::-1] if swapped else systems
            value = 0 if tie else int(random.integers(1, 3)) * (1 if wins == swapped else -1)
            votes.append(make_vote(value, rater, f"c{clip}", first, second))
    return votes


@pytest.mark.parametrize(("wins", "n"), [(0, 5), (7, 10), (81, 263), (10, 10)])
def test_wilson_interval_is_that_of_scipy(wins: int, n: int) -> None:
    """Catches an error of the formula; Newcombe (1998) has 81 of 263: .2553 to .3662."""
    expected = binomtest(wins, n).proportion_ci(method="wilson")
    assert wilson_interval(wins, n) == pytest.approx((expected.low, expected.high))
    if n == 263:
        assert wilson_interval(wins, n) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert all(math.isnan(end) for end in wilson_interval(0, 0))


def test_sign_test_by_hand() -> None:
    """Catches a one-sided test: 8 of 9 is 2 * (1 + 9) / 512."""
    assert sign_test(8, 1) == pytest.approx(20 / 512)
    assert sign_test(3, 3) == 1.0 and math.isnan(sign_test(0, 0))


def test_win_rates_count_sides_and_ties() -> None:
    """Catches sides that are confused, and ties that count as losses: 3 wins, 1 loss and 2 ties of a."""
    votes = [
        make_vote(-2, 0),
        make_vote(2, 1, first="b", second="a"),
        make_vote(1, 2, first="b", second="a"),
        make_vote(1, 3, neither_fits=True),
        make_vote(0, 4, neither_fits=True),
        make_vote(0, 5, both_sound_bad=True),
    ]
    rate, mirrored = win_rate(votes, "relevance", "a", "b", seed=0), win_rate(votes, "relevance", "b", "a", seed=0)
    assert (rate.wins, rate.losses, rate.ties, rate.votes) == (3, 1, 2, 6)
    assert rate.rate == 0.75 and rate.rate_split == pytest.approx(4 / 6) and rate.both_bad == pytest.approx(2 / 6)
    assert rate.rate + mirrored.rate == 1 and rate.rate_split + mirrored.rate_split == pytest.approx(1)
    assert rate.wilson_split == wilson_interval(4, 6)
    assert win_rate(votes, "preference", "a", None, seed=0).both_bad == pytest.approx(1 / 6)


def test_intervals_cover_a_known_preference() -> None:
    """Catches intervals that are too narrow: 95 % of them should cover, so at least 90 of 100."""
    found = [win_rate(simulate(0.7, 10, 10, seed), "relevance", "a", "b", seed, 200) for seed in range(100)]
    assert sum(row.wilson.low <= 0.7 <= row.wilson.high for row in found) >= 90
    assert sum(row.resampled.low <= 0.7 <= row.resampled.high for row in found) >= 90


def test_raters_who_agree_with_themselves_widen_the_resampled_interval() -> None:
    """Catches many votes of few raters that count as independent."""
    votes = [make_vote(-1 if rater < 4 else 1, rater, f"c{clip}") for rater in range(6) for clip in range(20)]
    rate = win_rate(votes, "relevance", "a", "b", seed=0)
    assert rate.resampled.high - rate.resampled.low > 2 * (rate.wilson.high - rate.wilson.low)
    alone = win_rate(votes[:20], "relevance", "a", "b", seed=0)
    assert math.isnan(alone.resampled.low)


def test_resampled_weights_draw_whole_raters_and_clips() -> None:
    """Catches resampled votes, which would ignore that votes of one rater are alike."""
    votes = simulate(0.5, 4, 5, 0)
    weights = resampled_weights(votes, seed=1, replicates=50).reshape(50, 4, 5)
    assert (weights.sum(axis=(1, 2)) == 20).all()
    assert all(np.linalg.matrix_rank(table) == 1 for table in weights)
    assert (resampled_weights(votes, 1, 5) == resampled_weights(votes, 1, 5)).all()


def test_strengths_of_two_systems_are_the_log_odds() -> None:
    """Catches inverted strengths: 30 of 40 wins are log odds of log 3, apart from the regularisation."""
    votes = [make_vote(-1 if index < 30 else 1, index % 5, f"c{index % 8}") for index in range(40)]
    one, other = strengths(votes, "relevance", ("a", "b"), seed=0, replicates=50)
    assert one.strength - other.strength == pytest.approx(math.log(3), abs=0.01)
    assert one.interval.low < one.strength < one.interval.high


def test_strengths_of_three_systems_are_transitive_and_finite() -> None:
    """Catches strengths that ignore opponents, or are infinite for a system that always wins."""
    votes = [*simulate(0.75, 5, 40, 1, ("a", "b")), *simulate(0.75, 5, 40, 2, ("b", "c"))]
    votes += [make_vote(-2, rater, f"c{rater}", "top", "a") for rater in range(5)]
    found = {row.system: row.strength for row in strengths(votes, "relevance", ("a", "b", "c", "top"), 0, 10)}
    assert found["top"] > found["a"] > found["b"] > found["c"] and all(map(math.isfinite, found.values()))
    assert sum(found.values()) == pytest.approx(0)


def test_agreement() -> None:
    """Catches answers that are not turned to one side: raters who agree saw the tracks in different orders."""
    same = [
        make_vote(value if rater else -value, rater, f"c{clip}", *(("a", "b") if rater else ("b", "a")))
        for clip, value in enumerate([-2, -1, 1, 2])
        for rater in range(3)
    ]
    assert agreement(same, "relevance", ("a", "b")).alpha == pytest.approx(1)
    assert abs(agreement(simulate(0.5, 10, 50, 3), "relevance", ("a", "b")).alpha) < 0.05
    single = agreement([make_vote(1)], "relevance", ("a", "b"))
    assert math.isnan(single.alpha) and "two raters" in single.reason
    equal = agreement([make_vote(1, 0), make_vote(1, 1)], "relevance", ("a", "b"))
    assert math.isnan(equal.alpha) and "equal" in equal.reason


def test_results_per_genre_add_up() -> None:
    """Catches votes that are lost or counted twice in a genre."""
    votes = [vote._replace(genre="rock" if index % 3 else "pop") for index, vote in enumerate(simulate(0.7, 6, 6, 4))]
    result = analyse_question(votes, "relevance", ("a", "b"), 0)
    assert set(result.by_genre) == {"pop", "rock"}
    assert sum(rows[0].wins for rows in result.by_genre.values()) == result.pairs[0].wins


def vote_in(folder: Path, raters: int, failing: int) -> None:
    """Votes for system b, of raters of whom the first fail their attention check."""
    sessions = StudySessions(folder)
    for number in range(raters):
        rater = add_rater(sessions)
        for index, trial in enumerate(rater.plan.trials):
            if trial.kind == "check":
                right = 2 if trial.beeps_second else -2
                sessions.answer_check(rater.id, index, CheckAnswer(answer=-right if number < failing else right))
            else:
                value = 1 if trial.second_system == "b" else -1
                sessions.answer_pair(rater.id, index, vote(value, 0))


def test_report_and_export(tmp_path: Path) -> None:
    """Catches raters who fail attention checks and are counted, names that become markup, and lost votes."""
    folder = make_folder(tmp_path / "study", title="<b>Study</b> of | music")
    vote_in(folder, raters=3, failing=1)
    analysis = analyse_study(folder)
    assert (len(analysis.votes), len(analysis.used), analysis.raters, analysis.left_out) == (12, 8, 2, 1)
    assert len(analyse_study(folder, max_failed_checks=1).used) == 12
    assert analysis.questions[0].pairs[0].wins == 0 and analysis.questions[1].pairs[0].ties == 8
    relevance, preference = analysis.sentences()[1:]
    assert "a wins 0.0% [0.0%, 0.0%]" in relevance and "all 8 votes on a and b are ties" in preference
    write_report(analysis, tmp_path / "report")
    page = (tmp_path / "report/report.html").read_text()
    assert "<b>Study" not in page and "&lt;b&gt;Study" in page
    assert "0 / 0 / 8" in page and "0 / 0 / 8" in (tmp_path / "report/report.md").read_text()
    for name in ("win_rates.png", "strengths.png", "by_genre.png"):
        assert (tmp_path / "report" / name).read_bytes().startswith(b"\x89PNG")
    numbers = json.loads((tmp_path / "report/results.json").read_text())
    assert numbers["questions"][1]["pairs"][0]["rate"] is None and numbers["votes"] == 8
    write_csv(load_votes(folder), tmp_path / "votes.csv")
    rows = list(csv.DictReader((tmp_path / "votes.csv").open()))
    assert len(rows) == 12 and {row["failed_checks"] for row in rows} == {"0", "1"} and rows[0]["finished"] == "1"


def test_names_of_files_and_genres_are_no_formulas(tmp_path: Path) -> None:
    """Catches a clip or genre that a spreadsheet computes, and answers below zero that become texts."""
    write_csv([make_vote(-2, clip="=1+1", genre="@x", first="-a")], tmp_path / "votes.csv")
    (row,) = csv.DictReader((tmp_path / "votes.csv").open())
    assert (row["clip"], row["genre"], row["first_system"], row["relevance"]) == ("'=1+1", "'@x", "'-a", "-2")


def test_comments_are_written_as_text(tmp_path: Path) -> None:
    """Catches comments that nobody can read, and those that a spreadsheet would run."""
    folder = make_folder(tmp_path / "study")
    vote_in(folder, raters=3, failing=0)
    sessions = StudySessions(folder)
    for rater, text in zip(sessions._store.raters(), ("", "=1+1", 'too "loud",\nall of it'), strict=True):
        sessions.finish(rater.id, text)
    write_report(analyse_study(folder), tmp_path / "report")
    rows = list(csv.DictReader((tmp_path / "report/comments.csv").open(newline="")))
    assert rows == [{"rater": "1", "text": "'=1+1"}, {"rater": "2", "text": 'too "loud",\nall of it'}]


def test_one_rater_has_no_interval(tmp_path: Path) -> None:
    """Catches NaN in the summary of a study that has just begun."""
    folder = make_folder(tmp_path / "study")
    vote_in(folder, raters=1, failing=0)
    assert "no interval" in analyse_study(folder).sentences()[1]


def test_a_study_without_votes_says_so(tmp_path: Path) -> None:
    """Catches a report of nothing, or a stack trace."""
    folder = make_folder(tmp_path / "study")
    with pytest.raises(ConfigError, match="has no votes"):
        analyse_study(folder)
    vote_in(folder, raters=1, failing=1)
    with pytest.raises(ConfigError, match="can be analysed"):
        analyse_study(folder)
    with pytest.raises(ConfigError, match=r"no study\.json"):
        analyse_study(tmp_path)
