"""The pretext tasks: they can be learned, and only from what they are about."""

import numpy as np
import pytest
import torch
from torch import Tensor

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.i3d.config import FlowConfig, I3dConfig, I3dFlowConfig, SynchronyConfig
from v2meow_pipeline.encoders.i3d.synchrony import (
    FLOW,
    JUDGED_WITH,
    WAVE,
    Pair,
    SynchronyObjective,
    _resampled,
    info_nce,
)
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.objective import NETWORK

CLOCK = Clock(clip_s=4.0)
CONFIG = I3dFlowConfig(
    network=I3dConfig(width=0.0625), flow=FlowConfig(size_px=8), synchrony=SynchronyConfig(window_s=2, hidden=24)
)


def events(clips: int, seed: int) -> dict[str, Tensor]:
    """Clips in which bursts of movement and of noise come together, at random moments."""
    rng = np.random.default_rng(seed)
    flow = np.zeros((clips, CLOCK.t_flow, 8, 8, 2), np.int8)
    wave = np.zeros((clips, CLOCK.clip_samples), np.float32)
    per_frame = CLOCK.sample_rate_hz // CLOCK.flow_fps
    for clip in range(clips):
        for frame in rng.choice(CLOCK.t_flow - 3, 5, replace=False):
            flow[clip, frame : frame + 3] = 100
            wave[clip, frame * per_frame : (frame + 3) * per_frame] += 0.3 * rng.normal(size=3 * per_frame)
    return {FLOW: torch.from_numpy(flow), WAVE: torch.from_numpy(wave)}


def built() -> SynchronyObjective:
    torch.manual_seed(0)
    return SynchronyObjective(CONFIG, CLOCK)


def test_info_nce_is_the_logarithm_of_the_choices_where_nothing_is_known() -> None:
    """Catches a loss over the wrong axis."""
    assert float(info_nce(torch.zeros(7, 7))) == pytest.approx(np.log(7))
    assert float(info_nce(50 * torch.eye(7))) < 1e-6 < 5 < float(info_nce(50 * torch.eye(7).roll(1, 0)))


def test_the_same_seed_gives_the_same_loss() -> None:
    """Catches draws from another generator than the one that the trainer seeds."""
    objective, batch = built().eval(), events(3, 0)
    losses = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        losses.append(objective.loss(batch, NETWORK).total.item())
    assert losses[0] == losses[1] != losses[2]


def test_a_network_is_judged_by_what_training_minimises() -> None:
    """Catches weights that are kept for one task alone, and figures that change with the moment of the validation."""
    objective, batch = built().eval(), events(4, 0)
    torch.manual_seed(5)
    figures = objective.judge(batch)
    drawn = torch.rand(1)
    weighted = figures["synchrony"] + CONFIG.synchrony.speed_weight * figures["speed_error"]
    torch.testing.assert_close(figures["loss"], weighted)
    torch.manual_seed(JUDGED_WITH)
    torch.testing.assert_close(figures["loss"], objective.loss(batch, NETWORK).total.detach())
    torch.manual_seed(5)
    assert torch.equal(torch.rand(1), drawn), "the validation moved the generator of the training"
    assert objective.judge(batch) == figures


