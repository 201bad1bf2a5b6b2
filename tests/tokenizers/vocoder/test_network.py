"""The vocoder network: lengths, silence, where it starts from, what depends on what."""

import numpy as np
import pytest
import torch
from tests.support.simple_music import RATE, SMALL, music
from tests.support.small_vocoder import CONFIG, frames_of, vocoder

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.networks.objective import NETWORK
from v2meow_pipeline.tokenizers.acoustic import AcousticTokenizer
from v2meow_pipeline.tokenizers.report import mel_distance
from v2meow_pipeline.tokenizers.vocoder.config import VocoderConfig
from v2meow_pipeline.tokenizers.vocoder.network import EDGE, Vocoder
from v2meow_pipeline.tokenizers.vocoder.objective import VocoderObjective
from v2meow_pipeline.tokenizers.vocoder.render import render


@pytest.mark.parametrize("t", [1, 2, 3, 40])
def test_sound_is_as_long_as_its_frames(t: int) -> None:
    """Catches an overlap-add that is cropped by a wrong pad, and mirrors longer than the sound."""
    log_mel = torch.full((2, t, 128), -2.0)
    assert vocoder()(log_mel, torch.tensor([1, 6])).shape == (2, t * SMALL.hop_samples)


def test_an_untrained_vocoder_sounds_like_griffin_lim(codec: AcousticTokenizer) -> None:
    """Catches a wrong scale, a phase of the wrong sign or frames shifted by a hop: all far from the codec's own."""
    wave = music(99, bpm=101)
    frames = frames_of(codec, wave, 6)
    torch.manual_seed(0)
    start = Vocoder(VocoderConfig(width=32, blocks=1, phase_steps=16), SMALL).eval()
    with torch.no_grad():
        made = start(frames, torch.tensor([6]))[0].numpy()
    assert mel_distance(wave, made, RATE) < 1.5 * mel_distance(wave, codec.decode(codec.encode(wave)), RATE)


def test_silent_frames_are_silent_whatever_was_learned(codec: AcousticTokenizer) -> None:
    """Catches a bias that hisses in pauses."""
    wave = np.concatenate([music(1, duration_s=0.5), np.zeros(RATE // 2, np.float32)])
    with torch.no_grad():
        made = vocoder()(frames_of(codec, wave, 6), torch.tensor([6]))[0]
        nothing = vocoder()(frames_of(codec, np.zeros(RATE, np.float32), 6), torch.tensor([6]))
    assert made[: RATE // 2].abs().max() > 0.01
    assert not made[RATE // 2 + 5 * SMALL.hop_samples :].any()
    assert not nothing.any()


def test_nothing_is_heard_beyond_the_margin(codec: AcousticTokenizer) -> None:
    """Catches a margin narrower than what a frame's sound depends on: chunks would differ from the whole."""
    network, t = vocoder(), 120
    frames = frames_of(codec, music(3), 6)[:, :t]
    phases = torch.rand(1, t + 2 * EDGE, 2 * SMALL.hop_samples + 1)
    changed = frames.clone()
    changed[:, 0] += 0.5
    with torch.no_grad():
        before, after = (network(x, torch.tensor([6]), phases)[0] for x in (frames, changed))
    reached = network.margin_frames * SMALL.hop_samples
    assert (before - after)[: SMALL.hop_samples].abs().max() > 1e-4
    assert (before - after)[reached + SMALL.hop_samples :].abs().max() < 1e-5


def test_gradients_reach_every_weight(codec: AcousticTokenizer) -> None:
    """Catches a branch cut off by the phase steps, which carry no gradient."""
    network = vocoder()
    network(frames_of(codec, music(3), 6)[:, :40], torch.tensor([6])).square().sum().backward()
    silent = [name for name, weight in network.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert not silent


def test_the_number_of_levels_is_heard(codec: AcousticTokenizer) -> None:
    """Catches a level that is ignored: noise to be cleaned differs between 1 and 12 levels."""
    network, frames = vocoder(), frames_of(codec, music(3), 2)
    one, two = (network.draw(frames, torch.tensor([n])).magnitudes for n in (1, 2))
    assert not torch.equal(one, two)


def test_without_correction_only_magnitudes_are_learned() -> None:
    """Catches an option that is ignored."""
    network = Vocoder(CONFIG.model_copy(update={"correction_blocks": 0}), SMALL)
    network(torch.full((1, 20, 128), -2.0), torch.tensor([6])).square().sum().backward()
    assert network.gain.weight.grad is not None
    assert not any(weight.grad is not None for weight in network.correction.parameters())


def test_frames_may_be_faster_than_tokens() -> None:
    """Catches a hop of tokens where the codec's log-mel frames are twice as many."""
    clock = Clock(acoustic_hz=25, mel_frames=2)
    network = Vocoder(CONFIG, clock)
    assert network.hop == 320
    assert network(torch.full((2, 20, 128), -2.0), torch.tensor([1, 6])).shape == (2, 10 * clock.hop_samples)
    objective, wave = VocoderObjective(CONFIG, clock), torch.randn(2, 10 * clock.hop_samples)
    batch = {"wave": wave, "log_mel": torch.full((2, 20, 128), -2.0), "levels": torch.tensor([1, 6])}
    assert objective.loss(batch, NETWORK).total.isfinite()
    made = render(network.eval(), lambda first, last: np.full((last - first, 128), -2.0, np.float32), 6, 20, 0)
    assert made.shape == (10 * clock.hop_samples,)
