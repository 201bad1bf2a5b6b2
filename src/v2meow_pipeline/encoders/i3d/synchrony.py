"""What I3D is trained on without labels: which sound belongs to this second of movement, and what plays faster?

Synchrony (as in Korbar et al. 2018, with the InfoNCE loss of van den Oord et al. 2018): every second of every window
of a batch has one vector of its movement and one of its sound, and each must find the other among all. Two windows come
from each clip, each played at a speed of its own, sound and movement together: only tempo and time tell them apart.
Relative speed (after Benaim et al. 2020): a linear head must say how much faster one window plays than the other. Flow
is as strong at any speed, so only its rhythm gives the answer away, and it is mirrored at random.

Shapes: `clip` examples or windows of them, `t` frames of flow, `t_mel` frames of the log-mel spectra, `second` visual
frames of a window, `n` all seconds of all windows.
"""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Int8, Shaped
from torch import Tensor, nn

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.i3d.config import I3dFlowConfig
from v2meow_pipeline.encoders.i3d.network import I3d, channels_last
from v2meow_pipeline.encoders.i3d.pictures import as_input
from v2meow_pipeline.encoders.mel import filterbank
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.objective import Losses, Objective

FLOW, WAVE = "flow", "wave"
FFT_SAMPLES = 1024
LOUDNESS_FLOOR = 1e-5
LARGEST_SCALE = 30.0
MIRRORED_SHARE = 0.5
TINY = 1e-6
JUDGED_WITH = 0


class Pair(NamedTuple):
    """Movement and sound of the same windows: pictures of flow and log-mel spectra."""

    flow: Int8[Tensor, "clip t h w 2"]
    mel: Float[Tensor, "clip t_mel mel"]


class SynchronyLosses(NamedTuple):
    """What is said of two windows of each clip.

    Attributes:
        synchrony: InfoNCE of all their seconds, nats.
        speed_error: of the logarithm of the ratio of their speeds: squared, as a share of its variance; 1 for "equal".
        speed_explained: 1 less the squared error as a share of the squares in this batch; 0 for "equal".
    """

    synchrony: Float[Tensor, ""]
    speed_error: Float[Tensor, ""]
    speed_explained: Float[Tensor, ""]


