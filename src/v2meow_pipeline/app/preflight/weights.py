"""Checks of published weights and of the networks that are trained in this project."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from v2meow_pipeline.app.doctor import Check
from v2meow_pipeline.app.requirements import published_judges, published_visual, trained_networks
from v2meow_pipeline.checkpoint import checkpoint_exists
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.registry import PUBLISHED, build_judge, build_visual
from v2meow_pipeline.encoders.trained import trained_checkpoint
from v2meow_pipeline.errors import ConfigError, MissingModelError, V2MeowError
from v2meow_pipeline.model_store import ModelStore
from v2meow_pipeline.training.sizes import PUBLISHED_WIDTHS


def check_weights(parameters: dict[str, Any], models: Path, env: str) -> Iterator[Check]:
    """Loads every published network that the parameters name, and looks for every network trained here.

    Args:
        parameters: parameters of the environment.
        models: its models folder.
        env: name of the environment, for remedies.

    Yields:
        One result per network. A network that can still be trained here is a note, not a failure.
    """
    clock = Clock.parse(parameters["clock"])
    for name in published_visual(parameters, ablation=True):
        yield _loaded(f"weights of {name}", partial(_check_visual, name, clock))
    for name, build in _published_audio(parameters, clock):
        yield _loaded(f"weights of {name}", build)
    for name in published_judges(parameters):
        yield _loaded(f"judge {name}", partial(build_judge, name))
    for name in trained_networks(parameters, ablation=True):
        yield _trained(name, clock, models, env)


def _published_audio(parameters: dict[str, Any], clock: Clock) -> Iterator[tuple[str, Callable[[], object]]]:
    """Published codec, semantic features, music-text space and baseline, with functions that load them."""
    from v2meow_pipeline.corpus.component_selection import PRETRAINED_CODECS
    from v2meow_pipeline.encoders.clap import NAME, Clap
    from v2meow_pipeline.evaluation.baselines.musicgen import musicgen_fingerprint, musicgen_folder
    from v2meow_pipeline.networks.weights import models_folder
    from v2meow_pipeline.tokenizers.semantic_config import SemanticConfig, build_features

    if parameters["codec"] in PRETRAINED_CODECS:
        yield parameters["codec"], lambda: PRETRAINED_CODECS[parameters["codec"]](clock)
    semantic = SemanticConfig.parse(parameters["semantic_tokenizer"])
    if semantic.features in ("wav2vec2_bert", "hubert"):
        yield semantic.features, lambda: build_features(semantic, clock)
    if parameters["music_text"]["space"] == "clap":
        yield "clap", lambda: Clap(models_folder() / NAME)
    if "musicgen" in parameters["evaluate"]["baselines"]:
        yield "musicgen", lambda: musicgen_fingerprint(musicgen_folder())


def _check_visual(name: str, clock: Clock) -> None:
    """Loads an encoder, and compares the width of its features with the published one, for which stages are sized."""
    encoder = build_visual(name, clock)
    width, published = getattr(encoder, "width", None), PUBLISHED_WIDTHS.get(name)
    if published is not None and width != published:
        raise ConfigError(
            f"{name} has features of width {width}, not {published}: it is another size of the network.",
            "Replace it with the files that docs/how-to/pretrained.md names.",
        )


def _trained(name: str, clock: Clock, models: Path, env: str) -> Check:
    """Checks a trained network, or published weights that replace it."""
    what, folder = f"network {name}", ModelStore(models).network(name)
    if name in PUBLISHED:
        try:
            folder = trained_checkpoint(name, models, PUBLISHED[name])
        except MissingModelError:
            pass
        else:
            return _loaded(what, lambda: build_visual(name, clock, models), f"found {folder}")
    if checkpoint_exists(folder):
        return Check(what, True, f"trained, {folder}")
    remedy = f"Train it before the stages: kedro run --env {env} --pipelines {name}."
    return Check(what, False, f"not trained yet: {folder}", remedy, required=False)


def _loaded(name: str, load: Callable[[], object], found: str = "found, and of the right layout") -> Check:
    try:
        load()
    except V2MeowError as error:
        return Check(name, False, error.problem, error.remedy)
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        remedy = "Replace the files with those that docs/how-to/pretrained.md names."
        return Check(name, False, f"cannot be loaded: {' '.join(str(error).split())[:300]}", remedy)
    return Check(name, True, found)
