"""Configuration of the evaluation report."""

from pydantic import Field

from v2meow_pipeline.config import Config


class ReportConfig(Config):
    """Number and compression of the clips in the report; twelve clips of eleven systems are about ten megabytes.

    Attributes:
        clips: maximum number of clips with players for every system.
        video_px: maximum width of the videos in pixels.
        video_crf: constant rate factor of H.264; higher values give smaller files.
        sound_compression: compression level of MP3, from 0 (best quality) to 1 (smallest).
        workers: number of encoding processes; starting one takes as long as encoding a dozen clips.
    """

    clips: int = Field(default=12, ge=0)
    video_px: int = Field(default=320, ge=16)
    video_crf: int = Field(default=30, ge=0, le=51)
    sound_compression: float = Field(default=0.5, ge=0, le=1)
    workers: int = Field(default=1, ge=1)
