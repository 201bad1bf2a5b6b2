"""V2Meow: give it a silent video, get music that fits it."""

__version__ = "0.1.0"
