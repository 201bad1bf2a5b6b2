"""Scenes with prompts of their own, and a reference piece."""

from pathlib import Path

import numpy as np
import pytest
from tests.support.media_makers import make_constant
from tests.support.small_models import RELEASE

from v2meow_pipeline.composer import Composer
from v2meow_pipeline.composer.style import Style, check_scenes, embed_reference, embed_styles, parse_scene
from v2meow_pipeline.errors import ConfigError, MediaError
from v2meow_pipeline.media.audio import write_wav

RATE_HZ = 16_000


@pytest.fixture(scope="module")
def composer() -> Composer:
    """The release."""
    return Composer.from_pretrained(RELEASE)


def test_each_window_has_the_prompt_of_its_new_part(composer: Composer) -> None:
    """Catches a window that spans a change of scene, or a prompt that is used a window too late."""
    scenes = check_scenes([parse_scene("0:12-0:20 fast techno"), parse_scene("0-7.3 piano jazz")], 26.0)
    style = Style("calm strings", scenes)
    windows = composer.windows(26.0, style.cuts_s(26.0))
    used = [(round(window.new_s, 2), style.prompt_at(window.new_s)) for window in windows]
    assert used[0] == (0, "piano jazz")
    assert {time_s: prompt for time_s, prompt in used if time_s in (7.32, 7.28, 12, 20)} == {
        7.28: "calm strings",
        12: "fast techno",
        20: "calm strings",
    }
    embeddings = embed_styles(composer, style, windows)
    for (_, prompt), embedding in zip(used, embeddings, strict=True):
        assert prompt is not None and embedding is not None
        np.testing.assert_array_equal(embedding, composer.embed_prompt(prompt, 1))


@pytest.mark.parametrize(
    ("scenes", "message"),
    [
        (["0-5 jazz", "4-8 techno"], "overlap"),
        (["0-5 jazz", "9-30 techno"], "outside the video"),
        (["0-5"], "has no prompt"),
        (["0-5 ..."], "no words"),
        (["jazz 0-5"], "not a span"),
    ],
)
def test_scenes_that_make_no_sense_are_refused(scenes: list[str], message: str) -> None:
    """Catches scenes that are silently cut, reordered or ignored."""
    with pytest.raises(ConfigError, match=message):
        check_scenes([parse_scene(scene) for scene in scenes], 10.0)


def test_a_reference_is_embedded_and_combined_with_the_prompt(composer: Composer, tmp_path: Path) -> None:
    """Catches a reference that is read and ignored, or that replaces the prompt."""
    noise = np.random.default_rng(0).normal(size=4 * RATE_HZ) * 0.1
    write_wav(tmp_path / "song.wav", noise, RATE_HZ)
    reference = embed_reference(composer, tmp_path / "song.wav")
    (window,) = composer.windows(10.0)
    (alone,) = embed_styles(composer, Style(None, (), reference), [window])
    (both,) = embed_styles(composer, Style("calm piano", (), reference), [window])
    assert alone is not None and both is not None
    np.testing.assert_array_equal(alone[0], reference)
    prompt = composer.embed_prompt("calm piano", 1)[0]
    assert float(np.linalg.norm(both)) == pytest.approx(1.0, abs=1e-5)
    assert float(both[0] @ reference) == pytest.approx(float(both[0] @ prompt), abs=1e-4)
    assert embed_styles(composer, Style(), [window]) == [None]


def test_a_reference_without_music_is_refused(composer: Composer, tmp_path: Path) -> None:
    """Catches a traceback, and an embedding of silence that is taken for a style."""
    write_wav(tmp_path / "silent.wav", np.zeros(2 * RATE_HZ), RATE_HZ)
    write_wav(tmp_path / "short.wav", np.ones(100) * 0.1, RATE_HZ)
    (tmp_path / "text.mp3").write_text("no music")
    make_constant(tmp_path / "mute.mp4", 25, 1.0)
    for name, message in (
        ("silent.wav", "silent"),
        ("short.wav", "too short"),
        ("text.mp3", "not a readable"),
        ("mute.mp4", "no readable audio"),
        ("missing.mp3", "missing.mp3"),
    ):
        with pytest.raises(MediaError, match=message):
            embed_reference(composer, tmp_path / name)
