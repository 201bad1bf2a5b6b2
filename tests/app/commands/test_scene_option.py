"""The two words after `--scene`."""

import pytest

from v2meow_pipeline.app.commands.scene_option import joined


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--scene", "0-3", "piano jazz", "-o", "a"], ["--scene=0-3 piano jazz", "-o", "a"]),
        (["--scene", "0-3 piano jazz", "-o", "a"], ["--scene=0-3 piano jazz", "-o", "a"]),
        (["--scene=0-3", "jazz", "clip.mp4"], ["--scene=0-3 jazz", "clip.mp4"]),
        (["--scene=0-3 jazz", "clip.mp4"], ["--scene=0-3 jazz", "clip.mp4"]),
        (["--scene", "0-3", "-o", "a"], ["--scene=0-3", "-o", "a"]),
        (["--scene"], ["--scene"]),
        (["clip.mp4", "--scene", "0-3", "a", "--scene", "3-5", "b"], ["clip.mp4", "--scene=0-3 a", "--scene=3-5 b"]),
    ],
)
def test_span_and_prompt_become_one_value(words: list[str], expected: list[str]) -> None:
    """Catches a prompt that is taken for the video, and a video that is taken for a prompt."""
    assert joined(words) == expected
