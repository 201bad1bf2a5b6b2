"""Configuration of a listening study."""

from pydantic import Field

from v2meow_pipeline.config import Config


class StudyConfig(Config):
    """Design of a listening study.

    Attributes:
        title: title of the study, shown to raters.
        seed: seeds the choice of pairs, their order, the sides, and the attention checks.
        seconds: duration of each video, seconds, from its start; None takes whole videos.
        min_listen_s: duration of each track that a rater must have listened to before answering, seconds.
        pairs_per_rater: maximum number of pairs that one rater compares.
        checks: number of attention checks per rater.
        headphone_check: whether raters must pass the headphone check.
        loudness_lufs: integrated loudness of all tracks, LUFS; low enough to be reached without limiting.
        max_raters: maximum number of raters.
    """

    title: str = Field(default="Which music fits the video?", min_length=1, max_length=200)
    seed: int = Field(default=0, ge=0)
    seconds: float | None = Field(default=None, gt=0)
    min_listen_s: float = Field(default=5.0, gt=0)
    pairs_per_rater: int = Field(default=20, ge=1)
    checks: int = Field(default=2, ge=0, le=10)
    headphone_check: bool = True
    loudness_lufs: float = Field(default=-23.0, ge=-40, le=-14)
    max_raters: int = Field(default=1000, ge=1)
