"""What `v2meow generate` says of its result."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.support.media_makers import clicks, make_constant

from v2meow_pipeline.app.commands.generate import _report_folder
from v2meow_pipeline.composer import Generation
from v2meow_pipeline.composer.generate_folder import FolderEntry
from v2meow_pipeline.media.mux import mux_soundtrack
from v2meow_pipeline.media.mux_config import MuxConfig

RATE_HZ = 16_000


def made(wave: np.ndarray, folder: Path, target_lufs: float | None) -> Generation:
    """The result for a video of three seconds with this sound."""
    video, output = make_constant(folder / "v.mp4", 25, 3.0), folder / "out.mp4"
    report = mux_soundtrack(video, wave, RATE_HZ, output, MuxConfig(loudness_lufs=target_lufs))
    return Generation(output, 0, None, "f" * 16, "small models", report, {"load": 1.0}, 1.0)


@pytest.mark.parametrize(
    ("wave", "target_lufs", "told"),
    [
        (clicks((0.5, 2.5), 3.0, RATE_HZ), -5.0, "LUFS, not -5.0: a higher gain would clip"),
        (np.zeros(3 * RATE_HZ, np.float32), -14.0, "below -70 LUFS: the audio is silent"),
        (clicks((0.5, 2.5), 3.0, RATE_HZ), None, None),
        (np.random.default_rng(0).normal(0, 0.05, 3 * RATE_HZ), -14.0, None),
    ],
    ids=["peaks", "silence", "no target", "noise"],
)
def test_a_loudness_that_was_missed_is_told(
    wave: np.ndarray, target_lufs: float | None, told: str | None, tmp_path: Path
) -> None:
    """Catches a soundtrack of 14 LU less than was asked for, and advice on gain for silence."""
    result = made(wave, tmp_path, target_lufs)
    assert json.loads(json.dumps(result.to_dict()))["mux"]["misses_target"] is (told is not None)
    for words in ([result.summary()], result.remarks()):
        loudness = [word for word in words if "The loudness is" in word]
        assert told in loudness[0] if told else not loudness


def test_a_loudness_that_was_missed_is_told_for_a_folder_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches a folder of videos whose quiet one is noticed by its listeners only."""
    quiet = made(np.zeros(3 * RATE_HZ, np.float32), tmp_path, -14.0)
    _report_folder([FolderEntry(Path("v.mp4"), quiet)], as_json=False)
    told = capsys.readouterr().out.splitlines()
    assert told[1].startswith("    The loudness is ") and told[-1] == "1 of 1 videos have a soundtrack."
