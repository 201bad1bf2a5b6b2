"""Stage model: predicts one token stream from conditions and earlier tokens (paper, section "Stages").

Shapes: `batch` clips, `level` codebooks predicted, `t` frames predicted, `step` decoder steps (models/patterns.py),
`t_memory` elements of the input sequence, `width` model width, `vocab` values of a token.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int, Num
from pydantic import Field
from torch import Tensor, nn

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.models import stages
from v2meow_pipeline.models.conditioning import Conditioner, LevelEmbedding
from v2meow_pipeline.models.patterns import MASKED, TokenOrder
from v2meow_pipeline.models.positions import TimeEmbedding
from v2meow_pipeline.models.streams import VISUAL, Feature, input_streams
from v2meow_pipeline.models.training_targets import training_examples
from v2meow_pipeline.models.transformer import Transformer, TransformerConfig

Conditions = Mapping[str, Num[Tensor, "batch ..."]]


class StageModelConfig(Config):
    """Configuration of a stage model.

    Attributes:
        stage: name of a stage in models/stages.py.
        features: visual features by name: the width of a continuous one, or the token grid of a discrete one.
        music_text: whether the stage is conditioned on the music-text embedding; None follows the paper, where only
            the first stage is. MusicLM (arXiv 2301.11325, section 3.2) also conditions its acoustic stages on it.
        music_text_width: width of the music-text embedding (the paper's MuLan: 128).
        clock: frame rates and codebook sizes.
        transformer: Transformer sizes; with encoder_layers 0 the conditions are a prefix of the decoder's sequence.
        pattern: token order; None takes the stage's default. The paper uses "flatten". "masked" makes the decoder
            bidirectional and decodes each level in a few rounds (models/refinement.py).
        crop_s: duration of a training example in seconds; None takes the stage's default (the paper's). Shorter crops
            are cheaper; the model is given their position in the clip (`start_s`).
        time_positions: adds an embedding of the time in seconds to encoder and decoder inputs (not in the paper).
        time_aligned: adds the encoder outputs at the same time to each decoder input (not in the paper).
        events: whether the stage is conditioned on an event curve (encoders/event_curves.py; not in the paper).
        visual_dropout: fraction of training examples whose visual features are dropped.
        events_dropout: fraction of training examples whose event curve is dropped.
        joint_dropout: fraction of training examples with all optional conditions dropped; needed for classifier-free
            guidance.
        music_text_dropout: fraction of training examples whose music-text embedding is dropped. High, because the
            embedding is computed from the target audio and would outweigh the video, and most users give no prompt.
    """

    stage: str
    features: dict[str, Feature] = Field(default_factory=dict)
    music_text: bool | None = Field(default=None, exclude_if=lambda choice: choice is None)
    music_text_width: int = Field(default=128, gt=0)
    clock: Clock = Field(default_factory=Clock)
    transformer: TransformerConfig = Field(default_factory=TransformerConfig)
    pattern: stages.Pattern | None = None
    crop_s: float | None = Field(default=None, gt=0)
    time_positions: bool = True
    time_aligned: bool = True
    # Excluded from fingerprints when off, so that checkpoints older than these options keep their fingerprints.
    events: bool = Field(default=False, exclude_if=lambda on: not on)
    events_dropout: float = Field(default=0.0, ge=0, le=1, exclude_if=lambda share: share == 0)
    joint_dropout: float = Field(default=0.0, ge=0, le=1, exclude_if=lambda share: share == 0)
    visual_dropout: float = Field(default=0.1, ge=0, le=1)
    music_text_dropout: float = Field(default=0.5, ge=0, le=1)

    @property
    def spec(self) -> stages.StageSpec:
        """Definition of the stage, with this configuration's choice of conditions."""
        spec = stages.stage(self.stage)
        return spec if self.music_text is None else replace(spec, music_text=self.music_text)

    def all_features(self) -> dict[str, Feature]:
        """Visual features of the stage, including the event curve if it is enabled."""
        return {**self.features, **({stages.EVENTS: stages.EVENT_CHANNELS} if self.events else {})}


class Encoded(NamedTuple):
    """Values computed once per clip, independent of the tokens.

    Attributes:
        memory: encoder outputs, or the prefix of a decoder-only model.
        decoder_bias: embedding of time and aligned conditions that is added to each decoder input.
    """

    memory: Float[Tensor, "batch t_memory width"]
    decoder_bias: Float[Tensor, "#batch step width"]


