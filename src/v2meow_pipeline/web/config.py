"""Configuration of the web server: data folder and limits."""

from pathlib import Path

from pydantic import Field

from v2meow_pipeline.config import Config

MEGABYTE = 1_000_000


class WebConfig(Config):
    """Data folder and limits of a web server.

    Attributes:
        folder: folder of the job database, the uploads and the results.
        max_upload_mb: maximum size of a request, megabytes.
        max_video_s: maximum duration of a video, seconds.
        max_queued: maximum number of jobs that are queued or running.
        jobs_per_hour: maximum number of jobs that one client (network address) submits per hour.
        jobs_at_once: number of jobs of each of the models that run at the same time, each in a subprocess.
        keep_hours: time after which a finished job and its files are deleted, hours.
        max_job_minutes: time after which a running job is stopped, minutes.
        private_webhooks: whether webhooks may have private, loopback or link-local addresses.
    """

    folder: Path = Path("data/web")
    max_upload_mb: float = Field(default=200.0, gt=0)
    max_video_s: float = Field(default=180.0, gt=0)
    max_queued: int = Field(default=20, ge=1)
    jobs_per_hour: int = Field(default=30, ge=1)
    jobs_at_once: int = Field(default=1, ge=1)
    keep_hours: float = Field(default=24.0, gt=0)
    max_job_minutes: float = Field(default=60.0, gt=0)
    private_webhooks: bool = False

    @property
    def max_upload_bytes(self) -> int:
        """Maximum size of a request, bytes."""
        return round(self.max_upload_mb * MEGABYTE)
