"""The learned codec on log-mel frames: lengths, chunks, levels, checkpoints, training."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.support.simple_music import RATE, music

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError, StaleError
from v2meow_pipeline.tokenizers.acoustic import AcousticConfig, AcousticTokenizer
from v2meow_pipeline.tokenizers.mel_rvq import codec as module
from v2meow_pipeline.tokenizers.mel_rvq.codec import MelRvqCodec
from v2meow_pipeline.tokenizers.mel_rvq.config import MelRvqConfig
from v2meow_pipeline.tokenizers.mel_rvq.objective import MelRvqObjective
from v2meow_pipeline.tokenizers.registry import load_codec

CLOCK = Clock(acoustic_hz=25, mel_frames=2, acoustic_vocab=32, acoustic_levels=4, coarse_levels=2)
SMALL = MelRvqConfig(width=32, code_width=16, encoder_blocks=1, decoder_blocks=1, crop_frames=48, griffin_lim_steps=8)


class Crops:
    """Examples of a few pieces."""

    fingerprint = "crops"

    def __init__(self) -> None:
        log_mel = module.log_mel_of(SMALL, CLOCK)
        waves = [music(seed, duration_s=2) for seed in range(8)]
        self.frames = torch.from_numpy(np.stack([log_mel(wave, 100) for wave in waves]))

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, torch.Tensor]:
        start = 2 * (step % 20)
        return {"log_mel": self.frames[:, start : start + SMALL.crop_frames]}

    def validation(self) -> object:
        return iter([self.train(3)])


@pytest.fixture(scope="module")
def trained() -> MelRvqObjective:
    torch.manual_seed(0)
    objective, crops = MelRvqObjective(SMALL, CLOCK), Crops()
    objective.prepare(crops)
    optimiser = torch.optim.AdamW(objective.parameters(), lr=3e-3)
    for step in range(250):
        optimiser.zero_grad()
        objective.loss(crops.train(step), "network").total.backward()
        optimiser.step()
    return objective.eval()


@pytest.fixture(scope="module")
def codec(trained: MelRvqObjective) -> MelRvqCodec:
    return MelRvqCodec(trained.network, SMALL, CLOCK)


@pytest.mark.parametrize("samples", [0, 1, 639, 640, 9_601, 64_000])
def test_lengths_are_the_clocks(codec: MelRvqCodec, samples: int) -> None:
    """Tokens are half as many as log-mel frames: a factor forgotten doubles the music."""
    codes = codec.encode(music(99)[:samples])
    t = CLOCK.acoustic_frames(samples / RATE)
    assert codes.shape == (4, t) and codes.dtype == np.int16
    assert codec.decode(codes).shape == (t * CLOCK.hop_samples,)
    assert codec.decode_log_mel(codes).shape == (2 * t, SMALL.bands)


def test_levels_bring_the_frames_nearer(trained: MelRvqObjective) -> None:
    """A codec whose deeper levels add nothing looks trained and is hollow."""
    log_mel = Crops().train(3)["log_mel"]
    codes = trained.network.encode(log_mel)
    errors = [(trained.network.decode(codes[:, :n]) - log_mel).abs().mean().item() for n in (1, 2, 4)]
    assert errors[0] > errors[1] > errors[2]
    mean = (trained.network.mean - log_mel).abs().mean().item()
    assert errors[2] < 0.6 * mean


def test_chunks_equal_the_whole(codec: MelRvqCodec, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk without its neighbours has other codes at its ends."""
    wave = music(7)
    codes = codec.encode(wave)
    monkeypatch.setattr(module, "CHUNK_FRAMES", 30)
    assert np.mean(codec.encode(wave) == codes) > 0.995
    whole = codec.decode_log_mel(codes)
    np.testing.assert_allclose(codec.decode_log_mel(codes, 33, 71), whole[33:71], atol=1e-4)


def test_a_frame_depends_on_no_more_than_its_margin(trained: MelRvqObjective) -> None:
    """By gradient: a margin too small makes chunks audible."""
    network, frame = trained.network, 30
    vectors = torch.randn(1, 60, SMALL.code_width, requires_grad=True)
    network._decoded(vectors)[0, 2 * frame].sum().backward()
    touched = torch.nonzero(vectors.grad[0].abs().sum(dim=1))[:, 0]
    assert touched.min() >= frame - network.margin_frames and touched.max() <= frame + network.margin_frames


def test_codebooks_add_up_to_what_is_decoded(codec: MelRvqCodec) -> None:
    """Stages start from these vectors; another order of levels would start them from noise."""
    books = torch.from_numpy(codec.codebooks())
    codes = torch.from_numpy(codec.encode(music(3, duration_s=1)).astype(np.int64))[None]
    summed = sum(books[level][codes[0, level]] for level in range(4))
    torch.testing.assert_close(summed[None], codec.network.quantizer.decode(codes), atol=1e-5, rtol=1e-5)


def test_checkpoint_round_trip_and_wrong_clocks(codec: MelRvqCodec, tmp_path: Path) -> None:
    codec.save(tmp_path / "codec", "f00d", trained_on="chords")
    again = load_codec(tmp_path / "codec", CLOCK)
    assert isinstance(again, MelRvqCodec) and again.fingerprint == codec.fingerprint
    np.testing.assert_array_equal(again.encode(music(3)), codec.encode(music(3)))
    with pytest.raises(StaleError, match="acoustic_levels"):
        load_codec(tmp_path / "codec", CLOCK.model_copy(update={"acoustic_levels": 3}))


def test_k_means_refuses_slow_tokens() -> None:
    """Its codes stand for one log-mel frame each; at another rate they would decode to music at double speed."""
    with pytest.raises(ConfigError, match="mel_rvq"):
        AcousticTokenizer.fit([music(0)], AcousticConfig(max_frames=100, smoother_frames=50), CLOCK)


def test_gradients_reach_the_encoder_through_the_codes() -> None:
    """Without the straight-through gradient only the decoder learns."""
    objective = MelRvqObjective(SMALL, CLOCK).train()
    objective.loss(Crops().train(0), "network").total.backward()
    assert objective.network.into.weight.grad.abs().sum() > 0
