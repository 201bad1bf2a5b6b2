"""Conditions: shapes, absence, time."""

import numpy as np
import pytest
import torch
from tests.support.model_makers import conditions_of, tiny_model

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models.conditioning import FeatureAdapter


def test_absent_and_dropped_streams_look_alike() -> None:
    """Catches a model that is trained on one stand-in for a missing prompt and asked with another."""
    model = tiny_model("semantic")
    conditions = conditions_of(model, 2, 50)
    everything = dict.fromkeys(["visual", "music_text"], torch.ones(2, dtype=torch.bool))
    dropped = model.conditioner(conditions, 2, 2.0, everything)
    torch.testing.assert_close(dropped, model.conditioner({}, 2, 2.0))
    assert dropped.shape == (2, 2 + 2 + 1, 32)


def test_a_prompt_without_video_and_a_video_without_prompt_differ() -> None:
    """Catches a condition that is read but not used."""
    model = tiny_model("semantic")
    conditions = conditions_of(model, 1, 50)
    tokens = torch.randint(50, (1, 1, 50))
    text_only = {"music_text": conditions["music_text"]}
    video_only = {name: conditions[name] for name in ("image", "flow")}
    logits = [model(c, tokens).logits for c in (conditions, text_only, video_only, {})]
    for i in range(4):
        for j in range(i):
            assert not torch.allclose(logits[i], logits[j])


@pytest.mark.parametrize(
    ("name", "shape"), [("image", (1, 3, 12)), ("image", (1, 2, 11)), ("music_text", (1, 64)), ("motion", (1, 2, 12))]
)
def test_wrong_shapes_and_names_are_refused_by_name(name: str, shape: tuple[int, ...]) -> None:
    """Catches features of another duration or encoder that would be broadcast or misread in silence."""
    with pytest.raises(ConfigError, match=name):
        tiny_model("semantic").conditioner({name: torch.zeros(shape)}, 1, 2.0)


def test_aligned_finds_what_lies_at_the_same_time() -> None:
    """Catches alignment off by a frame or by a stream: token 0.99 s reads second 0, token 1.00 s reads second 1."""
    model = tiny_model("coarse")
    frames = torch.tensor([0, 49, 50, 99, 250])
    aligned = model.conditioner.aligned(frames, 50, 2.0)
    assert aligned.tolist() == [[0, 0, 1, 1, 1], [2, 2, 3, 3, 3], [4, 4 + 24, 4 + 25, 4 + 49, 4 + 49]]


def test_every_frame_of_a_clip_finds_its_own_token() -> None:
    """Catches times in single precision: 82 of 500 frames read the token before theirs, on a GPU other ones."""
    model = tiny_model("coarse")
    frames = torch.arange(500)
    *_, semantic = model.conditioner.aligned(frames, 50, 10.0)
    assert torch.equal(semantic - semantic[0], frames // 2)


def test_standardising_keeps_how_much_moves() -> None:
    """Catches a per-frame norm, which would make a still and a racing picture look the same."""
    values = np.random.default_rng(0).gamma(2.0, 3.0, (500, 4)).astype(np.float32)
    adapter = FeatureAdapter(4, 8)
    adapter.set_statistics(values)
    calm, wild = adapter(torch.full((1, 1, 4), 1.0)), adapter(torch.full((1, 1, 4), 15.0))
    assert float((calm - wild).detach().abs().max()) > 0.5
    constant = FeatureAdapter(2, 8)
    constant.set_statistics(np.stack([np.ones(9), np.arange(9)], axis=1).astype(np.float32))
    assert bool(torch.isfinite(constant(torch.zeros(1, 1, 2))).all())
