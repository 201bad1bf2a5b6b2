"""What a vocoder may be made of."""

import pytest

from v2meow_pipeline.errors import ConfigError, StaleError
from v2meow_pipeline.tokenizers.vocoder.config import VocoderConfig


def test_an_even_kernel_is_refused() -> None:
    """Catches a kernel without a middle, which would shorten the frames by one a block."""
    with pytest.raises(ConfigError, match="odd"):
        VocoderConfig(kernel=4)


@pytest.mark.parametrize(("bands", "floor"), [(64, 1e-5), (128, 1e-4)])
def test_frames_of_another_codec_are_refused(bands: int, floor: float) -> None:
    """Catches a vocoder fed with frames of another floor: everything would come out far too loud or too quiet."""
    VocoderConfig().check_frames(128, 1e-5)
    with pytest.raises(StaleError, match="bands"):
        VocoderConfig().check_frames(bands, floor)
