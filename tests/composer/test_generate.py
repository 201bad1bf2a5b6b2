"""Files that `generate` writes."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.hard_videos import gif
from tests.support.media_makers import make_constant
from tests.support.small_models import make_small_models

from v2meow_pipeline.composer import generate
from v2meow_pipeline.errors import MediaError, V2MeowError
from v2meow_pipeline.media.audio import read_audio


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small models."""
    return make_small_models(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds without sound."""
    return make_constant(tmp_path_factory.mktemp("video") / "clip.mp4", Fraction(10), 2.0)


def test_all_takes_are_written_each_with_the_music_of_its_seed(models: Path, video: Path, tmp_path: Path) -> None:
    """Catches takes that all have the same music, or that another seed is named for."""
    made = generate(video, tmp_path / "out.mp4", seed=5, takes=2, all_takes=True, models=models)
    assert {path.name for path in made.outputs} == {"out.mp4", f"out-seed-{11 - made.seed}.mp4"}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in made.outputs)
    waves = [read_audio(path, 16_000) for path in made.outputs]
    assert not np.allclose(*waves, atol=1e-3)
    alone = generate(video, tmp_path / "alone.mp4", seed=6, models=models)
    np.testing.assert_array_equal(read_audio(alone.output, 16_000), waves[1])


def test_without_all_takes_only_the_best_is_written(models: Path, video: Path, tmp_path: Path) -> None:
    """Catches takes that are left beside the output."""
    made = generate(video, tmp_path / "out.mp4", takes=2, models=models)
    assert [*tmp_path.iterdir()] == [*made.outputs] == [tmp_path / "out.mp4"]


def test_an_existing_take_is_not_replaced(models: Path, video: Path, tmp_path: Path) -> None:
    """Catches a file of an earlier run that is overwritten, or refused after minutes of work."""
    (tmp_path / "out-seed-1.mp4").write_text("mine")
    with pytest.raises(V2MeowError, match="exists"):
        generate(video, tmp_path / "out.mp4", takes=2, all_takes=True, models=models)
    assert (tmp_path / "out-seed-1.mp4").read_text() == "mine"


def test_a_video_that_cannot_be_copied_is_refused_before_models_are_read(tmp_path: Path) -> None:
    """Catches an error after the whole computation, with the advice to choose a container that fails as well."""
    (tmp_path / "in").mkdir()
    video = gif(tmp_path / "in")
    for suffix in (".mp4", ".mkv"):
        with pytest.raises(MediaError, match="--encode h264"):
            generate(video, tmp_path / f"out{suffix}", models=tmp_path / "no models")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
