"""Networks that an environment's parameters name: those trained in this project, and published ones."""

from collections.abc import Mapping
from typing import Any

from v2meow_pipeline.app.dvc.components import networks_used
from v2meow_pipeline.corpus.variants import VisualConfig
from v2meow_pipeline.encoders.musicnn import Musicnn
from v2meow_pipeline.encoders.registry import INSTALLED, TRAINED_VISUAL
from v2meow_pipeline.encoders.speech_embedding import SpeechEmbedding
from v2meow_pipeline.examples.recipes import NAMES
from v2meow_pipeline.experiments.ablation.config import AblationConfig


def visual_encoders(parameters: Mapping[str, Any], ablation: bool = False) -> list[str]:
    """Visual encoders whose features are extracted.

    Args:
        parameters: parameters of an environment.
        ablation: whether to include those of the rows of the ablation.

    Returns:
        Sorted names, see `encoders.registry`.
    """
    visual = dict(parameters["visual"])
    names = set(VisualConfig.parse(visual).extracted)
    if ablation:
        names |= set(AblationConfig.parse(parameters["ablation"]).encoders(visual))
    return sorted(names)


def trained_networks(parameters: Mapping[str, Any], ablation: bool = False) -> list[str]:
    """Networks that `kedro run` needs and that this project trains, in the order of the pipeline `networks`.

    Args:
        parameters: parameters of an environment.
        ablation: whether to include those of the rows of the ablation.

    Returns:
        Recipe names.
    """
    used = networks_used(parameters) | set(visual_encoders(parameters, ablation))
    return [name for name in NAMES if name in used]


def published_visual(parameters: Mapping[str, Any], ablation: bool = False) -> list[str]:
    """Visual encoders that always need weights that the user provides.

    Args:
        parameters: parameters of an environment.
        ablation: whether to include those of the rows of the ablation.

    Returns:
        Sorted names.
    """
    return [name for name in visual_encoders(parameters, ablation) if name not in {*INSTALLED, *TRAINED_VISUAL}]


def published_judges(parameters: Mapping[str, Any]) -> list[str]:
    """Judges of the evaluation with weights that the user provides, in the order of `evaluate.judges`.

    Args:
        parameters: parameters of an environment.

    Returns:
        Names of judges.
    """
    installed = (SpeechEmbedding.name, Musicnn.name)
    return [name for name in parameters["evaluate"]["judges"] if name not in installed]
