"""Properties of an audio file."""

from pathlib import Path
from typing import NamedTuple

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.scan import scan
from v2meow_pipeline.media.source import audio_stream, display_name, open_media


class SoundInfo(NamedTuple):
    """Properties of a file with audio.

    Attributes:
        path: audio file.
        duration_s: duration of the audio stream, seconds.
        codec: ffmpeg name of the codec.
        rate_hz: sample rate, Hz.
        channels: number of channels.
        comment: comment in the metadata of the file or of the stream, or empty.
    """

    path: Path
    duration_s: float
    codec: str
    rate_hz: int
    channels: int
    comment: str


def read_sound_info(path: Path) -> SoundInfo:
    """Reads the properties of a file's audio stream.

    Args:
        path: local media file.

    Returns:
        Its properties.

    Raises:
        MediaError: reason "no_audio" if there is no audio stream, and those of `open_media` and `scan`.
    """
    with open_media(path) as container:
        stream = audio_stream(container)
        if stream is None:
            raise MediaError("no_audio", f"{display_name(path)} has no audio stream.", "Provide a media file.")
        context = stream.codec_context
        # Ogg files keep comments in the stream.
        tags = {name.lower(): str(text) for name, text in {**stream.metadata, **container.metadata}.items()}
        values = context.codec.canonical_name, context.sample_rate, context.channels, tags.get("comment", "")
    return SoundInfo(path, scan(path, "audio").duration_s, *values)
