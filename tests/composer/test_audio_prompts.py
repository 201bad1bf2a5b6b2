"""Excerpts of training music that generated music continues."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from v2meow_pipeline.checkpoint import load_checkpoint, save_checkpoint
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.composer import Bundle, Composer, ComposerConfig
from v2meow_pipeline.composer.audio_prompts import AudioPrompts
from v2meow_pipeline.composer.prompted_windows import PromptInserter
from v2meow_pipeline.composer.windows import ClipWindow
from v2meow_pipeline.errors import MissingModelError, V2MeowError
from v2meow_pipeline.seeding import derive_seed

CLOCK, SECONDS, WIDTH = Clock(), 5.0, 128


def make_bank(count: int = 6) -> AudioPrompts:
    """Random tokens; the embeddings are unit vectors of different dimensions."""
    rng = np.random.default_rng(0)
    semantic = rng.integers(0, CLOCK.semantic_vocab, (count, 1, CLOCK.semantic_frames(SECONDS)))
    levels, t = CLOCK.coarse_levels, CLOCK.acoustic_frames(SECONDS)
    coarse = rng.integers(0, CLOCK.acoustic_vocab, (count, levels, t))
    events = rng.random((count, CLOCK.event_frames(SECONDS), 2)).astype(np.float16)
    tokens = {"semantic": semantic.astype(np.int16), "coarse": coarse.astype(np.int16)}
    return AudioPrompts(tokens, events, np.eye(count, WIDTH, dtype=np.float16), SECONDS)


def wanted(*dimensions: int) -> np.ndarray:
    """Embeddings that are the most similar to those of the excerpts with these numbers, the earlier the more."""
    values = np.zeros((1, WIDTH), np.float32)
    values[0, list(dimensions)] = 1 - 0.1 * np.arange(len(dimensions))
    return values


def test_one_of_the_most_similar_excerpts_is_drawn() -> None:
    """Catches a selection that ignores the embedding, the seed, or the number of choices."""
    bank, style = make_bank(), wanted(4, 1)
    assert bank.nearest(style, 2).tolist() == [[4, 1]]
    drawn = bank.select(np.repeat(style, 20, axis=0), range(20), 2, SECONDS).tokens["semantic"]
    found = {tuple(row.tolist()) for row in drawn[:, 0]}
    excerpts = [bank.select(wanted(number), [0], 1, SECONDS).tokens["semantic"][0, 0] for number in (4, 1)]
    assert found == {tuple(excerpt.tolist()) for excerpt in excerpts}
    assert torch.equal(bank.select(style, [7], 2, SECONDS).tokens["semantic"][0], drawn[7])


def test_a_shorter_excerpt_is_the_end_of_the_longer_one() -> None:
    """Catches music that continues something else than what comes right before it."""
    bank = make_bank()
    whole, end = (bank.select(wanted(2), [0], 1, seconds) for seconds in (SECONDS, 2.0))
    for name, values in end.tokens.items():
        assert torch.equal(values, whole.tokens[name][:, :, -values.shape[2] :])
    assert end.tokens["semantic"].shape[2] == CLOCK.semantic_frames(2.0)
    np.testing.assert_array_equal(end.events, whole.events[:, -CLOCK.event_frames(2.0) :])


def test_they_are_the_same_from_their_checkpoint(tmp_path: Path) -> None:
    bank = make_bank()
    bank.save(tmp_path / "bank", "made", {"made_with": {}})
    again = AudioPrompts.load(tmp_path / "bank", CLOCK)
    before, after = (one.select(wanted(3), [5], 4, SECONDS) for one in (bank, again))
    assert len(again) == len(bank)
    assert all(torch.equal(before.tokens[name], after.tokens[name]) for name in ("semantic", "coarse"))
    np.testing.assert_allclose(before.events, after.events)


@pytest.mark.parametrize("fault", ["out of range", "negative", "other levels", "no excerpts", "floats", "missing"])
def test_a_damaged_checkpoint_is_refused(tmp_path: Path, fault: str) -> None:
    """Catches tokens that index an embedding out of its range."""
    make_bank().save(tmp_path / "bank", "made", {})
    config, arrays = load_checkpoint(tmp_path / "bank")
    coarse = arrays["coarse"]
    changes: dict[str, dict[str, np.ndarray]] = {
        "out of range": {"coarse": coarse + np.int16(CLOCK.acoustic_vocab)},
        "negative": {"coarse": coarse - np.int16(CLOCK.acoustic_vocab)},
        "other levels": {"coarse": coarse[:, :1]},
        "no excerpts": {name: values[:0] for name, values in arrays.items()},
        "floats": {"coarse": coarse.astype(np.float32)},
    }
    kept = {name: values for name, values in arrays.items() if (fault, name) != ("missing", "coarse")}
    save_checkpoint(tmp_path / "bank", config, {**kept, **changes.get(fault, {})})
    with pytest.raises(V2MeowError, match="invalid"):
        AudioPrompts.load(tmp_path / "bank", CLOCK)


def _seen(clips: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    shapes = {"efficientnet_lite0": (10, 1280), "flow_statistics": (10, 184), "events": (250, 2)}
    return {name: rng.normal(size=(clips, *shape)).astype(np.float32) for name, shape in shapes.items()}


def test_the_first_window_is_before_the_video_and_has_the_prompts_events() -> None:
    """Catches features that are not in time with the tokens."""
    inserter, seen = PromptInserter(make_bank(), CLOCK, ComposerConfig(audio_prompt_choices=1)), _seen(1)
    made = inserter.insert([seen], [ClipWindow(0.0, 0.0)], [wanted(3)], [7])
    assert made is not None
    assert made.windows == [ClipWindow(0.0, 5.0), ClipWindow(5.0, 5.0)]
    first, second = made.seen
    prompt = made.prompts[0]
    assert prompt is not None and made.prompts[1] is None
    np.testing.assert_array_equal(first["events"][:, :125], prompt.events)
    np.testing.assert_array_equal(first["events"][:, 125:], seen["events"][:, :125])
    np.testing.assert_array_equal(first["efficientnet_lite0"][:, 5:], seen["efficientnet_lite0"][:, :5])
    np.testing.assert_array_equal(first["efficientnet_lite0"][:, 4], seen["efficientnet_lite0"][:, 0])
    np.testing.assert_array_equal(second["events"], seen["events"])


def test_a_change_of_style_replaces_the_known_part_of_its_window() -> None:
    """Catches scenes whose prompt has no effect, and windows without a change that lose the music before."""
    inserter, seen = PromptInserter(make_bank(), CLOCK, ComposerConfig(audio_prompt_choices=1)), _seen(1)
    windows = [ClipWindow(0.0, 0.0), ClipWindow(5.0, 5.0), ClipWindow(9.0, 5.0)]
    made = inserter.insert([seen] * 3, windows, [None, wanted(3), wanted(3)], [7])
    assert made is not None and made.windows == windows and made.lead_s == 0
    assert [prompt is not None for prompt in made.prompts] == [False, True, False]
    np.testing.assert_array_equal(made.seen[1]["efficientnet_lite0"][:, 0], seen["efficientnet_lite0"][:, 5])
    np.testing.assert_array_equal(made.seen[1]["events"][:, 125:], seen["events"][:, 125:])
    assert inserter.insert([seen], windows[:1], [None], [7]) is None


@pytest.mark.parametrize("overlap", [0.5, 0.9])
def test_an_excerpt_shorter_than_the_known_part_replaces_its_end(overlap: float) -> None:
    """Catches tokens and events that are wrapped around, where eight seconds are known and an excerpt has five."""
    config = ComposerConfig(audio_prompt_choices=1, overlap=overlap)
    inserter, seen = PromptInserter(make_bank(), CLOCK, config), _seen(1)
    made = inserter.insert([seen] * 2, [ClipWindow(0.0, 0.0), ClipWindow(2.0, 8.0)], [None, wanted(3)], [7])
    assert made is not None and made.prompts[1] is not None
    whole = make_bank().select(wanted(3), [0], 1, SECONDS)
    assert torch.equal(made.prompts[1].tokens["semantic"], whole.tokens["semantic"])
    np.testing.assert_array_equal(made.seen[1]["events"][:, 75:200], whole.events)
    np.testing.assert_array_equal(made.seen[1]["events"][:, 200:], seen["events"][:, 200:])
    start = inserter.insert([seen], [ClipWindow(0.0, 0.0)], [wanted(3)], [7])
    assert start is not None and start.lead_s == SECONDS


@pytest.fixture(scope="module")
def composer(trained: Path) -> Composer:
    """A composer with audio prompts."""
    bundle = Bundle.load(trained / "data/test/06_models")
    return Composer(dataclasses.replace(bundle, audio_prompts=make_bank()), ComposerConfig(audio_prompt_choices=2))


@pytest.mark.xdist_group("trained")
def test_music_with_a_style_continues_an_excerpt(composer: Composer) -> None:
    """Catches a prompt that is not continued, that is heard, or tokens that are not in time with the video."""
    seen, style, [window] = _seen(1), wanted(3), composer.windows(10.0)
    made = composer.compose([seen], [window], [7], style)
    plain = Composer(dataclasses.replace(composer.bundle, audio_prompts=None), composer.config)
    prompt = make_bank().select(style, [derive_seed(7, 0)], 2, SECONDS)
    windows = [ClipWindow(0.0, 5.0), ClipWindow(5.0, 5.0)]
    held = {name: np.repeat(values[:, :1], values.shape[1] // 2, axis=1) for name, values in seen.items()}
    held["events"] = prompt.events
    first = {name: np.concatenate([held[name], values], axis=1)[:, : values.shape[1]] for name, values in seen.items()}
    by_hand = plain.compose([first, seen], windows, [7], style, before=prompt.tokens)
    for name in ("semantic", "coarse"):
        skipped = prompt.tokens[name].shape[2]
        assert torch.equal(by_hand.tokens[name][:, :, :skipped], prompt.tokens[name])
        assert torch.equal(made.tokens[name], by_hand.tokens[name][:, :, skipped:])
    assert made.codes.shape == (1, 12, 500)


@pytest.mark.xdist_group("trained")
def test_without_a_style_or_anything_to_generate_there_is_no_prompt(composer: Composer) -> None:
    """Catches a control without video that is given music, and true tokens that are changed."""
    plain = Composer(dataclasses.replace(composer.bundle, audio_prompts=None), composer.config)
    windows = composer.windows(10.0)
    blind = [one.compose([{}], windows, [7]).codes for one in (composer, plain)]
    np.testing.assert_array_equal(*blind)
    true = plain.compose([_seen(1)], windows, [7]).tokens
    given = {name: true[name] for name in ("semantic", "coarse")}
    again = composer.compose([_seen(1)], windows, [7], wanted(3), given=given).tokens
    assert all(torch.equal(again[name], true[name]) for name in true)
    part = composer.compose([_seen(1)], windows, [7], wanted(3), given={"semantic": true["semantic"]}).tokens
    assert torch.equal(part["semantic"], true["semantic"])
    assert part["coarse"].shape == true["coarse"].shape and not torch.equal(part["coarse"], true["coarse"])


@pytest.mark.xdist_group("trained")
def test_a_clip_has_the_same_music_alone_and_beside_others(composer: Composer) -> None:
    """Catches excerpts that depend on the batch."""
    seen, windows = _seen(2), composer.windows(10.0)
    styles = np.concatenate([wanted(1), wanted(4)])
    together = composer.compose([seen], windows, [7, 8], styles).codes
    second = {name: values[1:] for name, values in seen.items()}
    alone = composer.compose([second], windows, [8], styles[1:]).codes
    np.testing.assert_array_equal(together[1:], alone)


@pytest.mark.xdist_group("trained")
def test_prompts_that_are_asked_for_are_needed(composer: Composer) -> None:
    """Catches an option that is read and ignored."""
    with pytest.raises(MissingModelError, match="audio_prompts"):
        Bundle.load(composer.bundle.folder, ComposerConfig(audio_prompts=True))
