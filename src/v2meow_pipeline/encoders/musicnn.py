"""musicnn, a music tagger: 50 tag probabilities and a 200-dimensional embedding per window of 3 s.

A port of the MagnaTagATune model of Pons and Serra (2019), "musicnn: pre-trained convolutional neural networks for
music audio tagging", whose TensorFlow checkpoint is in a wheel. It is used for evaluation (Frechet distance, tags) and
as the frozen trunk of the music-text head.
"""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from v2meow_pipeline.encoders.mel import power_mel
from v2meow_pipeline.encoders.tensorflow_checkpoint import read_tensors
from v2meow_pipeline.networks.weights import weights_fingerprint, wheel_file

REVISION = "musicnn_mtt-1"
SAMPLE_RATE_HZ = 16_000
FFT_SAMPLES, HOP_SAMPLES, MELS = 512, 256, 96
WINDOW_FRAMES = 187  # 3 s, the length of training windows
BATCH = 8
BATCH_NORM_EPSILON = 1e-3
OPTIMISER_SLOTS = ("/Adam", "/Adam_1", "_power")

TAGS = (
    "guitar", "classical", "slow", "techno", "strings", "drums", "electronic", "rock", "fast", "piano", "ambient",
    "beat", "violin", "vocal", "synth", "female", "indian", "opera", "male", "singing", "vocals", "no vocals",
    "harpsichord", "loud", "quiet", "flute", "woman", "male vocal", "no vocal", "pop", "soft", "sitar", "solo", "man",
    "classic", "choir", "voice", "new age", "dance", "male voice", "female vocal", "beats", "harp", "cello",
    "no voice", "weird", "country", "metal", "female voice", "choral",
)  # fmt: skip


class MusicnnOutput(NamedTuple):
    """Output of the network for each window.

    Attributes:
        tags: probabilities of `TAGS`, float32 [window, 50].
        penultimate: penultimate layer after its batch norm, float32 [window, 200].
    """

    tags: np.ndarray
    penultimate: np.ndarray


class Musicnn:
    """Frozen musicnn; its penultimate layer implements `AudioJudge`.

    Attributes:
        name: "musicnn".
        width: 200.
        fingerprint: fingerprint of weights and preprocessing.
        sample_rate_hz: 16,000.
    """

    name = "musicnn"
    width = 200
    sample_rate_hz = SAMPLE_RATE_HZ

    def __init__(self) -> None:
        """Loads the weights from the wheel.

        Raises:
            MissingModelError: if the wheel is not installed.
        """
        index = wheel_file("musicnn", "MTT_musicnn/.index", "musicnn")
        data = wheel_file("musicnn", "MTT_musicnn/.data-00000-of-00001", "musicnn")
        self.fingerprint = weights_fingerprint(REVISION, data)
        self._network = Network(read_tensors(index, data, OPTIMISER_SLOTS)).eval().requires_grad_(False)

    def embed(self, wave: Float[np.ndarray, " samples"]) -> Float[np.ndarray, "window 200"]:
        """Penultimate layer of each window of a waveform; see `analyse`."""
        return self.analyse(wave).penultimate

    def analyse(self, wave: Float[np.ndarray, " samples"], hop_frames: int = WINDOW_FRAMES) -> MusicnnOutput:
        """Computes tags and penultimate layer of each window.

        Args:
            wave: mono waveform in [-1, 1] at 16 kHz; repeated if shorter than 3 s, as in the network's training.
            hop_frames: hop between windows in frames of 16 ms; by default windows are contiguous. An incomplete window
                at the end is ignored.

        Returns:
            Tags and penultimate layer, one row per window.
        """
        mel = log_mel(wave)
        if len(mel) < WINDOW_FRAMES:
            mel = np.resize(mel, (WINDOW_FRAMES, MELS))
        windows = np.lib.stride_tricks.sliding_window_view(mel, WINDOW_FRAMES, axis=0)[::hop_frames].swapaxes(1, 2)
        with torch.inference_mode():
            parts = [
                self._network(torch.from_numpy(windows[start : start + BATCH].copy()))
                for start in range(0, len(windows), BATCH)
            ]
        tags, penultimate = (torch.cat(part).numpy() for part in zip(*parts, strict=True))
        return MusicnnOutput(tags, penultimate)


