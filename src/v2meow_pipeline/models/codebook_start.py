"""Initialisation of a stage's token embeddings and output heads from the tokenizer codebooks.

A token is the index of a codebook vector: of a residual codebook of the codec, or of a semantic k-means centre. With
embeddings set to projections of these vectors, similar tokens have similar embeddings from the first step. With biases
set to token log-frequencies, training starts at the unigram entropy.

Shapes: `level` codebooks, `vocab` values of a token, `code` width of a codebook vector, `width` model width.
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
    """Sets embeddings and heads from codebook vectors, and biases from token frequencies.

    The levels of a stream share one projection and one scale, so the sum of a frame's embeddings is the projection of
    the sum of its codebook vectors, which is what a residual quantizer decodes.

    Args:
        model: newly built model; changed in place.
        codebooks: codebook vectors [level, vocab, code] by token stream, for input and output streams (visual tokens
            have one level); a stream that is absent keeps its random initialisation.
        counts: occurrences of each output token in the training clips, [level, vocab].
        seed: seeds the random projections.
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
            rms = vectors.pow(2).mean(dim=(1, 2), keepdim=True).sqrt().clamp(min=TINY)
            model.heads.copy_(vectors / rms * HEAD_GAIN * vectors.shape[-1] ** -0.5)
        else:
            embedding = model.conditioner.adapters[stream]
            assert isinstance(embedding, LevelEmbedding)
            _fill(embedding, vectors)
    frequencies = torch.from_numpy((counts + 1) / (counts + 1).sum(axis=1, keepdims=True))
    model.bias.copy_(frequencies.log())


def _projected(
    codebook: Float[np.ndarray, "level vocab code"], width: int, seed: int
) -> Float[Tensor, "level vocab width"]:
    """Centred codebook vectors of each level, projected to `width` dimensions with a random orthogonal matrix.

    Inner products are preserved if `width` >= `code`, and approximately (up to scale) otherwise.
    """
    code = codebook.shape[-1]
    generator = torch.Generator().manual_seed(derive_seed(seed, "codebook projection", code))
    gaussian = torch.randn(max(code, width), max(code, width), generator=generator, dtype=torch.float64)
    basis = torch.linalg.qr(gaussian).Q[:code, :width].float()
    vectors = torch.from_numpy(codebook).float()
    return (vectors - vectors.mean(dim=1, keepdim=True)) @ basis


def _fill(embedding: LevelEmbedding, vectors: Float[Tensor, "level vocab width"]) -> None:
    """Writes the tables of all levels with one common scale, so that the sum over levels has unit variance."""
    scale = vectors.pow(2).mean(dim=(1, 2)).sum().sqrt().clamp(min=TINY)
    for table, level_vectors in zip(embedding.tables, vectors / scale, strict=True):
        table.get_parameter("weight")[: len(level_vectors)] = level_vectors
