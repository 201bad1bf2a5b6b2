"""Starting from what the tokens mean."""

import numpy as np
import torch

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.models.codebook_start import start_from_codebooks
from v2meow_pipeline.models.stage_model import StageModel, StageModelConfig
from v2meow_pipeline.models.transformer import TransformerConfig

CLOCK = Clock(acoustic_levels=3, coarse_levels=2, acoustic_vocab=16, semantic_vocab=16)
SIZES = TransformerConfig(width=24, heads=2, head_width=12, feed_forward=32, encoder_layers=1, decoder_layers=1)


def _model() -> StageModel:
    return StageModel(StageModelConfig(stage="coarse", features={"f": 4}, clock=CLOCK, transformer=SIZES))


def _codebooks() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {"semantic": rng.normal(size=(1, 16, 9)), "coarse": rng.normal(size=(2, 16, 30)) * [[[1.0]], [[0.3]]]}


def test_tokens_start_as_far_apart_as_their_vectors() -> None:
    """Catches a projection that loses which tokens are alike."""
    model, codebooks = _model(), _codebooks()
    start_from_codebooks(model, codebooks, np.ones((2, 16), np.int64), seed=0)
    table = model.conditioner.adapters["semantic"].tables[0].weight[:16].detach()
    given = torch.cdist(*[torch.from_numpy(codebooks["semantic"][0]).float()] * 2).flatten()
    kept = torch.cdist(table, table).flatten()
    assert torch.corrcoef(torch.stack([given, kept]))[0, 1] > 0.999


def test_the_sum_of_levels_stands_for_the_decoded_frame() -> None:
    """Catches levels that are scaled one by one: a deep level then weighs as much as the first."""
    model, codebooks = _model(), _codebooks()
    start_from_codebooks(model, codebooks, np.ones((2, 16), np.int64), seed=0)
    first, second = (table.weight[:16].detach().pow(2).mean().sqrt() for table in model.tokens.tables)
    wanted = codebooks["coarse"].std(axis=(1, 2))
    assert abs(float(first / second) / (wanted[0] / wanted[1]) - 1) < 0.2
    assert abs(float(first**2 + second**2) - 1) < 1e-4


def test_an_untrained_stage_predicts_how_often_tokens_occur() -> None:
    """Catches a bias that is left out when decoding or when scoring."""
    model = _model()
    counts = np.ones((2, 16), np.int64)
    counts[:, 3] = 10**9
    start_from_codebooks(model, _codebooks(), counts, seed=0)
    conditions = {"semantic": torch.zeros(1, 1, 25, dtype=torch.long)}
    output = model.eval()(conditions, torch.full((1, 2, 50), 3))
    assert float(output.level_accuracy().min()) == 1.0
