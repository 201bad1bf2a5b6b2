"""Strategy (b) of the second stage starts from (a)."""

import pytest
import torch
from tests.support.model_makers import DECODER_ONLY, conditions_of, tiny_config, tiny_model

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.models.warm_start import start_from


def test_the_coarse_stage_takes_over_the_decoder_of_its_audio_only_sister() -> None:
    """Catches a warm start that copies nothing, or overwrites what only the encoder-decoder has."""
    audio = tiny_model("coarse_audio", seed=1, transformer=DECODER_ONLY.model_dump())
    model = tiny_model("coarse")
    cross = model.transformer.decoder.blocks[0].cross_attention.query.weight.clone()
    taken = start_from(model, audio)
    assert {"heads", "bias", "conditioner.adapters.semantic.tables.0.weight"} <= set(taken)
    given, own = dict(audio.named_parameters()), dict(model.named_parameters())
    assert all(torch.equal(own[name], given[name]) for name in taken)
    layers = [name for name in given if name.startswith("transformer.decoder.layers.")]
    assert layers and set(layers) <= set(taken)
    assert torch.equal(model.transformer.decoder.blocks[0].cross_attention.query.weight, cross)


def test_the_audio_only_stage_needs_no_video() -> None:
    """Catches strategy (a) asking for visual features: any music must train it."""
    model = StageModel(tiny_config("coarse_audio", features={}, transformer=DECODER_ONLY.model_dump()))
    assert [stream.name for stream in model.conditioner.streams] == ["semantic"]
    tokens = torch.randint(40, (2, 2, 50))
    assert torch.isfinite(model(conditions_of(model, 2, 50), tokens).loss)


def test_stages_that_do_not_fit_are_refused() -> None:
    """Catches a warm start of half a decoder."""
    with pytest.raises(ConfigError, match="fine tokens"):
        start_from(tiny_model("coarse"), tiny_model("fine"))
    deeper = DECODER_ONLY.model_copy(update={"decoder_layers": 3})
    with pytest.raises(ConfigError, match="decoder_layers"):
        start_from(tiny_model("coarse"), tiny_model("coarse_audio", transformer=deeper.model_dump()))