def log_mel(wave: Float[np.ndarray, " samples"]) -> Float[np.ndarray, "frame 96"]:
    """Computes log10(10,000 x + 1) of the power mel spectrum, one frame per 16 ms.

    Equal to musicnn's input (librosa's defaults at the time, with reflection padding), except for its conversion to 16
    bits, which overflows for loud music.

    Args:
        wave: mono waveform at 16 kHz.

    Returns:
        Log-mel spectrogram, float32, non-negative.
    """
    padded = np.pad(wave, (0, max(0, FFT_SAMPLES - len(wave))))
    mel = power_mel(padded, SAMPLE_RATE_HZ, FFT_SAMPLES, HOP_SAMPLES, MELS)
    return np.log10(10_000 * mel + 1)


class Network(nn.Module):
    """musicnn: timbral and temporal filters, three densely connected layers over time, pooling, two linear layers."""

    def __init__(self, tensors: dict[str, np.ndarray]) -> None:
        """Builds the network.

        Args:
            tensors: arrays of the checkpoint by name.
        """
        super().__init__()
        self.norm_in = Norm(tensors, 0)
        self.timbral = nn.ModuleList(TimbralFilters(tensors, i) for i in (0, 1))
        self.temporal = nn.ModuleList(TemporalFilters(tensors, i) for i in (2, 3, 4))
        self.dense = nn.ModuleList(TimeFilters(tensors, i) for i in (5, 6, 7))
        self.norm_pool, self.norm_penultimate = Norm(tensors, 9), Norm(tensors, 10)
        self.to_penultimate, self.to_tags = linear(tensors, "dense"), linear(tensors, "dense_1")

    def forward(
        self, mel: Float[Tensor, "batch frame mel"]
    ) -> tuple[Float[Tensor, "batch 50"], Float[Tensor, "batch 200"]]:
        """Tag probabilities and penultimate layer."""
        x = self.norm_in(mel[:, None])[:, 0]
        front = torch.cat([block(x) for block in (*self.timbral, *self.temporal)], dim=1)
        first = self.dense[0](front)
        second = self.dense[1](first) + first
        third = self.dense[2](second) + second
        features = torch.cat([front, first, second, third], dim=1)
        summary = torch.stack([features.amax(dim=-1), features.mean(dim=-1)], dim=-1).flatten(1)
        penultimate = self.norm_penultimate(F.relu(self.to_penultimate(self.norm_pool(summary))))
        return torch.sigmoid(self.to_tags(penultimate)), penultimate


class Norm(nn.Module):
    """Batch norm for inference: gain and shift per channel (dimension 1)."""

    def __init__(self, tensors: dict[str, np.ndarray], index: int) -> None:
        """Computes gain and shift from the checkpoint's four vectors.

        Args:
            tensors: arrays of the checkpoint by name.
            index: index of the batch norm, in the order of graph construction.
        """
        super().__init__()
        prefix = numbered("batch_normalization", index)
        beta, gamma, mean, variance = (
            tensors[f"{prefix}/{name}"] for name in ("beta", "gamma", "moving_mean", "moving_variance")
        )
        gain = gamma / np.sqrt(variance + BATCH_NORM_EPSILON)
        self.register_buffer("gain", torch.from_numpy(gain))
        self.register_buffer("shift", torch.from_numpy(beta - mean * gain))
        self.gain: Tensor
        self.shift: Tensor

    def forward(self, x: Float[Tensor, "batch channel *rest"]) -> Float[Tensor, "batch channel *rest"]:
        """Scales and shifts each channel."""
        shape = (-1, *[1] * (x.ndim - 2))
        return x * self.gain.view(shape) + self.shift.view(shape)

    @property
    def sign(self) -> Float[Tensor, " channel"]:
        """Sign of each gain: -1 if negative, else 1."""
        return torch.where(self.gain < 0, -1.0, 1.0)

    def of_largest(self, largest: Float[Tensor, "batch channel frame"]) -> Float[Tensor, "batch channel frame"]:
        """Maximum of norm(relu(x)) over the bands.

        ReLU and norm are monotonic in each channel, so they can be applied after the reduction; for a negative gain,
        the maximum after the norm is the minimum before it, hence the sign.

        Args:
            largest: maximum over the bands of the filter outputs x multiplied by `sign`.

        Returns:
            The maxima.
        """
        return self(F.relu(largest * self.sign[:, None]))