@pytest.mark.parametrize(("says", "explained"), [(0.0, 0.0), (1.0, 1.0), (-1.0, -3.0)])
def test_speed_is_explained_by_who_knows_it_and_not_by_who_guesses(
    says: float, explained: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a figure that a head with random weights does well in: of the wrong sign it loses more than it gains."""
    objective, batch = built().eval(), events(4, 0)
    speeds: list[Tensor] = []
    draw = objective._speeds
    monkeypatch.setattr(objective, "_speeds", lambda clips: speeds.append(draw(clips)) or speeds[-1])
    monkeypatch.setattr(objective, "_faster", lambda one, other: says * (speeds[0] / speeds[1]).log().float())
    assert float(objective.judge(batch)["speed_explained"]) == pytest.approx(explained, abs=1e-4)


def test_every_part_is_trained() -> None:
    """Catches a tower that gets no gradient."""
    objective = built()
    objective.loss(events(3, 0), NETWORK).total.backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in objective.parameters())


def test_sound_and_movement_are_cut_at_the_same_moments() -> None:
    """Catches windows of the two that slip against each other: each is a ramp of time here."""
    objective = built()
    frames, mels = CLOCK.t_flow, CLOCK.t_acoustic
    flow = torch.linspace(0, 96, frames).round().to(torch.int8).view(1, -1, 1, 1, 1).repeat(4, 1, 2, 2, 2)
    mel = torch.linspace(0, 96, mels).view(1, -1, 1).repeat(4, 1, 3)
    torch.manual_seed(0)
    speed = torch.tensor([0.7, 1.0, 1.3, 1.4], dtype=torch.float64)
    pair = objective._varied(Pair(flow, mel), speed)
    assert pair.flow.dtype == torch.int8
    assert pair.flow.shape[1] == CLOCK.flow_frames(2) and pair.mel.shape[1] == CLOCK.acoustic_frames(2)
    seen = pair.flow[:, :, 0, 0, 1].float()
    moments = pair.mel[:, :, 0]
    spans = seen[:, -1] - seen[:, 0]
    for edge in (0, -1):
        torch.testing.assert_close(seen[:, edge], moments[:, edge], atol=2.0, rtol=0)
    torch.testing.assert_close(spans / spans[1], speed.float(), atol=0.1, rtol=0)


def test_a_mirrored_window_moves_the_other_way() -> None:
    """Catches pictures that are flipped while their movement is not, or movement downwards that is turned round."""
    objective = built()
    frames = torch.zeros(1, CLOCK.t_flow, 2, 4, 2, dtype=torch.int8)
    frames[..., 0, 0], frames[..., 0, 1] = 50, 30  # the left column moves right and down
    pair = Pair(frames.expand(16, -1, -1, -1, -1), torch.zeros(16, CLOCK.t_acoustic, 3))
    torch.manual_seed(0)
    seen = objective._varied(pair, torch.ones(16, dtype=torch.float64)).flow[:, 0, 0]
    as_it_was, mirrored = [[50, 30], [0, 0], [0, 0], [0, 0]], [[0, 0], [0, 0], [0, 0], [-50, 30]]
    assert {str(window) for window in seen.tolist()} == {str(as_it_was), str(mirrored)}


def test_resampling_at_full_speed_from_the_start_changes_nothing() -> None:
    """Catches a shift by half a frame."""
    stream = torch.arange(20.0).view(2, 10)
    one, zero = torch.ones(2, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    torch.testing.assert_close(_resampled(stream, zero, one, 10), stream)
    torch.testing.assert_close(_resampled(stream, zero + 0.4, one, 3), stream[:, 4:7])


def test_a_window_longer_than_a_clip_is_refused() -> None:
    """Catches windows that are silently stretched."""
    with pytest.raises(ConfigError, match="longer than a clip"):
        SynchronyObjective(I3dFlowConfig(), Clock(clip_s=2.0))


def test_the_rate_of_the_flow_is_kept_with_the_weights() -> None:
    """Catches a network for 24 frames a second that is later shown 12."""
    assert int(SynchronyObjective(CONFIG, Clock(clip_s=4.0, flow_fps=12)).network.flow_fps) == 12


@pytest.mark.slow
def test_synchrony_of_simple_events_is_learned() -> None:
    """Catches sound and movement that are not those of the same second: nothing could be learned."""
    objective = built()
    optimizer = torch.optim.AdamW(objective.parameters(), lr=3e-3)
    for step in range(120):
        torch.manual_seed(step)
        total = objective.loss(events(6, 1000 + step), NETWORK).total
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
    figures = objective.eval().judge(events(8, 0))
    assert float(figures["chance_clip"]) == 1 / 8 and float(figures["chance_second"]) == 1 / 4
    assert float(figures["clip_accuracy"]) > 2 / 8 and float(figures["second_accuracy"]) > 2 / 4
