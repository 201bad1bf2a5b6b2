"""What clips are like in numbers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.support.corpus_videos import RATE_HZ, make_video, tone

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.clip_statistics import measure_clip_statistics, picture_traits
from v2meow_pipeline.corpus.record import manifest_table
from v2meow_pipeline.parallel import SERIAL
from v2meow_pipeline.synthetic.streamed import StreamedClip

CLOCK = Clock(clip_s=4.0)


def _clicks(bpm: float, duration_s: float) -> np.ndarray:
    wave = np.zeros(round(duration_s * RATE_HZ), np.float32)
    for start_s in np.arange(0, duration_s - 0.1, 60 / bpm):
        first = round(start_s * RATE_HZ)
        wave[first : first + 400] = tone(400 / RATE_HZ, 2000, 0.8)
    return wave


def _manifest(folder: Path) -> pd.DataFrame:
    paths = {
        "fast": make_video(folder / "fast.mp4", 8, _clicks(150, 8), shade=250),
        "silent": make_video(folder / "silent.mp4", 4, np.zeros(4 * RATE_HZ, np.float32), shade=0),
    }
    known = {"width": 32, "height": 32, "audio_rate_hz": RATE_HZ, "audio_lufs": -20.0, "split": "train"}
    rows = [("fast", 0.0, "techno"), ("fast", 4.0, "techno"), ("silent", 0.0, None)]
    return manifest_table(
        {"clip_id": f"{name}-{start_s:g}", "source_id": name, "path": str(paths[name]), "genre": genre, **known}
        | {"start_s": start_s, "end_s": start_s + 4, "sha256": name}
        for name, start_s, genre in rows
    )


def test_traits_of_known_clips(tmp_path: Path) -> None:
    """Catches traits of one clip under another's name, and a tempo made up for silence."""
    manifest = _manifest(tmp_path)
    traits = measure_clip_statistics(manifest, CLOCK, tmp_path / "traits", SERIAL).set_index("clip_id")
    assert traits["genre"].tolist() == ["techno", "techno", "unknown"]
    assert traits["duration_s"].tolist() == [8, 8, 4]
    assert traits.loc["fast-0", "tempo_bpm"] == pytest.approx(150, rel=0.05)
    assert np.isnan(traits.loc["silent-0", "tempo_bpm"])
    assert traits.loc["fast-0", "brightness"] > traits.loc["silent-0", "brightness"]
    again = measure_clip_statistics(manifest.iloc[::-1], CLOCK, tmp_path / "traits", SERIAL).set_index("clip_id")
    pd.testing.assert_frame_equal(again.loc[traits.index], traits)


def test_colour_in_numbers() -> None:
    """Catches grey that is colourful, and scales that depend on the picture's size."""
    grey = np.full((1, 8, 8, 3), 128, np.uint8)
    assert picture_traits(grey) == (pytest.approx(128 / 255), pytest.approx(0))
    vivid = np.zeros((1, 8, 8, 3), np.uint8)
    vivid[:, :4, :, 0], vivid[:, 4:, :, 2] = 255, 255
    assert picture_traits(vivid)[1] > 0.5
    assert picture_traits(np.repeat(vivid, 2, axis=1)) == pytest.approx(picture_traits(vivid))


def test_streamed_clips_with_and_without_video(tmp_path: Path) -> None:
    """Catches reading the address of a streamed clip as a file, and brightness of a clip that has no video."""
    shared = {"seed": 1, "index": 3, "source_s": 4.0, "width": 64, "height": 48, "fps": 10, "unsynced_share": 0.0}
    paths = [StreamedClip.parse({**shared, "pictures": pictures}).address for pictures in (True, False)]
    known = {"source_id": "a", "start_s": 0.0, "end_s": 4.0, "audio_lufs": -20.0, "split": "train"}
    known |= {"width": 64, "height": 48, "audio_rate_hz": RATE_HZ}
    manifest = manifest_table(
        {**known, "clip_id": f"clip-{i}", "path": path, "sha256": str(i)} for i, path in enumerate(paths)
    )
    traits = measure_clip_statistics(manifest, CLOCK, tmp_path, SERIAL)
    assert traits["tempo_bpm"].nunique() == 1 and traits["tempo_bpm"].notna().all()
    assert traits["brightness"].notna().tolist() == [True, False]
