"""Random weights in the layouts of published networks, to run a configuration without downloading them."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from v2meow_pipeline.encoders.clip import NAME as CLIP_FOLDER
from v2meow_pipeline.encoders.i3d.config import PUBLISHED as I3D
from v2meow_pipeline.encoders.i3d.network import I3d
from v2meow_pipeline.encoders.i3d.published import FILES as I3D_FILES
from v2meow_pipeline.encoders.janus import FOLDER as JANUS_FOLDER
from v2meow_pipeline.encoders.vggish.encoder import VARIANTS as VGGISH
from v2meow_pipeline.encoders.vggish.network import VggishNetwork
from v2meow_pipeline.encoders.vggish.published import FILES as VGGISH_FILES
from v2meow_pipeline.encoders.vggish.published import FOLDER as VGGISH_FOLDER
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.seeding import derive_seed

I3D_FOLDER = "i3d_flow"
I3D_CLASSES = 400  # of Kinetics
# config.json of openai/clip-vit-large-patch14, where it differs from the defaults of CLIPConfig.
CLIP_VIT_L_14: dict[str, Any] = {
    "text_config": {
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_attention_heads": 12,
        "num_hidden_layers": 12,
        "projection_dim": 768,
    },
    "vision_config": {
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_attention_heads": 16,
        "num_hidden_layers": 24,
        "patch_size": 14,
        "image_size": 224,
        "projection_dim": 768,
    },
    "projection_dim": 768,
}


def write_clip(models: Path, config: dict[str, Any] | None = None) -> None:
    """Writes a whole CLIP, image and text tower, as `openai/clip-vit-large-patch14` is published.

    Args:
        models: folder of user-provided weights (see `networks.weights.models_folder`).
        config: values of transformers' CLIPConfig; None uses the published ones (428 million weights, 1.7 GB).
    """
    from transformers import CLIPConfig, CLIPModel

    CLIPModel(CLIPConfig(**(config or CLIP_VIT_L_14))).save_pretrained(models / CLIP_FOLDER)


def write_janus(models: Path, config: dict[str, Any] | None = None) -> None:
    """Writes the image tokenizer of Janus, without its language model.

    Args:
        models: folder of user-provided weights.
        config: values of transformers' JanusVQVAEConfig; None uses the published ones, which are its defaults.
    """
    from transformers import JanusVQVAE, JanusVQVAEConfig

    JanusVQVAE(JanusVQVAEConfig(**(config or {}))).save_pretrained(models / JANUS_FOLDER)


def write_i3d(models: Path) -> None:
    """Writes I3D on optical flow with its classifier, as `flow_imagenet.pt` is published.

    Args:
        models: folder of user-provided weights.
    """
    network = I3d(I3D.network)
    state = {name: value for name, value in network.state_dict().items() if name != "flow_fps"}
    state["logits.conv3d.weight"] = torch.randn(I3D_CLASSES, network.width, 1, 1, 1)
    state["logits.conv3d.bias"] = torch.zeros(I3D_CLASSES)
    (models / I3D_FOLDER).mkdir(parents=True, exist_ok=True)
    torch.save(state, models / I3D_FOLDER / I3D_FILES[0])


def write_vggish(models: Path) -> None:
    """Writes VGGish, as `vggish-10086976.pth` is published.

    Args:
        models: folder of user-provided weights.
    """
    (models / VGGISH_FOLDER).mkdir(parents=True, exist_ok=True)
    torch.save(VggishNetwork().state_dict(), models / VGGISH_FOLDER / VGGISH_FILES[1])


# Directory and writer of each encoder and judge.
WRITERS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "clip": (CLIP_FOLDER, write_clip),
    "janus": (JANUS_FOLDER, write_janus),
    "i3d_flow": (I3D_FOLDER, write_i3d),
    **dict.fromkeys(VGGISH, (VGGISH_FOLDER, write_vggish)),
}


def write_random_weights(names: Sequence[str], models: Path, seed: int = 0) -> None:
    """Writes random weights of published networks; networks that have a directory already are kept.

    Args:
        names: names of encoders and judges, keys of `WRITERS`.
        models: folder of user-provided weights.
        seed: seeds the weights.

    Raises:
        ConfigError: if the layout of a network is unknown.
    """
    unknown = sorted(set(names) - set(WRITERS))
    if unknown:
        problem = f"There is no layout for random weights of {', '.join(unknown)}."
        raise ConfigError(problem, f"Choose among {', '.join(WRITERS)}, or rehearse without it.")
    models.mkdir(parents=True, exist_ok=True)
    for folder, write in dict(WRITERS[name] for name in names).items():
        if (models / folder).exists():
            continue
        with tempfile.TemporaryDirectory(dir=models) as partial, torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive_seed(seed, folder) % 2**63)
            write(Path(partial))
            (Path(partial) / folder).rename(models / folder)
