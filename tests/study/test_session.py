"""Sessions: what is recorded, refused, and kept over a restart."""

from pathlib import Path

import pytest
from tests.support.study_folders import add_rater, make_folder, vote

from v2meow_pipeline.study.answers import CheckAnswer, HeadphoneAnswers, Registration
from v2meow_pipeline.study.rater import Rater
from v2meow_pipeline.study.session import StudySessions
from v2meow_pipeline.web.errors import RequestError


@pytest.fixture
def sessions(tmp_path: Path) -> StudySessions:
    """Sessions of a study without media."""
    return StudySessions(make_folder(tmp_path / "study"))


def index_of(rater: Rater, kind: str) -> int:
    """Index of the first trial of a kind."""
    return next(index for index, trial in enumerate(rater.plan.trials) if trial.kind == kind)


def answer_all(sessions: StudySessions, rater: Rater) -> Rater:
    """Answers all trials that are left."""
    for index, trial in enumerate(rater.plan.trials):
        if index in rater.done:
            continue
        if trial.kind == "pair":
            rater = sessions.answer_pair(rater.id, index, vote())
        else:
            rater = sessions.answer_check(rater.id, index, CheckAnswer(answer=2 if trial.beeps_second else -2))
    return rater


def test_a_session_resumes_after_a_restart(sessions: StudySessions) -> None:
    """Catches answers or an order that a restart of the server loses."""
    rater = add_rater(sessions)
    pair = index_of(rater, "pair")
    sessions.answer_pair(rater.id, pair, vote())
    restarted = StudySessions(sessions.folder)
    resumed = restarted.get(rater.id)
    assert resumed.plan == rater.plan and resumed.done == {pair} and resumed.status() == "trials"
    rater = answer_all(restarted, resumed)
    assert rater.status() == "comment"
    assert restarted.finish(rater.id, "nice").status() == "finished"
    assert restarted.finish(rater.id, "again").comment == "nice"


def test_one_vote_per_pair_and_rater(sessions: StudySessions) -> None:
    """Catches a repeated request that counts twice, or replaces the first answer."""
    rater, other = add_rater(sessions), add_rater(sessions)
    pair, check = index_of(rater, "pair"), index_of(rater, "check")
    sessions.answer_pair(rater.id, pair, vote(relevance=2))
    sessions.answer_check(rater.id, check, CheckAnswer(answer=1))
    with pytest.raises(RequestError, match="already") as refused:
        sessions.answer_pair(rater.id, pair, vote(relevance=-2))
    assert refused.value.status == 409
    with pytest.raises(RequestError, match="already"):
        sessions.answer_check(rater.id, check, CheckAnswer(answer=-1))
    sessions.answer_pair(other.id, index_of(other, "pair"), vote())
    votes = sessions._store.votes()
    assert [row.relevance for owner, row in votes if owner == rater.id] == [2] and len(votes) == 2


def test_the_headphone_check_is_passed_at_five_of_six(sessions: StudySessions) -> None:
    """Catches a check that four correct answers pass, or that can be repeated until it is passed."""
    results = []
    for wrong in (1, 2):
        rater = sessions.register(Registration(consent=True))
        for attempt, sounds in enumerate(rater.plan.headphones):
            right = [sessions.design.headphone_sounds[index].quietest for index in sounds]
            given = [(tone + 1) % 3 if index < wrong else tone for index, tone in enumerate(right)]
            rater = sessions.answer_headphones(rater.id, HeadphoneAnswers(attempt=attempt, answers=tuple(given)))
            results.append(rater.status())
            if rater.headphones_passed:
                break
    assert results == ["trials", "headphones", "excluded"]
    with pytest.raises(RequestError, match="recorded already"):
        sessions.answer_headphones(rater.id, HeadphoneAnswers(attempt=2, answers=(0,) * 6))
    with pytest.raises(RequestError, match="headphone check"):
        sessions.answer_pair(rater.id, 0, vote())


def test_short_listening_and_wrong_trials_are_refused(sessions: StudySessions) -> None:
    """Catches votes of raters who have not listened to both tracks, and votes on trials of another kind."""
    rater = add_rater(sessions)
    pair, check = index_of(rater, "pair"), index_of(rater, "check")
    for heard in ({"heard_first_s": 0.5}, {"heard_second_s": 0.0}):
        with pytest.raises(RequestError, match="must be heard"):
            sessions.answer_pair(rater.id, pair, vote(**heard))
    for index in (check, 99):
        with pytest.raises(RequestError, match="no such trial"):
            sessions.answer_pair(rater.id, index, vote())
    with pytest.raises(RequestError, match="pairs left"):
        sessions.finish(rater.id, "")
    assert sessions._store.votes() == []


def test_votes_name_the_systems_that_were_presented(sessions: StudySessions) -> None:
    """Catches sides that are confused between the page and the analysis."""
    rater = add_rater(sessions)
    pair = index_of(rater, "pair")
    trial = rater.plan.trials[pair]
    assert trial.first.endswith(f"-{trial.first_system}.mp4") and trial.second.endswith(f"-{trial.second_system}.mp4")
    sessions.answer_pair(rater.id, pair, vote(relevance=-2, preference=1, neither_fits=True))
    ((_, row),) = sessions._store.votes()
    assert (row.first_system, row.second_system) == (trial.first_system, trial.second_system)
    assert (row.relevance, row.preference, row.neither_fits, row.both_sound_bad) == (-2, 1, True, False)


def test_a_withdrawal_deletes_everything(sessions: StudySessions) -> None:
    """Catches answers that stay after a rater withdrew, and a number that is given twice."""
    rater = add_rater(sessions)
    sessions.answer_pair(rater.id, index_of(rater, "pair"), vote())
    sessions.answer_check(rater.id, index_of(rater, "check"), CheckAnswer(answer=1))
    sessions.withdraw(rater.id)
    assert sessions._store.votes() == [] and sessions._store.checks() == [] and sessions._store.raters() == []
    with pytest.raises(RequestError, match="no such rater"):
        sessions.get(rater.id)
    assert add_rater(sessions).number == 1


def test_registrations_are_limited_and_need_consent(tmp_path: Path) -> None:
    """Catches raters without consent, participants who register twice, and a study that never ends."""
    sessions = StudySessions(make_folder(tmp_path / "study", max_raters=1))
    with pytest.raises(RequestError, match="Consent"):
        sessions.register(Registration(consent=False))
    sessions.register(Registration(consent=True, participant="p1"))
    with pytest.raises(RequestError, match="all the raters"):
        sessions.register(Registration(consent=True))
    open_study = StudySessions(make_folder(tmp_path / "open"))
    open_study.register(Registration(consent=True, participant="p1"))
    with pytest.raises(RequestError, match="started already"):
        open_study.register(Registration(consent=True, participant="p1"))
