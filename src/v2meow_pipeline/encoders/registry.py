"""Encoders and judges by name, as configuration names them."""

from collections.abc import Callable
from typing import TypeVar

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.base import AudioJudge, TextEncoder, VisualEncoder
from v2meow_pipeline.encoders.clip import Clip
from v2meow_pipeline.encoders.flow import FlowStatistics
from v2meow_pipeline.encoders.image import EfficientNetLite0
from v2meow_pipeline.encoders.musicnn import Musicnn
from v2meow_pipeline.encoders.speech_embedding import SpeechEmbedding
from v2meow_pipeline.encoders.text import MiniLM
from v2meow_pipeline.errors import ConfigError

Builder = TypeVar("Builder")

VISUAL: dict[str, Callable[[Clock], VisualEncoder]] = {
    EfficientNetLite0.name: EfficientNetLite0,
    FlowStatistics.name: FlowStatistics,
    Clip.name: Clip,
}
TEXT: dict[str, Callable[[], TextEncoder]] = {MiniLM.name: MiniLM}
JUDGES: dict[str, Callable[[], AudioJudge]] = {Musicnn.name: Musicnn, SpeechEmbedding.name: SpeechEmbedding}


def build_visual(name: str, clock: Clock | None = None) -> VisualEncoder:
    """A visual encoder with its weights.

    Args:
        name: a key of `VISUAL`.
        clock: gives the frame rates; None is the default clock.

    Returns:
        The encoder.

    Raises:
        ConfigError: for an unknown name.
        MissingModelError: when its weights are not on this machine.
    """
    return _known("visual encoder", name, VISUAL)(clock or Clock())


def build_text(name: str = MiniLM.name) -> TextEncoder:
    """A text encoder with its weights.

    Args:
        name: a key of `TEXT`.

    Returns:
        The encoder.

    Raises:
        ConfigError: for an unknown name.
        MissingModelError: when its weights are not on this machine.
    """
    return _known("text encoder", name, TEXT)()


def build_judge(name: str) -> AudioJudge:
    """A frozen audio network for Frechet distances.

    Args:
        name: a key of `JUDGES`.

    Returns:
        The judge.

    Raises:
        ConfigError: for an unknown name.
        MissingModelError: when its weights are not on this machine.
    """
    return _known("judge", name, JUDGES)()


def _known(what: str, name: str, table: dict[str, Builder]) -> Builder:
    if name not in table:
        raise ConfigError(f"There is no {what} named {name!r}.", f"Choose one of {', '.join(sorted(table))}.")
    return table[name]
