"""Several takes of several clips: evaluation and generation select the same one."""

from fractions import Fraction

import numpy as np
import pytest
from tests.support.media_makers import make_constant
from tests.support.small_models import make_small_models

from v2meow_pipeline.composer import Composer
from v2meow_pipeline.composer.take_selection import ClipTakes, compose_takes
from v2meow_pipeline.composer.takes import beats_on_events
from v2meow_pipeline.corpus.clip_audio import to_pcm
from v2meow_pipeline.evaluation.generate import compose_waves
from v2meow_pipeline.metrics.silence import silent_share
from v2meow_pipeline.models.stages import EVENTS

SEEDS = [40, 70]


@pytest.fixture(scope="module")
def composer(tmp_path_factory: pytest.TempPathFactory) -> Composer:
    """Small models that are configured for two takes."""
    composer = Composer.from_pretrained(make_small_models(tmp_path_factory.mktemp("models") / "small"))
    return Composer(composer.bundle, composer.config.model_copy(update={"takes": 2}))


@pytest.fixture(scope="module")
def seen(composer: Composer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """Features of two clips with different events, by name [clip, t, width]."""
    video = make_constant(tmp_path_factory.mktemp("video") / "clip.mp4", Fraction(10), composer.clock.clip_s)
    [features] = composer.extract_features(video, composer.windows(composer.clock.clip_s), events=True)
    both = {name: np.repeat(values, 2, axis=0) for name, values in features.items()}
    both[EVENTS][..., 0] = 0.0
    both[EVENTS][0, [5, 20, 35], 0] = 1.0
    both[EVENTS][1, [10, 30], 0] = 1.0
    return both


def takes_of(composer: Composer, seen: dict[str, np.ndarray], seeds: list[int], takes: int) -> list[ClipTakes]:
    duration_s = composer.clock.clip_s
    return compose_takes(composer, [seen], composer.windows(duration_s), seeds, takes, duration_s)


def test_each_take_is_the_music_of_its_seed_alone(composer: Composer, seen: dict[str, np.ndarray]) -> None:
    """Catches takes that are assigned to the wrong clip or seed."""
    made = takes_of(composer, seen, SEEDS, 2)
    for clip, first_seed in enumerate(SEEDS):
        assert [take.seed for take in made[clip].scores] == [first_seed, first_seed + 1]
        of_clip = {name: values[clip : clip + 1] for name, values in seen.items()}
        for take in range(2):
            [alone] = takes_of(composer, of_clip, [first_seed + take], 1)
            np.testing.assert_array_equal(made[clip].waves[take], alone.waves[0])


def test_takes_are_scored_on_the_events_of_their_own_clip(composer: Composer, seen: dict[str, np.ndarray]) -> None:
    """Catches scores on the events of another clip, and a best take that is not the one with the best score."""
    rate_hz, event_hz = composer.clock.sample_rate_hz, composer.clock.event_hz
    for clip, (made, frames) in enumerate(
        zip(takes_of(composer, seen, SEEDS, 2), ([5, 20, 35], [10, 30]), strict=True)
    ):
        scores = [beats_on_events(wave, rate_hz, np.array(frames) / event_hz) for wave in made.waves]
        assert [take.on_events for take in made.scores] == pytest.approx(scores), clip
        silent = [silent_share(wave, rate_hz) for wave in made.waves]
        assert [take.silent_share for take in made.scores] == pytest.approx(silent), clip
        totals = [score - share for score, share in zip(scores, silent, strict=True)]
        assert totals[made.best] == max(totals)


def test_evaluation_measures_the_take_that_generation_keeps(composer: Composer, seen: dict[str, np.ndarray]) -> None:
    """Catches an evaluation that ignores the configured number of takes."""
    best = [made.waves[made.best] for made in takes_of(composer, seen, SEEDS, 2)]
    np.testing.assert_array_equal(compose_waves(composer, seen, None, SEEDS), to_pcm(np.stack(best)))


def test_without_video_there_is_one_take(composer: Composer) -> None:
    """Catches takes that are compared on events that the model was not given."""
    single = Composer(composer.bundle, composer.config.model_copy(update={"takes": 1}))
    np.testing.assert_array_equal(compose_waves(composer, {}, None, SEEDS), compose_waves(single, {}, None, SEEDS))
