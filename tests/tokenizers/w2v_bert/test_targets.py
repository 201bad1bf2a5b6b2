"""Where codes come from."""

import pytest
import torch
from tests.support.tiny_w2v_bert import TINY

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.tokenizers.w2v_bert import W2vBertConfig
from v2meow_pipeline.tokenizers.w2v_bert.losses import code_perplexity
from v2meow_pipeline.tokenizers.w2v_bert.targets import GumbelQuantizer, RandomProjection, diversity_loss


def projection(spectra: torch.Tensor) -> RandomProjection:
    torch.manual_seed(0)
    made = RandomProjection(TINY)
    made.measure(spectra)
    return made


def correlated() -> torch.Tensor:
    """Spectra that differ by loudness most of all, each example with a timbre of its own."""
    generator = torch.Generator().manual_seed(0)
    shape = (20, 400, TINY.bands)
    loudness = 5 * torch.randn(20, 400, 1, generator=generator)
    return loudness + torch.randn(shape, generator=generator) + 10 * torch.randn(20, 1, TINY.bands, generator=generator)


def test_codes_are_spread_though_loudness_varies_most() -> None:
    """Catches projections that are not whitened: one direction then decides, and a few codes take all frames."""
    spectra = correlated()
    assert code_perplexity(projection(spectra)(spectra).codes, TINY.codes) > 0.7 * TINY.codes


def test_codes_do_not_name_the_clip() -> None:
    """Catches a mean of an example that is left in: its timbre would choose the code."""
    spectra = correlated()
    targets = projection(spectra)
    assert torch.equal(targets(spectra).codes, targets(spectra + torch.randn(20, 1, TINY.bands)).codes)


def test_only_the_vectors_of_projected_codes_are_trained() -> None:
    """Catches a projection that follows the loss, with which codes collapse."""
    assert [name for name, _ in projection(correlated()).named_parameters()] == ["codebook"]


def test_a_learned_choice_gets_gradient_and_is_certain_when_judged() -> None:
    """Catches codes without a way back to the encoder, noise in validation, and a temperature that never falls."""
    torch.manual_seed(0)
    quantizer = GumbelQuantizer(TINY.model_copy(update={"gumbel_decay": 0.5, "gumbel_end": 0.7}))
    frames = torch.randn(2, 30, TINY.width, requires_grad=True)
    quantizer(frames).vectors.square().sum().backward()
    assert frames.grad is not None and frames.grad.abs().sum() > 0
    assert quantizer.temperature == 1.0
    quantizer(frames)
    assert quantizer.temperature == 0.7
    quantizer.eval()
    first, second = quantizer(frames), quantizer(frames)
    assert torch.equal(first.codes, second.codes)
    assert torch.equal(first.vectors, quantizer.codebook[first.codes])
    assert int(quantizer.steps) == 2


def test_diversity_is_lost_when_all_choices_are_one() -> None:
    """Catches a sign error, which would make the codebook collapse."""
    spread = diversity_loss(20 * torch.eye(8)[None])
    collapsed = diversity_loss(20 * torch.eye(8)[:1].repeat(8, 1)[None])
    assert spread.item() == pytest.approx(0, abs=1e-3)
    assert collapsed.item() == pytest.approx(7 / 8, abs=1e-2)


def test_more_components_than_bands_are_refused() -> None:
    with pytest.raises(ConfigError, match="target_components"):
        W2vBertConfig(bands=8, target_components=64)