class SynchronyObjective(Objective):
    """I3D with a tower for sound and projections into a joint space, which training alone needs.

    Batches are {"flow": int8 [clip, t, h, w, 2], "wave": float32 [clip, samples]} of whole clips.

    Attributes:
        network: the I3D.
    """

    network: I3d

    def __init__(self, config: I3dFlowConfig, clock: Clock) -> None:
        """Random weights.

        Args:
            config: sizes of the networks and the windows.
            clock: rates of flow, sound and visual frames, and length of a clip.

        Raises:
            ConfigError: when a window is longer than a clip.
        """
        super().__init__()
        if config.synchrony.window_s > clock.clip_s:
            raise ConfigError(
                f"A window of {config.synchrony.window_s} s is longer than a clip of {clock.clip_s:g} s.",
                "Take a shorter synchrony.window_s.",
            )
        self.config, self.clock = config.synchrony, clock
        self.network = channels_last(I3d(config.network))
        self.network.flow_fps.fill_(clock.flow_fps)
        self.sound = SoundTower(self.config.mels, self.config.hidden, self.config.embedding)
        self.movement = projection(self.network.width, self.config.embedding)
        self.speed = nn.Linear(self.network.width, 1)
        self.log_scale = nn.Parameter(torch.tensor(np.log(10.0), dtype=torch.float32))

    def loss(self, batch: dict[str, Tensor], group: str) -> Losses:
        """InfoNCE of two windows of each clip, nats, and the weighted error of their relative speed."""
        del group  # there is one
        told = self._told(Pair(batch[FLOW], self._log_mel(batch[WAVE])))
        figures = {"synchrony": told.synchrony, "speed_error": told.speed_error, "scale": self.log_scale.exp()}
        return Losses(self._total(told), {name: value.detach() for name, value in figures.items()})

    @torch.no_grad()
    def judge(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """What training minimises, on windows that are the same each time, and how often whole clips find their sound.

        Args:
            batch: all validation clips.

        Returns:
            `loss` and its parts `synchrony` and `speed_error`, as in training; `speed_explained`: the share of the
            squared logarithm of the ratio of speeds that is found, 0 by guessing that they are equal, negative where
            that is better. On whole clips as they are: `clip_accuracy`, the right sound is the likeliest of the same
            second of all clips; `second_accuracy`, of all seconds of the same clip; `chance_*` are what guessing gives.
        """
        whole = Pair(batch[FLOW], self._log_mel(batch[WAVE]))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(JUDGED_WITH)
            told = self._told(whole)
        clips, seconds = len(whole.flow), self.clock.t_visual
        similarity = self._similarity(self.network.features(as_input(whole.flow), seconds), whole.mel)
        return {
            "loss": self._total(told),
            **told._asdict(),
            "clip_accuracy": _hits(similarity.diagonal(dim1=1, dim2=3)),  # movement, sound, second
            "chance_clip": torch.tensor(1 / clips),
            "second_accuracy": _hits(similarity.diagonal(dim1=0, dim2=2)),  # movement, sound, clip
            "chance_second": torch.tensor(1 / seconds),
        }

    def _total(self, told: SynchronyLosses) -> Float[Tensor, ""]:
        return told.synchrony + self.config.speed_weight * told.speed_error

    def _told(self, whole: Pair) -> SynchronyLosses:
        """What the networks say of two windows of each clip, at places and speeds from torch's global generator."""
        speeds = self._speeds(len(whole.flow)), self._speeds(len(whole.flow))
        views = [self._varied(whole, speed) for speed in speeds]
        pair = Pair(*(torch.cat(streams) for streams in zip(*views, strict=True)))
        features = self.network.features(as_input(pair.flow), self.clock.visual_frames(self.config.window_s))
        synchrony = info_nce(self._scaled(self._similarity(features, pair.mel).flatten(2).flatten(0, 1)))
        faster = (speeds[0] / speeds[1]).log().to(features)
        error = (self._faster(*features.chunk(2)) - faster).square().mean()
        return SynchronyLosses(synchrony, error / self._spread(), 1 - error / faster.square().mean().clamp(min=TINY))

    def _faster(
        self, one: Float[Tensor, "clip second width"], other: Float[Tensor, "clip second width"]
    ) -> Float[Tensor, "clip"]:
        """How much faster one window plays than the other: the logarithm of the ratio."""
        return self.speed((one - other).mean(dim=1))[:, 0]

    def _fastest(self) -> float:
        """At most `stretch`, and no faster than a window still fits into a clip."""
        return min(self.config.stretch, self.clock.t_flow / self.clock.flow_frames(self.config.window_s))

    def _spread(self) -> float:
        """Variance of the logarithm of the ratio of two speeds, each uniform between -log(fastest) and log(fastest)."""
        return max(2 * float(np.log(self._fastest())) ** 2 / 3, TINY)

    def _speeds(self, clips: int) -> Float[Tensor, "{clips}"]:
        return self._fastest() ** (2 * torch.rand(clips, dtype=torch.float64) - 1)

    def _similarity(
        self, features: Float[Tensor, "clip second width"], mel: Float[Tensor, "clip t_mel mel"]
    ) -> Float[Tensor, "clip second clip second"]:
        """Cosine of every second's movement (first two axes) with every second's sound (last two)."""
        movement, sound = self.movement(features), self.sound(mel, features.shape[1])
        return torch.einsum("asw,btw->asbt", F.normalize(movement, dim=-1), F.normalize(sound, dim=-1))

    def _scaled(self, similarity: Float[Tensor, "n n"]) -> Float[Tensor, "n n"]:
        return self.log_scale.exp().clamp(max=LARGEST_SCALE) * similarity

    def _log_mel(self, wave: Float[Tensor, "clip samples"]) -> Float[Tensor, "clip t_mel mel"]:
        """Log-mel spectra at the rate of acoustic frames."""
        window = torch.hann_window(FFT_SAMPLES, device=wave.device)
        spectrum = torch.stft(wave, FFT_SAMPLES, self.clock.hop_samples, window=window, return_complex=True)
        filters = filterbank(self.clock.sample_rate_hz, FFT_SAMPLES, self.config.mels).to(wave)
        return torch.log10(spectrum.abs().square().transpose(1, 2) @ filters + LOUDNESS_FLOOR)[:, :-1]

    def _varied(self, pair: Pair, speed: Float[Tensor, "clip"]) -> Pair:
        """A window of each clip, at a place and a side of its own."""
        clips, frames = pair.flow.shape[:2]
        window = self.clock.flow_frames(self.config.window_s)
        start = torch.rand(clips, dtype=torch.float64) * (1 - window * speed / frames)
        flow, mel = (_resampled(stream, start, speed, round(window * stream.shape[1] / frames)) for stream in pair)
        mirrored = (torch.rand(clips) < MIRRORED_SHARE).to(flow.device)[:, None, None, None]
        rightwards, downwards = flow.unbind(dim=-1)
        sides = [
            torch.where(mirrored, -rightwards.flip(3), rightwards),
            torch.where(mirrored, downwards.flip(3), downwards),
        ]
        return Pair(torch.stack(sides, dim=-1), mel)


class SoundTower(nn.Module):
    """Log-mel spectra and their rises, convolved over time."""

    def __init__(self, mels: int, hidden: int, embedding: int) -> None:
        """Random weights.

        Args:
            mels: bands.
            hidden: channels.
            embedding: width of what comes out.
        """
        super().__init__()
        layers: list[nn.Module] = [nn.BatchNorm1d(2 * mels)]
        for channels in (2 * mels, hidden, hidden):
            layers += [nn.Conv1d(channels, hidden, 5, 2, 2, bias=False), nn.BatchNorm1d(hidden), nn.ReLU()]
        self.layers = nn.Sequential(*layers)
        self.projection = projection(hidden, embedding)

    def forward(self, mel: Float[Tensor, "clip t_mel mel"], seconds: int) -> Float[Tensor, "clip {seconds} embedding"]:
        """One vector a second, of the sound within about a second around."""
        rises = F.relu(mel.diff(dim=1, prepend=mel[:, :1]))
        states = self.layers(torch.cat([mel, rises], dim=-1).transpose(1, 2))
        return self.projection(F.adaptive_avg_pool1d(states, seconds).transpose(1, 2))


def projection(width: int, embedding: int) -> nn.Sequential:
    """Two layers into the joint space; what the task alone needs is learned here, not in the features.

    Args:
        width: of the features.
        embedding: of the joint space.

    Returns:
        The layers, with random weights.
    """
    return nn.Sequential(nn.Linear(width, 2 * embedding), nn.ReLU(), nn.Linear(2 * embedding, embedding))


def info_nce(logits: Float[Tensor, "n n"]) -> Float[Tensor, ""]:
    """Cross-entropy of finding the own partner, the mean of both directions, nats.

    Args:
        logits: row and column of the same index belong together.

    Returns:
        log(n) where nothing is known.
    """
    own = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


def _hits(similarity: Float[Tensor, "n n case"]) -> Float[Tensor, ""]:
    """The share of rows, over all cases, whose own column is the largest."""
    own = torch.arange(len(similarity), device=similarity.device)[:, None]
    return (similarity.argmax(dim=1) == own).float().mean()


def _resampled(
    stream: Tensor, start: Float[Tensor, "clip"], speed: Float[Tensor, "clip"], length: int
) -> Shaped[Tensor, "clip {length} ..."]:
    """The nearest frames at `length` moments, `speed` frames apart, from the share `start` of the stream on."""
    moments = (start * stream.shape[1])[:, None] + speed[:, None] * (torch.arange(length) + 0.5)
    rows = moments.floor().long().clamp(max=stream.shape[1] - 1).to(stream.device)
    return stream[torch.arange(len(stream), device=stream.device)[:, None], rows]