class StageOutput(NamedTuple):
    """Predictions and losses of a stage model.

    Attributes:
        logits: logits of each token.
        tokens: target tokens; -1 where there is none.
        loss: cross-entropy in nats per token, averaged over levels.
        level_loss: cross-entropy of each level, in nats per token.
    """

    logits: Float[Tensor, "batch level t vocab"]
    tokens: Int[Tensor, "batch level t"]
    loss: Float[Tensor, ""]
    level_loss: Float[Tensor, "level"]

    def level_accuracy(self) -> Float[Tensor, "level"]:
        """Fraction of tokens of each level whose most likely prediction is correct; not computed in training."""
        with torch.no_grad():
            correct = (self.logits.argmax(dim=-1) == self.tokens).sum(dim=(0, 2))
            return correct / (self.tokens >= 0).sum(dim=(0, 2)).clamp(min=1)


class StageModel(nn.Module):
    """Stage model: input adapters, a Transformer and one output head per level."""

    def __init__(self, config: StageModelConfig) -> None:
        """Builds the model with random weights.

        Args:
            config: configuration of the model.
        """
        super().__init__()
        self.config = config
        self.spec = config.spec
        clock, width = config.clock, config.transformer.width
        self.levels = stages.token_levels(self.spec.output, clock)
        self.vocab = stages.token_vocab(self.spec.output, clock)
        self.rate_hz = stages.token_hz(self.spec.output, clock)
        self.pattern = config.pattern or self.spec.pattern
        time = TimeEmbedding(width) if config.time_positions else None
        streams = input_streams(self.spec, config.features, clock, config.music_text_width, config.events)
        self.conditioner = Conditioner(streams, width, time)
        timed = self.conditioner.timed if config.time_aligned else 0
        self.align = nn.Linear(timed * width, width, bias=False) if timed else None
        self.transformer = Transformer(config.transformer.model_copy(update={"causal": not self.masked}))
        self.tokens = LevelEmbedding(self.levels, self.vocab, width)
        self.heads = nn.Parameter(torch.randn(self.levels, self.vocab, width) * 0.1 * width**-0.5)
        self.bias = nn.Parameter(torch.zeros(self.levels, self.vocab))

    @property
    def crop_s(self) -> float:
        """Duration of a training example, in seconds."""
        return self.config.crop_s or self.spec.crop_s

    @property
    def sees_video(self) -> bool:
        """Whether any input stream is computed from the video."""
        return any(stream.of_video for stream in self.conditioner.streams)

    @property
    def special(self) -> int:
        """Index of the special token, which fills positions without a token."""
        return self.vocab

    @property
    def decoder_only(self) -> bool:
        """Whether the conditions are a prefix of the decoder's sequence."""
        return self.config.transformer.encoder_layers == 0

    @property
    def masked(self) -> bool:
        """Whether tokens are decoded by masked refinement rather than autoregressively."""
        return self.pattern == MASKED

    def order(self, t: int) -> TokenOrder:
        """Token order for `t` frames."""
        return _order(self.pattern, self.levels, t)

    def encode(
        self,
        conditions: Conditions,
        batch: int,
        t: int,
        dropped: Mapping[str, Bool[Tensor, "batch"]] | None = None,
        start_s: Float[Tensor, "#batch"] | None = None,
    ) -> Encoded:
        """Encodes the conditions, which do not depend on the tokens.

        Args:
            conditions: values by stream name (models/conditioning.py); absent ones are replaced by null vectors.
            batch: number of clips.
            t: number of frames to predict.
            dropped: mask by stream group; the streams of masked clips are replaced by null vectors.
            start_s: start of each example within its clip, in seconds; None for 0.

        Returns:
            Encoder outputs and the bias of the decoder inputs.
        """
        duration_s = t / self.rate_hz
        memory = self.transformer.encode(self.conditioner(conditions, batch, duration_s, dropped, start_s))
        frames = self.order(t).frame_of_step.to(memory.device)
        times_s = frames / self.rate_hz
        decoder_bias = torch.zeros(1, 1, memory.shape[-1], device=memory.device).expand(1, len(times_s), -1)
        if self.conditioner.time is not None:
            decoder_bias = decoder_bias + self.conditioner.time(
                times_s[None] if start_s is None else start_s[:, None] + times_s
            )
        if self.align is not None:
            aligned = memory[:, self.conditioner.aligned(frames, self.rate_hz, duration_s)]
            decoder_bias = decoder_bias + self.align(aligned.permute(0, 2, 1, 3).flatten(2))
        return Encoded(memory, decoder_bias)

    def forward(
        self,
        conditions: Conditions,
        tokens: Int[Tensor, "batch level t"],
        start_s: Float[Tensor, "#batch"] | None = None,
        hide_features: bool = False,
    ) -> StageOutput:
        """Teacher-forced predictions of all tokens and their loss.

        Args:
            conditions: values by stream name; absent ones are replaced by null vectors.
            tokens: target tokens; -1 where there is none.
            start_s: start of each example within its clip, in seconds; None for 0.
            hide_features: drops all optional conditions, to measure their contribution to the loss.

        Returns:
            Logits and losses (nats).
        """
        batch, _, t = tokens.shape
        order = self.order(t)
        dropped = self._dropped(batch, tokens.device, hide_features)
        encoded = self.encode(conditions, batch, t, dropped, start_s)
        logits: list[Tensor] = []
        targets: list[Tensor] = []
        for example in training_examples(tokens, order, self.special, self.masked, self.training):
            hidden = self.decode(example.shown, encoded)
            logits.append(self.logits(hidden[:, order.step_of.to(hidden.device)])[:, example.levels])
            targets.append(example.targets[:, example.levels])
        if len(logits) > 1:
            logits, targets = [torch.cat(logits, dim=1)], [torch.cat(targets, dim=1)]
        return _scored(logits[0], targets[0])

    def decode(self, shown: Int[Tensor, "batch level step"], encoded: Encoded) -> Float[Tensor, "batch step width"]:
        """Decoder hidden states of a whole sequence.

        Args:
            shown: input tokens of the decoder at each step.
            encoded: result of `encode`, with the same number of rows.

        Returns:
            One vector per step.
        """
        inputs = self.tokens(shown) + encoded.decoder_bias
        if not self.decoder_only:
            return self.transformer.decode(inputs, encoded.memory)
        hidden = self.transformer.decode(torch.cat([encoded.memory, inputs], dim=1))
        return hidden[:, encoded.memory.shape[1] :]

    def logits(self, hidden: Float[Tensor, "batch level t width"]) -> Float[Tensor, "batch level t vocab"]:
        """Logits of each level from the hidden states at the steps that predict it."""
        # Level by level in memory: the gradient of the bias then is a sum over contiguous rows.
        rows = hidden.transpose(0, 1).flatten(1, 2)
        logits = torch.baddbmm(self.bias[:, None], rows, self.heads.transpose(1, 2))
        return logits.unflatten(1, (len(hidden), -1)).transpose(0, 1)

    def _dropped(self, batch: int, device: torch.device, hide_features: bool) -> dict[str, Bool[Tensor, "batch"]]:
        config = self.config
        rates = {VISUAL: config.visual_dropout, stages.MUSIC_TEXT: config.music_text_dropout}
        rates |= {stages.EVENTS: config.events_dropout} if config.events else {}
        if hide_features:
            return {group: torch.ones(batch, dtype=torch.bool, device=device) for group in rates}
        if not self.training:
            return {}
        dropped = {group: torch.rand(batch, device=device) < rate for group, rate in rates.items()}
        if config.joint_dropout == 0:
            return dropped
        joint = torch.rand(batch, device=device) < config.joint_dropout
        return {group: mask | joint for group, mask in dropped.items()}


@lru_cache(maxsize=64)
def _order(pattern: str, levels: int, t: int) -> TokenOrder:
    # The result is cached, so its tensors must not be inference tensors even if the first call is in inference mode.
    with torch.inference_mode(False):
        return TokenOrder(pattern, levels, t)


def _scored(logits: Float[Tensor, "batch level t vocab"], tokens: Int[Tensor, "batch level t"]) -> StageOutput:
    by_level = tokens.transpose(0, 1)
    known = (by_level >= 0).float()
    count = known.sum(dim=(1, 2))
    rows = logits.transpose(0, 1).flatten(0, 2).float()
    loss = F.cross_entropy(rows, by_level.flatten(), ignore_index=-1, reduction="none")
    level_loss = loss.view(by_level.shape).sum(dim=(1, 2)) / count.clamp(min=1)
    has_targets = (count > 0).float()
    mean = (level_loss * has_targets).sum() / has_targets.sum().clamp(min=1)
    return StageOutput(logits, tokens, mean, level_loss)
