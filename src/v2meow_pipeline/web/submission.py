"""Request for a job: uploads and settings."""

from typing import BinaryIO, NamedTuple

from v2meow_pipeline.web.job import Continuation, JobSettings, Redo

SHOWN_NAME = 100


class Submission(NamedTuple):
    """A request for a job.

    Attributes:
        video: open file with the video.
        size: size of the video, and of the earlier take if there is one, bytes.
        file_name: name that the client gave, for display only.
        settings: settings of the music.
        client: network address of the client.
        model: name of the models; None for the first.
        webhook: URL to call when the job ends; None for none.
        events: open file with event curves; None for none.
        reference: open sound or video file whose style the music shall have; None for none.
        earlier: open file with the earlier take that is changed or continued; None for none.
        redo: the span of it that is generated anew; None for a new piece.
        continues: the request to continue it; None for none.
    """

    video: BinaryIO
    size: int
    file_name: str
    settings: JobSettings
    client: str
    model: str | None = None
    webhook: str | None = None
    events: BinaryIO | None = None
    reference: BinaryIO | None = None
    earlier: BinaryIO | None = None
    redo: Redo | None = None
    continues: Continuation | None = None

    @property
    def shown_name(self) -> str:
        """Last part of the file name without characters that cannot be printed."""
        last = self.file_name.replace("\\", "/").rpartition("/")[2]
        return "".join(letter for letter in last if letter.isprintable())[:SHOWN_NAME]
