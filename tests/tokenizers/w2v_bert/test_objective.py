"""Training on a tiny problem."""

from collections.abc import Iterator

import pytest
import torch
from tests.support.tiny_w2v_bert import CLOCK, TINY, tones
from torch import Tensor

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.tokenizers.w2v_bert import W2vBertConfig, W2vBertObjective


class Tones:
    """Examples that never repeat."""

    fingerprint = "tones"

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
        return {"wave": tones(8, step)}

    def validation(self) -> Iterator[dict[str, Tensor]]:
        yield {"wave": tones(8, 10_000)}


def made(**changes: object) -> W2vBertObjective:
    torch.manual_seed(0)
    objective = W2vBertObjective(W2vBertConfig.parse(TINY.model_dump() | changes), CLOCK)
    objective.prepare(Tones())
    return objective


@pytest.fixture(params=["random_projection", "gumbel"])
def objective(request: pytest.FixtureRequest) -> W2vBertObjective:
    return made(targets=request.param)


def test_inputs_are_standardised_on_the_training_sound(objective: W2vBertObjective) -> None:
    """Catches log-mel spectra of mean -4 that go into the network as they are."""
    spectra = objective.network.input(Tones().train(0)["wave"])
    assert spectra.mean().abs() < 0.1
    assert 0.8 < spectra.std() < 1.2


def test_both_tasks_are_learned_on_a_tiny_problem() -> None:
    """Catches heads without gradient, targets that cannot be learned, and codes of which hardly any is in use."""
    objective, batch = made(), {"wave": tones(8)}
    optimizer = torch.optim.AdamW(objective.parameters(), lr=2e-3)

    def judged() -> dict[str, Tensor]:
        objective.eval()
        with torch.no_grad():
            figures = objective.judge(batch)
        objective.train()
        return figures

    before = judged()
    for step in range(100):
        torch.manual_seed(step)
        optimizer.zero_grad()
        objective.loss(batch).total.backward()
        optimizer.step()
    after = judged()
    assert after["loss"] < 0.7 * before["loss"]
    for task in ("contrastive", "masked"):
        assert after[f"{task}_accuracy"] > after[f"{task}_chance"] + 0.1
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