class TimbralFilters(nn.Module):
    """Timbral filters: short filters over part of the mel bands, ReLU, norm, max pooling over bands."""

    def __init__(self, tensors: dict[str, np.ndarray], index: int) -> None:
        """Builds the filters.

        Args:
            tensors: arrays of the checkpoint by name.
            index: index of the convolution; its norm has the next index.
        """
        super().__init__()
        self.norm = Norm(tensors, index + 1)
        kernel, bias = (part * self.norm.sign for part in convolution(tensors, index))
        self.frames, mels, _, channels = kernel.shape
        # The frames of a filter are input channels: equivalent to a single channel, and twice as fast.
        self.filters = nn.Conv2d(self.frames, channels, (1, mels))
        self.filters.weight = nn.Parameter(kernel.permute(3, 0, 2, 1).contiguous(memory_format=torch.channels_last))
        self.filters.bias = nn.Parameter(bias)

    def forward(self, x: Float[Tensor, "batch frame mel"]) -> Float[Tensor, "batch channel frame"]:
        """One value per filter and frame."""
        padded = F.pad(x, (0, 0, self.frames // 2, self.frames // 2))
        shifted = padded.unfold(1, self.frames, 1).permute(0, 3, 1, 2)
        filtered = self.filters(shifted.contiguous(memory_format=torch.channels_last))
        # With the channels last, as they are in memory, the maximum over the bands is 20 times as fast.
        largest = filtered.permute(0, 2, 3, 1).amax(dim=2).transpose(1, 2)
        return self.norm.of_largest(largest.contiguous())


class TemporalFilters(nn.Module):
    """Temporal filters: long filters over single mel bands, ReLU, norm, max pooling over bands."""

    def __init__(self, tensors: dict[str, np.ndarray], index: int) -> None:
        """Builds the filters.

        Args:
            tensors: arrays of the checkpoint by name.
            index: index of the convolution; its norm has the next index.
        """
        super().__init__()
        self.norm = Norm(tensors, index + 1)
        kernel, bias = (part * self.norm.sign for part in convolution(tensors, index))
        self.frames = len(kernel)
        self.filters = nn.Conv1d(1, kernel.shape[3], self.frames)
        self.filters.weight = nn.Parameter(kernel[:, 0].permute(2, 1, 0).contiguous())
        self.filters.bias = nn.Parameter(bias)

    def forward(self, x: Float[Tensor, "batch frame mel"]) -> Float[Tensor, "batch channel frame"]:
        """One value per filter and frame; an even filter has more padding at the end."""
        bands = F.pad(x.transpose(1, 2).flatten(0, 1)[:, None], ((self.frames - 1) // 2, self.frames // 2))
        return self.norm.of_largest(self.filters(bands).unflatten(0, (len(x), -1)).amax(dim=1))


class TimeFilters(nn.Module):
    """1D convolution over time, ReLU and norm."""

    def __init__(self, tensors: dict[str, np.ndarray], index: int) -> None:
        """Builds the filters.

        Args:
            tensors: arrays of the checkpoint by name.
            index: index of the convolution; its norm has the next index.
        """
        super().__init__()
        kernel, bias = convolution(tensors, index)
        frames, in_channels, _, channels = kernel.shape
        self.filters = nn.Conv1d(in_channels, channels, frames, padding=frames // 2)
        self.filters.weight = nn.Parameter(kernel[:, :, 0].permute(2, 1, 0).contiguous())
        self.filters.bias = nn.Parameter(bias)
        self.norm = Norm(tensors, index + 1)

    def forward(self, x: Float[Tensor, "batch c_in frame"]) -> Float[Tensor, "batch c_out frame"]:
        """One value per filter and frame."""
        return self.norm(F.relu(self.filters(x)))


def convolution(tensors: dict[str, np.ndarray], index: int) -> tuple[Tensor, Tensor]:
    """Kernel [frame, mel or channel, 1, filter] and bias of a convolution."""
    name = numbered("conv2d", index)
    return torch.from_numpy(tensors[f"{name}/kernel"]), torch.from_numpy(tensors[f"{name}/bias"])


def linear(tensors: dict[str, np.ndarray], name: str) -> nn.Linear:
    """Linear layer with the weights of a dense layer in the checkpoint."""
    kernel = tensors[f"{name}/kernel"]
    layer = nn.Linear(*kernel.shape)
    layer.weight = nn.Parameter(torch.from_numpy(kernel.T.copy()))
    layer.bias = nn.Parameter(torch.from_numpy(tensors[f"{name}/bias"]))
    return layer


def numbered(name: str, index: int) -> str:
    """TensorFlow's name of a layer by index; index 0 has no suffix."""
    return f"{name}_{index}" if index else name
