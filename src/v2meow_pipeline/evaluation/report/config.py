"""How large an evaluation report is."""

from pydantic import Field

from v2meow_pipeline.config import Config


class ReportConfig(Config):
    """What the report plays, and how small it is made: a dozen clips of eleven systems are about ten megabytes.

    Attributes:
        clips: that are played, with the sound of every system; fewer where fewer were evaluated.
        video_px: width of their pictures at most.
        video_crf: H.264's constant rate factor; higher is smaller.
        sound_compression: of MP3, from 0, the best, to 1, the smallest.
        workers: processes that encode; to start one takes as long as a dozen clips do.
    """

    clips: int = Field(default=12, ge=0)
    video_px: int = Field(default=320, ge=16)
    video_crf: int = Field(default=30, ge=0, le=51)
    sound_compression: float = Field(default=0.5, ge=0, le=1)
    workers: int = Field(default=1, ge=1)
