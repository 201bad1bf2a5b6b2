"""Settings for mixing and encoding a soundtrack."""

from typing import Annotated

from pydantic import Field

from v2meow_pipeline.config import Config
from v2meow_pipeline.media.containers import Encode

# Values with their ranges.
Loudness = Annotated[float, Field(ge=-60.0, le=0.0)]
FadeOut = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
OriginalGain = Annotated[float, Field(ge=-60.0, le=24.0)]
Duck = Annotated[float, Field(ge=0.0, le=40.0)]


class MuxConfig(Config):
    """Settings for mixing and encoding the soundtrack.

    Attributes:
        loudness_lufs: integrated loudness of the output, LUFS; None leaves it unchanged.
        fade_out_s: duration of the fade-out at the end of the music, seconds.
        original_gain_db: gain of the video's original audio in the mix, dB; None leaves it out.
        duck_db: attenuation of the music while the original audio is audible, dB.
        audio_kbps: bit rate of the encoded audio, kbit/s.
        encode: "copy" copies the video stream; h264, hevc or av1 re-encodes it, for videos that the output container
            cannot hold unchanged.
    """

    loudness_lufs: Loudness | None = -14.0
    fade_out_s: FadeOut = 1.0
    original_gain_db: OriginalGain | None = None
    duck_db: Duck = 0.0
    audio_kbps: int = Field(default=192, ge=16, le=512)
    encode: Encode = "copy"
