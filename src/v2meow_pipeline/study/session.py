"""Sessions of raters: checks what a rater sends, and records it."""

import secrets
import time
from pathlib import Path

from v2meow_pipeline.study.answers import CheckAnswer, HeadphoneAnswers, Registration, VoteAnswer
from v2meow_pipeline.study.design import DATABASE, MEDIA, load_design
from v2meow_pipeline.study.plan import Trial, plan_for
from v2meow_pipeline.study.rater import CheckRow, Rater, VoteRow
from v2meow_pipeline.study.stimuli import MAX_ATTEMPTS, PASS_AT
from v2meow_pipeline.study.store import StudyStore
from v2meow_pipeline.web.errors import CONFLICT, INVALID, NOT_FOUND, RequestError

# Rounding of the browser's clock.
TOLERANCE_S = 0.1


class StudySessions:
    """Sessions of one study. All methods raise RequestError for a request that is refused."""

    def __init__(self, folder: Path) -> None:
        """Opens a study.

        Args:
            folder: folder of the study.

        Raises:
            ConfigError: if the folder is not that of a study.
        """
        self.folder, self.design = folder, load_design(folder)
        self._store = StudyStore(folder / DATABASE)
        self._media = {path.name for path in (folder / MEDIA).iterdir()}

    def register(self, registration: Registration) -> Rater:
        """Adds a rater who has given consent."""
        if not registration.consent:
            raise RequestError(INVALID, "Consent is missing.", "Confirm it on the first page.")
        number = self._store.next_number(self.design.config.max_raters)
        rater = Rater(
            id=secrets.token_hex(16),
            number=number,
            participant=registration.participant,
            browser=registration.browser.model_dump(),
            plan=plan_for(self.design, number, MAX_ATTEMPTS),
            created_s=time.time(),
            headphones_passed=None if self.design.config.headphone_check else True,
        )
        self._store.add_rater(rater)
        return rater

    def get(self, rater_id: str) -> Rater:
        """Reads a rater."""
        return self._store.get(rater_id)

    def answer_headphones(self, rater_id: str, answers: HeadphoneAnswers) -> Rater:
        """Records an attempt at the headphone check; five of six correct answers pass."""
        rater = self.get(rater_id)
        if rater.status() != "headphones" or answers.attempt != rater.headphone_attempts:
            raise RequestError(CONFLICT, "This attempt was recorded already.", "Continue.")
        sounds = rater.plan.headphones[answers.attempt]
        truth = [self.design.headphone_sounds[index].quietest for index in sounds]
        correct = sum(given == right for given, right in zip(answers.answers, truth, strict=True))
        self._store.add_headphones(rater_id, answers.attempt, answers.answers, correct, correct >= PASS_AT)
        return self.get(rater_id)

    def answer_pair(self, rater_id: str, index: int, answer: VoteAnswer) -> Rater:
        """Records a vote."""
        trial = self._open_trial(rater_id, index, "pair")
        clip = self.design.clip(trial.clip)
        needed_s = min(self.design.config.min_listen_s, clip.duration_s) - TOLERANCE_S
        if min(answer.heard_first_s, answer.heard_second_s) < needed_s:
            raise RequestError(INVALID, f"Both tracks must be heard for {needed_s:.1f} s.", "Listen to both.")
        vote = VoteRow(
            trial=index,
            pair=trial.pair,
            clip=trial.clip,
            first_system=trial.first_system,
            second_system=trial.second_system,
            **answer.model_dump(),
        )
        self._store.add_vote(rater_id, vote)
        return self.get(rater_id)

    def answer_check(self, rater_id: str, index: int, answer: CheckAnswer) -> Rater:
        """Records the answer to an attention check."""
        trial = self._open_trial(rater_id, index, "check")
        correct = answer.answer > 0 if trial.beeps_second else answer.answer < 0
        self._store.add_check(rater_id, CheckRow(trial=index, answer=answer.answer, correct=correct))
        return self.get(rater_id)

    def finish(self, rater_id: str, comment: str) -> Rater:
        """Ends a session."""
        rater = self.get(rater_id)
        if rater.status() not in ("comment", "finished"):
            raise RequestError(CONFLICT, "There are pairs left.", "Reload the page to continue.")
        self._store.finish(rater_id, comment)
        return self.get(rater_id)

    def withdraw(self, rater_id: str) -> None:
        """Deletes a rater and all their answers."""
        self.get(rater_id)
        self._store.withdraw(rater_id)

    def media_file(self, name: str) -> Path:
        """Path of a file in media/."""
        if name not in self._media:
            raise RequestError(NOT_FOUND, "There is no such file.", "Reload the page.")
        return self.folder / MEDIA / name

    def _open_trial(self, rater_id: str, index: int, kind: str) -> Trial:
        """A trial that the rater may answer now."""
        rater = self.get(rater_id)
        if rater.status() in ("headphones", "excluded"):
            raise RequestError(CONFLICT, "The headphone check comes first.", "Reload the page.")
        if not 0 <= index < len(rater.plan.trials) or rater.plan.trials[index].kind != kind:
            raise RequestError(NOT_FOUND, "There is no such trial.", "Reload the page.")
        return rater.plan.trials[index]
