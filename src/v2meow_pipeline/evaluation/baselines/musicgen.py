"""MusicGen (Copet et al. 2023, "Simple and controllable music generation"): music from a caption, without the video.

The model is published for non-commercial use (CC-BY-NC 4.0) and lies in a folder that a person provides.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32

from v2meow_pipeline.errors import ConfigError, MissingModelError
from v2meow_pipeline.networks.weights import models_folder, weights_fingerprint

REVISION = "musicgen-1"
NAME = "musicgen-small"
DOWNLOAD = (
    "the files of facebook/musicgen-small on the Hugging Face hub (2.4 GB: config.json, generation_config.json, "
    "model.safetensors and those of the tokenizer)"
)
SETTINGS = ("config.json", "generation_config.json", "tokenizer_config.json")
WEIGHTS = "model*.safetensors"
# The published models were trained on 30 s, and lose the thread after that.
LONGEST_S = 30.0


def musicgen_folder() -> Path:
    """Where the model is looked for."""
    return models_folder() / NAME


class MusicGen:
    """The model, frozen; on a GPU where there is one.

    Attributes:
        fingerprint: of the weights and their settings.
        sample_rate_hz: of what it makes, 32 kHz as published.

    Args:
        folder: a model and its tokenizer as transformers writes them; None looks for `musicgen-small` in the models
            folder (see `models_folder`).

    Raises:
        MissingModelError: when files are missing, naming them.
        ConfigError: when the folder holds another model, or one that makes stereo.
    """

    def __init__(self, folder: Path | None = None) -> None:
        folder = folder or musicgen_folder()
        self.fingerprint = musicgen_fingerprint(folder)
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._network = _load(folder).to(self._device)
        from transformers import AutoTokenizer

        self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self.sample_rate_hz: int = self._network.config.audio_encoder.sampling_rate

    @torch.inference_mode()
    def compose(self, caption: str, seconds: float, seed: int) -> Float32[np.ndarray, " n"]:
        """Music for a caption.

        Each piece is made by itself: in a batch, padding would change the numbers, and the draws of one piece would
        depend on what stands beside it. Sampling is as `generation_config.json` of the folder says (as published: 250
        likeliest tokens, guidance 3).

        Args:
            caption: what the music is like.
            seconds: how long, at most 30.
            seed: of this piece.

        Returns:
            Mono at `sample_rate_hz`, round(seconds * sample_rate_hz) samples.

        Raises:
            ConfigError: for a longer piece, or a caption without words.
        """
        if not 0 < seconds <= LONGEST_S:
            raise ConfigError(f"MusicGen makes up to {LONGEST_S:.0f} s, not {seconds:g} s.", "Ask for less.")
        if not caption.strip():
            raise ConfigError("MusicGen was given an empty caption.", "Say in words what the music is like.")
        count = round(seconds * self.sample_rate_hz)
        frames = math.ceil(seconds * self._network.config.audio_encoder.frame_rate)
        words = self._tokenizer([caption], return_tensors="pt").to(self._device)
        on_gpu = [self._device] if self._device.type == "cuda" else []
        with torch.random.fork_rng(devices=on_gpu):
            torch.manual_seed(seed)
            # Each codebook starts a step after the one before it.
            steps = frames + self._network.decoder.num_codebooks - 1
            made = self._network.generate(**words, do_sample=True, max_new_tokens=steps)
        wave = made[0, 0].float().cpu().numpy()[:count]
        return np.pad(wave, (0, count - len(wave)))


def musicgen_fingerprint(folder: Path) -> str:
    """The fingerprint of the MusicGen in a folder, without loading it.

    Args:
        folder: see `MusicGen`.

    Returns:
        16 hex digits.

    Raises:
        MissingModelError: when files are missing.
    """
    weights = sorted(folder.glob(WEIGHTS))
    absent = [name for name in SETTINGS if not (folder / name).is_file()]
    absent += [] if weights else ["model.safetensors"]
    if absent:
        raise MissingModelError(
            f"MusicGen is not in {folder}: {' and '.join(absent)} missing.",
            f"Put {DOWNLOAD} there, or set V2MEOW_MODELS to the folder that holds {NAME}, or leave musicgen out.",
        )
    return weights_fingerprint(REVISION, *weights, *(folder / name for name in SETTINGS))


def _load(folder: Path) -> Any:
    """The network of a folder, frozen, float32; only safetensors are read."""
    from transformers import AutoConfig, MusicgenForConditionalGeneration

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    if config.model_type != "musicgen" or config.decoder.audio_channels != 1:
        raise ConfigError(
            f"{folder} holds a {config.model_type} that is not a mono, text-only MusicGen.", f"Put {DOWNLOAD} there."
        )
    network = MusicgenForConditionalGeneration.from_pretrained(
        folder, local_files_only=True, use_safetensors=True, dtype=torch.float32
    )
    return network.eval().requires_grad_(False)
