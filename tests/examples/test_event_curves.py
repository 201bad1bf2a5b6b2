"""Event curves of training examples, and clips that lack features."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from tests.support.model_makers import CLOCK, tiny_model
from tests.support.stage_corpus import ArrayReader, corpus

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.examples.readers import stack_or_nan
from v2meow_pipeline.examples.stage_examples import StageClips, StageExamples
from v2meow_pipeline.training.stage_job import StageData


def with_events(pictured: Sequence[str]) -> StageData:
    """The corpus of tests with event curves of some of its videos."""
    data = corpus()
    rng = np.random.default_rng(3)
    ids, t_mel = [*data.train, *data.val], round(CLOCK.clip_s * 50)
    curves = np.zeros((len(pictured), CLOCK.t_event, 2), np.float16)
    curves[:, ::25, 0] = 1
    curves[:, :, 1] = 0.25
    sound = {
        "rises": rng.random((len(ids), t_mel, 16)).astype(np.float16),
        "loudness": rng.random((len(ids), t_mel)).astype(np.float16),
    }
    readers = {
        **data.readers,
        "events": ArrayReader(pictured, {"events": curves}),
        "audio_events": ArrayReader(ids, sound),
    }
    return data._replace(readers=readers)


def clips_of(data: StageData, **model: object) -> StageClips:
    return StageClips(tiny_model("semantic", events=True, crop_s=2.0, **model), data.readers, data.train)


def test_validation_sees_the_videos_own_curves_and_training_others() -> None:
    """Random validation curves would hide whether the model improves."""
    data = with_events(corpus().train)
    clips = clips_of(data)
    examples = StageExamples(clips, clips, "test", batch_size=4, seed=0)
    fixed = next(iter(examples.validation())).conditions["events"]
    assert torch.equal(fixed[:, :, 1], torch.full_like(fixed[:, :, 1], 0.25))
    first, again, other = (examples.train(step).conditions["events"] for step in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_ranks_draw_the_curves_of_the_whole_batch() -> None:
    """Two devices with the same random numbers would train on each other's curves."""
    data = with_events(corpus().train)
    clips = clips_of(data)
    examples = StageExamples(clips, clips, "test", batch_size=4, seed=0)
    whole = examples.train(5).conditions["events"]
    parts = [examples.train(5, rank, 2).conditions["events"] for rank in (0, 1)]
    assert torch.equal(torch.stack(parts, dim=1).flatten(0, 1), whole)


def test_clips_without_pictures_train_on_their_sound() -> None:
    """A NaN that reaches the weights ends a training."""
    data = with_events(corpus().train[:3])
    clips = clips_of(data)
    curves = clips.batch(np.arange(len(clips)), np.zeros(len(clips), int), list(range(len(clips)))).conditions["events"]
    assert torch.isfinite(curves).all()
    assert torch.isfinite(clips.batch(np.arange(8), np.zeros(8, int)).conditions["events"]).all()


def test_missing_features_count_as_unknown() -> None:
    """As if they had been hidden, not as zeros: the loss of a clip without pictures is that without conditions."""
    data = corpus()
    reader = data.readers["image"]
    partly = ArrayReader(data.train[1:], {name: values[1:8] for name, values in reader.arrays.items()})
    readers = {**data.readers, "image": partly, "flow": partly}
    model = tiny_model("semantic", crop_s=2.0).eval()
    clips = StageClips(model, readers, data.train)
    clips.fit_adapters(model)
    assert all(torch.isfinite(value).all() for value in model.state_dict().values())
    batch = clips.batch(np.array([0, 1]), np.zeros(2, int))
    assert batch.conditions["image"][0].isnan().all() and batch.conditions["image"][1].isfinite().all()
    seen = model(batch.conditions, batch.tokens, batch.start_s).logits
    text_only = {"music_text": batch.conditions["music_text"][:1]}
    torch.testing.assert_close(seen[:1], model(text_only, batch.tokens[:1], batch.start_s[:1]).logits)


def test_no_clip_with_a_feature_and_missing_tokens_are_refused() -> None:
    reader = ArrayReader(["a"], {"tokens": np.zeros((1, 3), np.int16)})
    with pytest.raises(ConfigError, match="No clip"):
        stack_or_nan(reader, "tokens", ["b"])
    with pytest.raises(ConfigError, match="tokens cannot be"):
        stack_or_nan(reader, "tokens", ["a", "b"])


def test_joint_dropout_hides_everything_at_once() -> None:
    """Guidance contrasts with a model that sees nothing: seen never in training, it is noise."""
    model = tiny_model("semantic", events=True, visual_dropout=0.0, music_text_dropout=0.0, joint_dropout=0.5).train()
    torch.manual_seed(0)
    dropped = model._dropped(400, torch.device("cpu"), False)
    assert set(dropped) == {"visual", "music_text", "events"}
    assert all(torch.equal(mask, dropped["visual"]) for mask in dropped.values())
    assert 0.4 < dropped["visual"].float().mean() < 0.6
