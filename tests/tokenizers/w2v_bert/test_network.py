"""The network: rates, neighbours, sizes, and a checkpoint that comes back."""

from pathlib import Path

import pytest
import torch
from tests.support.tiny_w2v_bert import CLOCK, TINY, tones

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError, StaleError
from v2meow_pipeline.networks.checkpointing import save_network
from v2meow_pipeline.tokenizers.w2v_bert import KIND, XL, W2vBert
from v2meow_pipeline.tokenizers.w2v_bert.conformer import position_buckets
from v2meow_pipeline.tokenizers.w2v_bert.network import load_w2v_bert, masked_frames


@pytest.fixture
def network() -> W2vBert:
    torch.manual_seed(0)
    return W2vBert(TINY, CLOCK).eval()


def test_a_frame_a_semantic_token(network: W2vBert) -> None:
    """Catches a convolution that loses a frame at an end, which shifts tokens against the codec's."""
    for t in (2, 25, 51):
        assert network.features(torch.randn(1, t * 640), 1).shape == (1, t, 32)


def test_a_frame_is_centred_on_its_own_sound(network: W2vBert) -> None:
    """Catches padding on one side only: a click must reach the frame it is in more than its neighbours."""
    quiet = torch.zeros(1, 20 * 640)
    click = quiet.clone()
    click[0, 10 * 640 + 320] = 1.0
    change = (network.input(click) - network.input(quiet)).abs().sum(dim=2)[0]
    centre = (change * torch.arange(len(change))).sum() / change.sum()
    assert centre.item() == pytest.approx(4 * 10 + 1.5, abs=0.51)
    reached = (network.frames(click) - network.frames(quiet)).abs().sum(dim=2)[0]
    assert reached.argmax() == 10


def test_features_do_not_depend_on_batch_neighbours(network: W2vBert) -> None:
    """Catches a norm over the batch, with which a clip's tokens depend on the clips encoded beside it."""
    waves = tones(3)
    alone = network.features(waves[:1], 2)
    assert torch.allclose(network.features(waves, 2)[:1], alone, atol=1e-5)
    network.train()
    assert torch.allclose(network.features(waves, 2)[:1], network.features(waves[:1], 2), atol=1e-5)


def test_layers_are_counted_from_one(network: W2vBert) -> None:
    """Catches an off-by-one that gives the contrastive module's output instead of layer 1."""
    frames = network.frames(tones(1))
    contrastive, last = network.context(frames)
    assert torch.equal(network.features(tones(1), 2), last)
    assert not torch.allclose(network.features(tones(1), 1), contrastive)
    assert not torch.allclose(network.features(tones(1), 1), last)


def test_positions_are_told_apart_by_side_and_distance() -> None:
    """Catches buckets that are symmetric, so that before and after look the same."""
    bucket = position_buckets(300, 32, 125)
    assert int(bucket.min()) == 0 and int(bucket.max()) == 31
    assert bucket[5, 6] != bucket[6, 5]
    assert torch.equal(bucket[0, 1:], bucket[0, 1:].sort().values)
    assert len(bucket[0, 125:].unique()) == 1


def test_the_papers_size_is_the_papers() -> None:
    """Catches a preset that is not w2v-BERT XL: 0.6 billion parameters."""
    with torch.device("meta"):
        network = W2vBert(XL, CLOCK)
    assert sum(p.numel() for p in network.parameters()) == pytest.approx(0.6e9, rel=0.05)


@pytest.mark.parametrize(
    "changed", [{"sample_rate_hz": 22_050, "acoustic_hz": 50}, {"semantic_hz": 10, "acoustic_hz": 50}]
)
def test_other_clocks_are_refused(network: W2vBert, tmp_path: Path, changed: dict[str, int]) -> None:
    """Catches features at one rate given to tokens at another."""
    clock = Clock(**changed)
    save_network(tmp_path / "checkpoint", KIND, network, TINY, "f00d", CLOCK)
    with pytest.raises(StaleError, match="another clock"):
        load_w2v_bert(tmp_path / "checkpoint", clock)
    if clock.sample_rate_hz % (4 * clock.semantic_hz):
        with pytest.raises(ConfigError, match="fourfold"):
            W2vBert(TINY, clock)


def test_a_checkpoint_gives_the_same_features(network: W2vBert, tmp_path: Path) -> None:
    """Catches measured means that are not kept with the weights."""
    network.input.mean.fill_(-2.0)
    save_network(tmp_path / "checkpoint", KIND, network, TINY, "f00d", CLOCK)
    again = load_w2v_bert(tmp_path / "checkpoint", CLOCK)
    assert torch.equal(again.features(tones(1), 1), network.features(tones(1), 1))


def test_hidden_frames_are_gone_whatever_takes_their_place() -> None:
    """Catches a fill that is configured and ignored, and masks of the wrong frames."""
    frames, mask = torch.randn(2, 9, 32), torch.rand(2, 9) < 0.5
    zeros, noise = (masked_frames(frames, mask, fill) for fill in ("zeros", "noise"))
    assert not zeros[mask].any()
    assert noise[mask].ne(frames[mask]).all() and noise[mask].any()
    assert torch.equal(zeros[~mask], frames[~mask]) and torch.equal(noise[~mask], frames[~mask])
