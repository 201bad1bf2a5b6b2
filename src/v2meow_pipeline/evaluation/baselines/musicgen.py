"""MusicGen (Copet et al. 2023, "Simple and controllable music generation"): music from a caption, without the video.

The weights are licensed for non-commercial use (CC-BY-NC 4.0); the user provides them in a local directory.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float32

from v2meow_pipeline.errors import ConfigError, MissingModelError
from v2meow_pipeline.networks.transformers_weights import load_whole
from v2meow_pipeline.networks.weights import models_folder, weights_fingerprint

REVISION = "musicgen-1"
NAME = "musicgen-small"
DOWNLOAD = (
    "the files of facebook/musicgen-small on the Hugging Face hub (2.4 GB: config.json, generation_config.json, "
    "model.safetensors and those of the tokenizer)"
)
SETTINGS = ("config.json", "generation_config.json", "tokenizer_config.json")
WEIGHTS = "model*.safetensors"
# The published models were trained on 30 s; longer music loses coherence.
LONGEST_S = 30.0


def musicgen_folder() -> Path:
    """Default directory of the model."""
    return models_folder() / NAME


class MusicGen:
    """Frozen MusicGen model, on the GPU if there is one.

    Attributes:
        fingerprint: fingerprint of the weights and settings.
        sample_rate_hz: sample rate of the output in Hz; 32 kHz for the published models.

    Args:
        folder: directory with model and tokenizer in the transformers format; None uses `musicgen-small` in the models
            directory (see `models_folder`).

    Raises:
        MissingModelError: if files are missing; the message names them.
        ConfigError: if the directory contains another model, or a stereo model.
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
        """Generates music for a caption.

        Clips are generated one at a time: in a batch, padding would change the result, and the random numbers of one
        clip would depend on the others. Sampling follows the directory's `generation_config.json` (as published: top-k
        250, guidance scale 3).

        Args:
            caption: description of the music.
            seconds: duration in seconds, at most 30.
            seed: seed of the sampling.

        Returns:
            Mono waveform at `sample_rate_hz`, round(seconds * sample_rate_hz) samples.

        Raises:
            ConfigError: if the duration is too long, or the caption is empty.
        """
        if not 0 < seconds <= LONGEST_S:
            raise ConfigError(
                f"MusicGen generates up to {LONGEST_S:.0f} s, not {seconds:g} s.", "Request a shorter duration."
            )
        if not caption.strip():
            raise ConfigError("MusicGen was given an empty caption.", "Describe the music in words.")
        count = round(seconds * self.sample_rate_hz)
        frames = math.ceil(seconds * self._network.config.audio_encoder.frame_rate)
        words = self._tokenizer([caption], return_tensors="pt").to(self._device)
        on_gpu = [self._device] if self._device.type == "cuda" else []
        with torch.random.fork_rng(devices=on_gpu):
            torch.manual_seed(seed)
            # Delay pattern: each codebook starts one step after the previous one.
            steps = frames + self._network.decoder.num_codebooks - 1
            made = self._network.generate(**words, do_sample=True, max_new_tokens=steps)
        wave = made[0, 0].float().cpu().numpy()[:count]
        return np.pad(wave, (0, count - len(wave)))


def musicgen_fingerprint(folder: Path) -> str:
    """Fingerprint of a MusicGen model, without loading it.

    Args:
        folder: directory of the model, see `MusicGen`.

    Returns:
        16 hex digits.

    Raises:
        MissingModelError: if files are missing.
    """
    weights = sorted(folder.glob(WEIGHTS))
    absent = [name for name in SETTINGS if not (folder / name).is_file()]
    absent += [] if weights else ["model.safetensors"]
    if absent:
        raise MissingModelError(
            f"MusicGen is not in {folder}: {' and '.join(absent)} missing.",
            f"Put {DOWNLOAD} there, or set V2MEOW_MODELS to the folder that contains {NAME}, or leave musicgen out.",
        )
    return weights_fingerprint(REVISION, *weights, *(folder / name for name in SETTINGS))


def _load(folder: Path) -> Any:
    """Loads the network of a directory, frozen, as float32; only from safetensors."""
    from transformers import AutoConfig, MusicgenForConditionalGeneration

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    if config.model_type != "musicgen" or config.decoder.audio_channels != 1:
        raise ConfigError(
            f"{folder} contains a {config.model_type} model that is not a mono, text-only MusicGen.",
            f"Put {DOWNLOAD} there.",
        )
    return load_whole(MusicgenForConditionalGeneration, folder).eval().requires_grad_(False)
