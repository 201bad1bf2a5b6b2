"""The facade: frames to features to tokens to waveform to a video with its soundtrack."""

from v2meow_pipeline.composer.bundle import Bundle
from v2meow_pipeline.composer.composer import Composer
from v2meow_pipeline.composer.config import ComposerConfig
from v2meow_pipeline.composer.generate import Generation, generate

__all__ = ["Bundle", "Composer", "ComposerConfig", "Generation", "generate"]
