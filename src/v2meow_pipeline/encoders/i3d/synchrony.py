"""Self-supervised training of I3D: audio-visual synchrony and relative speed.

Synchrony (as in Korbar et al. 2018, with the InfoNCE loss of van den Oord et al. 2018): each second of each window of a
batch has a motion embedding and an audio embedding, which must be matched among all seconds of the batch. Each clip
contributes two windows with different playback speeds (audio and video alike), which differ only in tempo and time.
Relative speed (after Benaim et al. 2020): a linear head predicts the ratio of the two speeds. Flow magnitudes are not
scaled with speed, so only rhythm reveals it. Windows are mirrored at random.

Shapes: `clip` examples or windows of them, `t` frames of flow, `t_mel` frames of the log-mel spectra, `second` visual
frames of a window, `n` seconds of all windows, `mel` mel bands.
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
    """Flow and audio of the same windows.

    Attributes:
        flow: flow images.
        mel: log-mel spectra.
    """

    flow: Int8[Tensor, "clip t h w 2"]
    mel: Float[Tensor, "clip t_mel mel"]


class SynchronyLosses(NamedTuple):
    """Losses of the pretext tasks.

    Attributes:
        synchrony: InfoNCE loss over all seconds, in nats.
        speed_error: mean squared error of the log speed ratio, divided by its variance; 1 if equal speeds are
            predicted.
        speed_explained: explained fraction of the squared log speed ratios of the batch; 0 if equal speeds are
            predicted.
    """

    synchrony: Float[Tensor, ""]
    speed_error: Float[Tensor, ""]
    speed_explained: Float[Tensor, ""]


class SynchronyObjective(Objective):
    """I3D with an audio tower and projections into a joint space, which are used in training only.

    Batches are {"flow": int8 [clip, t, h, w, 2], "wave": float32 [clip, samples]} of whole clips.

    Attributes:
        network: the I3D network.
    """

    network: I3d

    def __init__(self, config: I3dFlowConfig, clock: Clock) -> None:
        """Builds networks and heads with random weights.

        Args:
            config: configuration of the networks and the windows.
            clock: rates of flow, audio and visual frames, and duration of a clip.

        Raises:
            ConfigError: if a window is longer than a clip.
        """
        super().__init__()
        if config.synchrony.window_s > clock.clip_s:
            raise ConfigError(
                f"A window of {config.synchrony.window_s} s is longer than a clip of {clock.clip_s:g} s.",
                "Lower synchrony.window_s.",
            )
        self.config, self.clock = config.synchrony, clock
        self.network = channels_last(I3d(config.network))
        self.network.flow_fps.fill_(clock.flow_fps)
        self.sound = SoundTower(self.config.mels, self.config.hidden, self.config.embedding)
        self.movement = projection(self.network.width, self.config.embedding)
        self.speed = nn.Linear(self.network.width, 1)
        self.log_scale = nn.Parameter(torch.tensor(np.log(10.0), dtype=torch.float32))

    def loss(self, batch: dict[str, Tensor], group: str) -> Losses:
        """Synchrony loss in nats plus the weighted relative speed loss, for two random windows of each clip."""
        del group  # there is only one
        losses = self._losses(Pair(batch[FLOW], self._log_mel(batch[WAVE])))
        figures = {"synchrony": losses.synchrony, "speed_error": losses.speed_error, "scale": self.log_scale.exp()}
        return Losses(self._total(losses), {name: value.detach() for name, value in figures.items()})

    @torch.no_grad()
    def judge(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Computes the training losses with fixed windows, and retrieval accuracies on whole clips.

        Args:
            batch: all validation clips.

        Returns:
            `loss` and its terms `synchrony` and `speed_error`; `speed_explained`, the explained fraction of the squared
            log speed ratios (0 if equal speeds are predicted). On whole clips: `clip_accuracy`, how often the right
            audio has the highest similarity among the same second of all clips; `second_accuracy`, among all seconds of
            the same clip; `chance_clip` and `chance_second`, their chance levels.
        """
        whole = Pair(batch[FLOW], self._log_mel(batch[WAVE]))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(JUDGED_WITH)
            losses = self._losses(whole)
        clips, seconds = len(whole.flow), self.clock.t_visual
        similarity = self._similarity(self.network.features(as_input(whole.flow), seconds), whole.mel)
        return {
            "loss": self._total(losses),
            **losses._asdict(),
            "clip_accuracy": _hits(similarity.diagonal(dim1=1, dim2=3)),  # axes: motion, audio, second
            "chance_clip": torch.tensor(1 / clips),
            "second_accuracy": _hits(similarity.diagonal(dim1=0, dim2=2)),  # axes: motion, audio, clip
            "chance_second": torch.tensor(1 / seconds),
        }

    def _total(self, losses: SynchronyLosses) -> Float[Tensor, ""]:
        return losses.synchrony + self.config.speed_weight * losses.speed_error

    def _losses(self, whole: Pair) -> SynchronyLosses:
        """Losses on two windows of each clip, with positions and speeds from torch's global generator."""
        speeds = self._speeds(len(whole.flow)), self._speeds(len(whole.flow))
        views = [self._varied(whole, speed) for speed in speeds]
        pair = Pair(*(torch.cat(streams) for streams in zip(*views, strict=True)))
        features = self.network.features(as_input(pair.flow), self.clock.visual_frames(self.config.window_s))
        synchrony = info_nce(self._scaled(self._similarity(features, pair.mel).flatten(2).flatten(0, 1)))
        log_ratio = (speeds[0] / speeds[1]).log().to(features)
        error = (self._faster(*features.chunk(2)) - log_ratio).square().mean()
        explained = 1 - error / log_ratio.square().mean().clamp(min=TINY)
        return SynchronyLosses(synchrony, error / self._log_ratio_variance(), explained)

    def _faster(
        self, one: Float[Tensor, "clip second width"], other: Float[Tensor, "clip second width"]
    ) -> Float[Tensor, "clip"]:
        """Predicted logarithm of the speed ratio of two windows."""
        return self.speed((one - other).mean(dim=1))[:, 0]

    def _max_speed(self) -> float:
        """Maximum speed factor: `stretch`, limited so that a window fits in a clip."""
        return min(self.config.stretch, self.clock.t_flow / self.clock.flow_frames(self.config.window_s))

    def _log_ratio_variance(self) -> float:
        """Variance of the log speed ratio; each log speed is uniform in [-log(max), log(max)]."""
        return max(2 * float(np.log(self._max_speed())) ** 2 / 3, TINY)

    def _speeds(self, clips: int) -> Float[Tensor, "{clips}"]:
        return self._max_speed() ** (2 * torch.rand(clips, dtype=torch.float64) - 1)

    def _similarity(
        self, features: Float[Tensor, "clip second width"], mel: Float[Tensor, "clip t_mel mel"]
    ) -> Float[Tensor, "clip second clip second"]:
        """Cosine similarity of each second's motion (first two axes) and each second's audio (last two axes)."""
        movement, sound = self.movement(features), self.sound(mel, features.shape[1])
        return torch.einsum("asw,btw->asbt", F.normalize(movement, dim=-1), F.normalize(sound, dim=-1))

    def _scaled(self, similarity: Float[Tensor, "n n"]) -> Float[Tensor, "n n"]:
        return self.log_scale.exp().clamp(max=LARGEST_SCALE) * similarity

    def _log_mel(self, wave: Float[Tensor, "clip samples"]) -> Float[Tensor, "clip t_mel mel"]:
        """Log-mel spectra at the acoustic frame rate."""
        window = torch.hann_window(FFT_SAMPLES, device=wave.device)
        spectrum = torch.stft(wave, FFT_SAMPLES, self.clock.hop_samples, window=window, return_complex=True)
        filters = filterbank(self.clock.sample_rate_hz, FFT_SAMPLES, self.config.mels).to(wave)
        return torch.log10(spectrum.abs().square().transpose(1, 2) @ filters + LOUDNESS_FLOOR)[:, :-1]

    def _varied(self, pair: Pair, speed: Float[Tensor, "clip"]) -> Pair:
        """A window of each clip at a random position, randomly mirrored, with the given speed."""
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
    """Audio tower: 1D convolutions over log-mel spectra and their positive differences."""

    def __init__(self, mels: int, hidden: int, embedding: int) -> None:
        """Builds the tower with random weights.

        Args:
            mels: mel bands.
            hidden: channels.
            embedding: width of the output.
        """
        super().__init__()
        layers: list[nn.Module] = [nn.BatchNorm1d(2 * mels)]
        for channels in (2 * mels, hidden, hidden):
            layers += [nn.Conv1d(channels, hidden, 5, 2, 2, bias=False), nn.BatchNorm1d(hidden), nn.ReLU()]
        self.layers = nn.Sequential(*layers)
        self.projection = projection(hidden, embedding)

    def forward(self, mel: Float[Tensor, "clip t_mel mel"], seconds: int) -> Float[Tensor, "clip {seconds} embedding"]:
        """One embedding per second, with about one second of context."""
        rises = F.relu(mel.diff(dim=1, prepend=mel[:, :1]))
        states = self.layers(torch.cat([mel, rises], dim=-1).transpose(1, 2))
        return self.projection(F.adaptive_avg_pool1d(states, seconds).transpose(1, 2))


