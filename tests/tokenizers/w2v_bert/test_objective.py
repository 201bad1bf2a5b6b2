"""Training on a tiny problem."""

from collections.abc import Iterator

import pytest
import torch
from tests.tokenizers.w2v_bert.tiny import CLOCK, TINY, tones
from torch import Tensor

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.tokenizers.w2v_bert import W2vBertObjective


class Tones:
    """Examples that never repeat."""

    fingerprint = "tones"

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
        return {"wave": tones(8, step)}

    def validation(self) -> Iterator[dict[str, Tensor]]:
        yield {"wave": tones(8, 10_000)}


@pytest.fixture
def objective() -> W2vBertObjective:
    torch.manual_seed(0)
    made = W2vBertObjective(TINY, CLOCK)
    made.prepare(Tones())
    return made


def test_inputs_are_standardised_on_the_training_sound(objective: W2vBertObjective) -> None:
    """Catches log-mel spectra of mean -4 that go into the network as they are."""
    spectra = objective.network.input(Tones().train(0)["wave"])
    assert spectra.mean().abs() < 0.1
    assert 0.8 < spectra.std() < 1.2


def test_both_losses_fall_on_a_tiny_problem(objective: W2vBertObjective) -> None:
    """Catches heads without gradient, and a codebook that collapses, which makes both tasks easy and worthless."""
    batch = {"wave": tones(8)}
    optimizer = torch.optim.AdamW(objective.parameters(), lr=3e-3)
    objective.loss(batch)  # fills the codebook
    objective.eval()
    before = objective.judge(batch)
    objective.train()
    for step in range(100):
        torch.manual_seed(step)
        optimizer.zero_grad()
        objective.loss(batch).total.backward()
        optimizer.step()
    objective.eval()
    after = objective.judge(batch)
    assert after["contrastive_loss"] < 0.95 * before["contrastive_loss"]
    assert after["masked_loss"] < 0.95 * before["masked_loss"]
    assert after["code_perplexity"] > 4


def test_judging_draws_the_same_masks_each_time_and_learns_nothing(objective: W2vBertObjective) -> None:
    """Catches best weights chosen by luck of the mask, and a codebook that moves while it is judged."""
    batch = next(iter(Tones().validation()))
    objective.loss(batch)
    objective.eval()
    with torch.no_grad():
        first, second = objective.judge(batch), objective.judge(batch)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_every_weight_has_a_gradient(objective: W2vBertObjective) -> None:
    """Catches a module that is built and never used."""
    objective.loss(Tones().train(0)).total.backward()
    idle = [name for name, weight in objective.named_parameters() if weight.grad is None]
    assert not idle


def test_spans_of_a_single_frame_are_refused() -> None:
    with pytest.raises(ConfigError, match="mask_s"):
        W2vBertObjective(TINY.model_copy(update={"mask_s": 0.04}), CLOCK)
