"""A stage that starts from what the tokens mean, rather than from random vectors.

Tokens are names of vectors: residual codebooks of the codec, centres of the semantic k-means. A stage that starts with
these vectors, projected into its width, treats neighbouring tokens alike from the first step, and starts at the entropy
of single tokens, which short training would otherwise spend its steps on.

Shapes: `level` codebooks, `vocab` values of a token, `code` width of a codebook vector, `width` the model's.
"""

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from v2meow_pipeline.models.conditioning import LevelEmbedding
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.models.visual_tokens import VisualTokenAdapter
from v2meow_pipeline.seeding import derive_seed

HEAD_GAIN = 0.5
TINY = 1e-8


@torch.no_grad()
def start_from_codebooks(
    model: StageModel,
    codebooks: Mapping[str, Float[np.ndarray, "_ _ _"]],
    counts: Int[np.ndarray, "level vocab"],
    seed: int,
) -> None:
    """Sets embeddings and heads from codebook vectors, and biases from how often each token occurs.

    The levels of a stream share one projection and one scale, so the sum of their embeddings stands for the sum of
    their vectors: the very frame that a residual quantizer decodes.

    Args:
        model: freshly built; changed in place.
        codebooks: vectors [level, vocab, code] of each token stream that the stage reads or predicts, visual tokens
            among them (one level); a stream that is absent keeps its random start.
        counts: how often each token of the output occurs in the training clips.
        seed: of the projections.
    """
    for name, adapter in model.conditioner.adapters.items():
        if isinstance(adapter, VisualTokenAdapter) and name in codebooks:
            codes = torch.from_numpy(codebooks[name][0]).float()
            adapter.table.weight.copy_(codes / codes.std().clamp(min=TINY))
    for stream in (*model.spec.tokens_in, model.spec.output):
        if stream not in codebooks:
            continue
        vectors = _projected(codebooks[stream], model.config.transformer.width, seed)
        if stream == model.spec.output:
            _fill(model.tokens, vectors)
            spread = vectors.pow(2).mean(dim=(1, 2), keepdim=True).sqrt().clamp(min=TINY)
            model.heads.copy_(vectors / spread * HEAD_GAIN * vectors.shape[-1] ** -0.5)
        else:
            embedding = model.conditioner.adapters[stream]
            assert isinstance(embedding, LevelEmbedding)
            _fill(embedding, vectors)
    share = torch.from_numpy((counts + 1) / (counts + 1).sum(axis=1, keepdims=True))
    model.bias.copy_(share.log())


def _projected(
    codebook: Float[np.ndarray, "level vocab code"], width: int, seed: int
) -> Float[Tensor, "level vocab width"]:
    """The vectors of each level about their mean, in `width` dimensions; lengths and angles keep their
    proportions where `width` is no less than `code`, and roughly else.
    """
    code = codebook.shape[-1]
    generator = torch.Generator().manual_seed(derive_seed(seed, "codebook projection", code))
    drawn = torch.randn(max(code, width), max(code, width), generator=generator, dtype=torch.float64)
    basis = torch.linalg.qr(drawn).Q[:code, :width].float()
    vectors = torch.from_numpy(codebook).float()
    return (vectors - vectors.mean(dim=1, keepdim=True)) @ basis


def _fill(embedding: LevelEmbedding, vectors: Float[Tensor, "level vocab width"]) -> None:
    """Tables of all levels on one scale, such that the sum over levels has unit variance in each dimension."""
    scale = vectors.pow(2).mean(dim=(1, 2)).sum().sqrt().clamp(min=TINY)
    for table, of_level in zip(embedding.tables, vectors / scale, strict=True):
        table.get_parameter("weight")[: len(of_level)] = of_level
