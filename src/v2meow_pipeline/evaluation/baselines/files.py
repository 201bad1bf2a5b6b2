"""Baselines for a folder of videos or a table of captions: one WAV file per clip, named by its stem."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import pandas as pd

from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.sources.captions_csv import read_captions
from v2meow_pipeline.corpus.sources.folder import NOT_MEDIA
from v2meow_pipeline.encoders.waves import to_rate
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.evaluation.baselines.musicgen import MusicGen, musicgen_fingerprint, musicgen_folder
from v2meow_pipeline.evaluation.baselines.render_baselines import caption_seed
from v2meow_pipeline.evaluation.baselines.rules import rules_music
from v2meow_pipeline.evaluation.motion_events import detect_events_of_clips
from v2meow_pipeline.media.audio import write_wav
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.media.source import display_name
from v2meow_pipeline.progress import track

Of = TypeVar("Of")

# A hidden file, so that `v2meow score` does not read it as a sound file.
MADE_FROM = ".made_from.json"


def rules_files(videos: Path, output: Path, seed: int, clock: Clock) -> int:
    """Writes music by rules for each video of a folder, as long as the video.

    Args:
        videos: directory of videos; hidden files and files without a media extension are ignored.
        output: output directory; existing files of the same names are replaced.
        seed: seeds the style.
        clock: sample rate of the sound and frame rate of the motion.

    Returns:
        Number of files written.

    Raises:
        ConfigError: if there is no video, or two videos have one stem.
        MediaError: if a video cannot be used.
    """
    if not videos.is_dir():
        raise ConfigError(f"There is no folder {display_name(videos)}.", "Give the folder of the clips' videos.")
    files = [path for path in sorted(videos.iterdir()) if path.is_file() and path.suffix.lower() not in NOT_MEDIA]
    by_stem = _by_stem((path.stem, path) for path in files if not path.name.startswith("."))
    if not by_stem:
        raise ConfigError(f"{display_name(videos)} has no videos.", "Give the folder of the clips' videos.")
    for stem, path in track(list(by_stem.items()), "rules"):
        facts = pd.DataFrame({"path": [path], "start_s": [0.0], "end_s": [probe(path).duration_s]})
        (picture,) = detect_events_of_clips(facts, clock, workers=1)
        assert picture is not None
        write_wav(output / f"{stem}.wav", rules_music(picture, seed, clock.sample_rate_hz), clock.sample_rate_hz)
    return len(by_stem)


def musicgen_files(captions: Path, output: Path, seconds: float, seed: int, clock: Clock) -> tuple[int, int]:
    """Writes music by MusicGen for each caption.

    Args:
        captions: CSV with the columns file and caption, see `read_captions`.
        output: output directory; files are named by the stems of the column file.
        seconds: duration of each file in seconds, at most 30.
        seed: base seed; the seed of each file is derived from it.
        clock: sample rate of the sound.

    Returns:
        Number of files written, and number of existing files with the same caption, duration, seed and model.

    Raises:
        ConfigError: if the table has no rows, a row has no caption, or stems are duplicated.
        MissingModelError: if MusicGen is not installed on this machine.
    """
    texts = _by_stem((Path(key).stem, cells.get("caption", "")) for key, cells in read_captions(captions).items())
    lacking = [stem for stem, caption in texts.items() if not caption]
    if lacking or not texts:
        problem = f"no caption for {', '.join(map(display_name, map(Path, lacking[:5])))}" if texts else "no rows"
        raise ConfigError(f"{captions} has {problem}.", "Give each clip a row with its caption.")
    weights = musicgen_fingerprint(musicgen_folder())
    wanted = {
        stem: fingerprint(weights, caption, seconds, seed, clock.sample_rate_hz) for stem, caption in texts.items()
    }
    made = _made_from(output)
    missing = [stem for stem in texts if made.get(stem) != wanted[stem] or not (output / f"{stem}.wav").is_file()]
    model = MusicGen() if missing else None
    for stem in track(missing, "musicgen"):
        assert model is not None
        wave = model.compose(texts[stem], seconds, caption_seed(seed, stem))
        wave = to_rate(wave, model.sample_rate_hz, clock.sample_rate_hz)
        write_wav(output / f"{stem}.wav", wave, clock.sample_rate_hz)
        made[stem] = wanted[stem]
        write_text(output / MADE_FROM, json.dumps(made, indent=1, sort_keys=True) + "\n")
    return len(missing), len(texts) - len(missing)


def _by_stem(pairs: Iterable[tuple[str, Of]]) -> dict[str, Of]:
    """Mapping from stem to value; raises a ConfigError for duplicates and stems that `v2meow score` would not read."""
    found: dict[str, Of] = {}
    for stem, value in pairs:
        if not stem or stem.startswith("."):
            raise ConfigError(
                f"{stem!r} is not a name for a sound file.", "Use names that are not empty and do not begin with a dot."
            )
        if stem in found:
            raise ConfigError(
                f"Two clips are called {display_name(Path(stem))}.", "Files are named by stem: rename one."
            )
        found[stem] = value
    return found


def _made_from(output: Path) -> dict[str, str]:
    """Fingerprint of the inputs of each file in the folder; empty if the record is missing or damaged."""
    try:
        found: dict[str, str] = json.loads((output / MADE_FROM).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found