def projection(width: int, embedding: int) -> nn.Sequential:
    """Two-layer projection head into the joint space, which is discarded after training.

    Args:
        width: width of the features.
        embedding: width of the joint space.

    Returns:
        The layers, with random weights.
    """
    return nn.Sequential(nn.Linear(width, 2 * embedding), nn.ReLU(), nn.Linear(2 * embedding, embedding))


def info_nce(logits: Float[Tensor, "n n"]) -> Float[Tensor, ""]:
    """Symmetric InfoNCE loss, in nats.

    Args:
        logits: similarity logits; matching pairs are on the diagonal.

    Returns:
        The loss; log(n) for constant logits.
    """
    own = torch.arange(len(logits), device=logits.device)
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


def _hits(similarity: Float[Tensor, "n n case"]) -> Float[Tensor, ""]:
    """Fraction of rows, over all cases, whose maximum is on the diagonal."""
    own = torch.arange(len(similarity), device=similarity.device)[:, None]
    return (similarity.argmax(dim=1) == own).float().mean()


def _resampled(
    stream: Tensor, start: Float[Tensor, "clip"], speed: Float[Tensor, "clip"], length: int
) -> Shaped[Tensor, "clip {length} ..."]:
    """Nearest-neighbour resampling: `length` frames, `speed` frames apart, from the relative position `start`."""
    positions = (start * stream.shape[1])[:, None] + speed[:, None] * (torch.arange(length) + 0.5)
    rows = positions.floor().long().clamp(max=stream.shape[1] - 1).to(stream.device)
    return stream[torch.arange(len(stream), device=stream.device)[:, None], rows]
