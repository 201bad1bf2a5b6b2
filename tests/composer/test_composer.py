"""From features to codes, with the models of the test environment."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from v2meow_pipeline.app.demo import real_clip
from v2meow_pipeline.composer import Bundle, Composer, ComposerConfig
from v2meow_pipeline.composer.composer import Features
from v2meow_pipeline.composer.guard import GuardConfig
from v2meow_pipeline.encoders.music_text_predictor import MusicTextPredictor
from v2meow_pipeline.errors import MissingModelError

# The trained project is made once: all tests that look at it run in one worker.
pytestmark = pytest.mark.xdist_group("trained")

COARSE = slice(0, 4)


@pytest.fixture(scope="module")
def composer(trained: Path) -> Composer:
    """A composer that decodes two clips at a time."""
    return Composer(Bundle.load(trained / "data/test/06_models"), ComposerConfig(rows=2))


def _seen(clips: int) -> Features:
    rng = np.random.default_rng(0)
    widths = {"efficientnet_lite0": 1280, "flow_statistics": 184}
    return {name: rng.normal(size=(clips, 10, width)).astype(np.float32) for name, width in widths.items()}


def _first(seen: Features, clips: int) -> Features:
    return {name: values[:clips] for name, values in seen.items()}


def test_a_clip_sounds_the_same_alone_and_beside_others(composer: Composer) -> None:
    """Catches music that changes with the batch it is made in."""
    seen, windows = _seen(3), composer.windows(10.0)
    together = composer.compose([seen], windows, [7, 8, 9]).codes
    alone = composer.compose([_first(seen, 1)], windows, [7]).codes
    np.testing.assert_array_equal(together[0], alone[0])
    assert together.shape == (3, 12, 500)


def test_a_longer_video_begins_like_a_shorter_one(composer: Composer) -> None:
    """Catches a window that forgets what the one before it played, or shifts it."""
    seen = _seen(1)
    short = composer.compose([seen], composer.windows(10.0), [7]).codes
    windows = composer.windows(14.0)
    long = composer.compose([seen] * len(windows), windows, [7]).codes
    assert long.shape == (1, 12, 750)
    np.testing.assert_array_equal(long[:, COARSE, :500], short[:, COARSE])


def test_seed_and_prompt_change_the_music(composer: Composer) -> None:
    """Catches a seed or a prompt that is read and ignored."""
    seen, windows = _seen(1), composer.windows(10.0)
    plain = composer.compose([seen], windows, [7]).codes
    assert (composer.compose([seen], windows, [8]).codes != plain).any()
    described = composer.compose([seen], windows, [7], composer.embed_prompt("calm solo piano", 1)).codes
    assert (described != plain).any()


def test_without_a_prompt_the_embedding_is_predicted_from_the_video(composer: Composer) -> None:
    """Catches a prediction that is not used, that overrules a prompt, or that is made where no video is seen."""
    seen, windows, rng = _seen(1), composer.windows(10.0), np.random.default_rng(1)
    widths = {name: values.shape[-1] for name, values in seen.items()}
    weight = rng.normal(size=(2 * sum(widths.values()), 128)).astype(np.float32)
    predictor = MusicTextPredictor(widths, weight, np.zeros(128, np.float32), alpha=1.0)
    predicting = Composer(dataclasses.replace(composer.bundle, predictor=predictor), composer.config)
    codes = predicting.compose([seen], windows, [7]).codes
    np.testing.assert_array_equal(codes, composer.compose([seen], windows, [7], predictor.predict(seen)).codes)
    assert (codes != composer.compose([seen], windows, [7]).codes).any()
    prompt = composer.embed_prompt("calm solo piano", 1)
    for features, told in (([seen], prompt), ([{}], None)):
        same = [one.compose(features, windows, [7], told).codes for one in (composer, predicting)]
        np.testing.assert_array_equal(*same)


def test_a_prediction_that_is_asked_for_needs_its_predictor(composer: Composer) -> None:
    """Catches an option that is read and ignored."""
    with pytest.raises(MissingModelError, match="music_text_predictor"):
        Bundle.load(composer.bundle.folder, ComposerConfig(predict_music_text=True))


def test_music_can_be_written_blind(composer: Composer) -> None:
    """Catches the control without video falling over, or being the model with video."""
    windows = composer.windows(10.0)
    blind = composer.compose([{}], windows, [7]).codes
    assert (blind != composer.compose([_seen(1)], windows, [7]).codes).any()


def test_a_real_clip_is_watched_once_for_overlapping_windows(composer: Composer) -> None:
    """Catches features of the wrong length at the end of a video, where the last frame is held."""
    windows = composer.windows(14.0)
    first, second = composer.extract_features(real_clip(), windows)
    assert first["efficientnet_lite0"].shape == second["efficientnet_lite0"].shape == (1, 10, 1280)
    # Seconds 5 to 10 are seen by both windows.
    np.testing.assert_allclose(first["efficientnet_lite0"][:, 5:], second["efficientnet_lite0"][:, :5], atol=1e-5)


def test_the_wave_is_as_long_as_the_video(composer: Composer) -> None:
    """Catches music that ends before the picture or after it."""
    codes = composer.compose([_seen(1)], composer.windows(10.0), [7]).codes[0]
    wave = composer.render(codes, 9.5)
    assert len(wave) == 9.5 * 16_000
    assert wave.dtype == np.float32


def test_no_click_is_heard_where_windows_meet(composer: Composer) -> None:
    """Catches windows, blocks of fine tokens or chunks of sound that are joined out of phase."""
    windows = composer.windows(24.0)
    wave = composer.render(composer.compose([_seen(1)] * len(windows), windows, [7]).codes[0])
    jumps = np.abs(np.diff(wave))
    seams = [round(s * 16_000) for s in (10, 15, 20)]
    assert max(jumps[s - 400 : s + 400].max() for s in seams) <= 1.5 * np.quantile(jumps, 0.9995)


def test_silence_is_drawn_again_and_told(composer: Composer) -> None:
    """Catches a guard that is read and ignored: a codec that only gives silence must be noticed, and the end kept."""

    class Mute:
        clock = composer.clock

        def decode(self, codes: np.ndarray, seed: int = 0) -> np.ndarray:
            return np.zeros(codes.shape[1] * 320, np.float32)

    bundle = dataclasses.replace(composer.bundle, codec=Mute())  # type: ignore[arg-type]
    guard = GuardConfig(attempts=2)
    made = Composer(bundle, ComposerConfig(rows=2, guard=guard)).compose([_seen(1)], composer.windows(10.0), [7])
    (entry,) = [redrawn for redrawn in made.redrawn if redrawn.stage == "coarse"]
    assert entry.faults == ("100% of the sound is silence",) * 3 and not entry.resolved
    off = ComposerConfig(rows=2, guard=GuardConfig(enabled=False))
    assert Composer(bundle, off).compose([_seen(1)], composer.windows(10.0), [7]).redrawn == []


def test_given_tokens_are_kept_and_the_stages_after_them_run(composer: Composer) -> None:
    """Catches true tokens that are replaced, and seeds that shift when a stage is left out."""
    seen, windows, clock = _seen(2), composer.windows(10.0), composer.clock
    rng = torch.Generator().manual_seed(0)
    shapes = {"semantic": (1, clock.t_semantic), "coarse": (4, clock.t_acoustic), "fine": (8, clock.t_acoustic)}
    true = {name: torch.randint(1024, (2, *shape), generator=rng) for name, shape in shapes.items()}
    known = {name: true[name] for name in ("semantic", "coarse")}
    codes = composer.compose([seen], windows, [7, 8], given=known).codes
    np.testing.assert_array_equal(codes[:, COARSE], true["coarse"].numpy())
    assert (codes[:, 4:] != true["fine"].numpy()).any()
    whole = composer.compose([seen], windows, [7, 8], given=true).codes
    np.testing.assert_array_equal(whole, torch.cat([true["coarse"], true["fine"]], dim=1).numpy())
    plain = composer.compose([seen], windows, [7, 8]).codes
    own = {"coarse": torch.from_numpy(plain[:, COARSE].astype(np.int64))}
    again = composer.compose([seen], windows, [7, 8], given={"semantic": true["semantic"], **own}).codes
    np.testing.assert_array_equal(again, plain)


def test_a_path_without_a_fine_stage_gives_its_own_levels(composer: Composer) -> None:
    """Catches three stages that are taken for granted: the codec decodes as many levels as there are."""
    stages = {name: model for name, model in composer.bundle.stages.items() if name != "fine"}
    short = Composer(dataclasses.replace(composer.bundle, stages=stages), composer.config)
    codes = short.compose([_seen(1)], short.windows(10.0), [7]).codes
    assert codes.shape == (1, 4, 500)
    assert len(short.render(codes[0], 10.0)) == 160_000
