"""The whole network: causal, streaming, exact in length."""

import pytest
import torch
from tests.support.small_soundstream import CLOCK, CONFIG, untrained

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.tokenizers.soundstream.config import SoundStreamConfig
from v2meow_pipeline.tokenizers.soundstream.layers import Memory
from v2meow_pipeline.tokenizers.soundstream.network import SoundStream

HOP = CLOCK.hop_samples


def test_a_frame_depends_on_no_later_sound() -> None:
    """Catches look-ahead in the encoder: a frame's last sample counts, the next one does not."""
    wave = (0.3 * torch.randn(1, 12 * HOP)).requires_grad_()
    vectors = untrained().encoder(wave)
    for frame in (0, 5, 11):
        (gradient,) = torch.autograd.grad(vectors[:, frame].sum(), wave, retain_graph=True)
        assert int(gradient[0].nonzero().max()) == (frame + 1) * HOP - 1


def test_sound_depends_on_no_later_frame() -> None:
    """Catches look-ahead in the decoder."""
    vectors = torch.randn(1, 12, CONFIG.code_width, requires_grad=True)
    wave = untrained().decoder(vectors)
    for sample in (0, HOP - 1, 5 * HOP, 6 * HOP - 1):
        (gradient,) = torch.autograd.grad(wave[0, sample], vectors, retain_graph=True)
        assert int(gradient[0].abs().sum(dim=1).nonzero().max()) == sample // HOP


def test_pieces_equal_the_whole() -> None:
    """Catches streaming that clicks at seams, or that changes codes."""
    network, waves = untrained(), 0.3 * torch.randn(2, 20 * HOP)
    whole = network.encode(waves)
    heard, said = Memory(), Memory()
    codes = [network.encode(piece, heard) for piece in waves.split([HOP, 4 * HOP, 15 * HOP], dim=1)]
    assert torch.equal(torch.cat(codes, dim=2), whole)
    made = [network.decode(piece, said) for piece in whole.split([7, 1, 12], dim=2)]
    torch.testing.assert_close(torch.cat(made, dim=1), network.decode(whole), atol=1e-5, rtol=1e-4)


def test_shapes_are_the_clocks() -> None:
    """Catches a hop, levels or codes other than the clock's."""
    coded = untrained()(torch.zeros(2, 10 * HOP))
    assert coded.waves.shape == (2, 10 * HOP)
    assert coded.codes.shape == (2, CLOCK.acoustic_levels, 10)
    assert coded.codes.max() < CLOCK.acoustic_vocab


def test_paper_sizes_can_be_built() -> None:
    """Catches a default that the published layout does not fit."""
    paper = SoundStreamConfig(strides=(2, 4, 5, 8), widths=(32, 64, 128, 256, 512), units=(3, 3, 3, 3), code_width=512)
    network = SoundStream(paper, Clock())
    assert len(network.quantizer.levels) == 12
    assert network.eval()(torch.zeros(1, 640)).waves.shape == (1, 640)


@pytest.mark.parametrize(
    ("values", "named"),
    [({"strides": (8, 5, 4, 4)}, "640.*320"), ({"widths": (4, 8)}, "5 widths"), ({"units": (0, 0, 0, -1)}, "small")],
)
def test_sizes_that_do_not_fit_are_refused(values: dict[str, tuple[int, ...]], named: str) -> None:
    """Catches frames that slip against the clock, and errors from deep inside torch."""
    with pytest.raises(ConfigError, match=named):
        SoundStream(SoundStreamConfig(**values), Clock())
