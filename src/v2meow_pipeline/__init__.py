"""V2Meow: video-to-music generation.

>>> import v2meow_pipeline
>>> v2meow_pipeline.generate("clip.mp4", "out.mp4", seed=7)  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from v2meow_pipeline.process_environment import set_environment

if TYPE_CHECKING:
    from v2meow_pipeline.app.environment import resolve as resolve
    from v2meow_pipeline.composer import Composer as Composer
    from v2meow_pipeline.composer import generate as generate
    from v2meow_pipeline.composer import regenerate as regenerate

__version__ = "0.2.0"

set_environment()


def __getattr__(name: str) -> Any:
    """Imports the public names on first access, since importing torch takes seconds."""
    if name in ("generate", "regenerate", "Composer"):
        return getattr(import_module("v2meow_pipeline.composer"), name)
    if name == "resolve":
        return import_module("v2meow_pipeline.app.environment").resolve
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
