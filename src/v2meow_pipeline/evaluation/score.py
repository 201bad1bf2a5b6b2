"""Scoring of folders of audio files from any system, together with the controls."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.sources.captions_csv import file_key, read_captions
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.evaluation.controls import control_systems
from v2meow_pipeline.evaluation.measure import MeasureConfig, measure_audio
from v2meow_pipeline.evaluation.sound_files import read_folders
from v2meow_pipeline.media.source import display_name
from v2meow_pipeline.metrics.controls import CONTROLS
from v2meow_pipeline.metrics.result import EvaluationResult
from v2meow_pipeline.parallel import one_pool


class ScoreConfig(Config):
    """Settings of the scoring of folders.

    Attributes:
        seconds: duration that is scored from the start of each file; None scores whole files, which must have one
            length.
        controls: whether ground truth, random shuffle, click track and silence are scored too.
        measure: metrics and networks.
    """

    seconds: float | None = Field(default=None, gt=0)
    controls: bool = True
    measure: MeasureConfig = Field(default_factory=MeasureConfig)


@one_pool()
def score_folders(
    reference: Path,
    generated: Mapping[str, Path],
    config: ScoreConfig,
    clock: Clock,
    videos: Path | None = None,
    captions: Path | None = None,
    models: Path | None = None,
) -> EvaluationResult:
    """Scores folders of generated audio against a folder of real audio; files are matched by stem.

    Args:
        reference: directory of the ground truth, one file per clip.
        generated: name of a system -> its directory.
        config: duration, controls and metrics.
        clock: gives the sample rate of the comparison.
        videos: directory of the clips' videos with the same stems, for synchrony with cuts and motion; None leaves
            these metrics out.
        captions: CSV with the columns file, caption, genre, for consistency with text and tables by genre.
        models: directory of trained models, for music-text spaces and tokens; None leaves their metrics out.

    Returns:
        Scores by clip, and over all clips with intervals.

    Raises:
        ConfigError: if folders and tables do not match; the message names what is missing.
        MediaError: if a file cannot be read.
    """
    taken = sorted(set(generated) & {"reference", *CONTROLS})
    if not generated:
        raise ConfigError("There is no system to score.", "Give at least one: --generated name=folder.")
    if taken:
        raise ConfigError(
            f"A system cannot be called {', '.join(taken)}.", "Give another name: --generated name=folder."
        )
    sounds = read_folders(reference, generated, clock.sample_rate_hz, config.seconds, config.measure.metrics.workers)
    facts = _facts(sounds.clip_ids, captions)
    facts["path"] = _video_paths(sounds.clip_ids, videos)
    facts["start_s"], facts["end_s"] = 0.0, sounds.seconds
    systems = dict(sounds.systems)
    truth = systems.pop("reference")
    if config.controls:
        tempi = facts["tempo_bpm"].tolist()
        systems |= control_systems(truth, clock.sample_rate_hz, tempi, config.measure.seed, list(facts["source_id"]))
    return measure_audio(systems, truth, facts, config.measure, clock, models)


def _facts(clip_ids: list[str], captions: Path | None) -> pd.DataFrame:
    """Captions and genres of the clips, in the columns of the manifest."""
    known: dict[str, dict[str, str]] = {}
    table = display_name(captions) if captions else ""
    for key, cells in (read_captions(captions) if captions else {}).items():
        stem = Path(key).stem
        if stem in known:
            raise ConfigError(f"{table} has two rows for {stem}.", "Give each clip one row.")
        known[stem] = cells
    lost = sorted(set(known) - {file_key(clip_id) for clip_id in clip_ids})
    if lost:
        raise ConfigError(
            f"{table} has rows for clips without a sound file: {', '.join(lost[:5])}.",
            "Remove these rows.",
        )
    rows = [known.get(file_key(clip_id), {}) for clip_id in clip_ids]
    columns = {name: [row.get(name, "") for row in rows] for name in ("caption", "genre")}
    return pd.DataFrame({"clip_id": clip_ids, "source_id": clip_ids, "tempo_bpm": np.nan, **columns})


def _video_paths(clip_ids: list[str], videos: Path | None) -> list[str]:
    if videos is None:
        return [""] * len(clip_ids)
    if not videos.is_dir():
        raise ConfigError(f"There is no folder {display_name(videos)}.", "Give the folder of the clips' videos.")
    found = {path.stem: str(path) for path in sorted(videos.iterdir()) if path.is_file() and path.name[0] != "."}
    missing = [clip_id for clip_id in clip_ids if clip_id not in found]
    if missing:
        raise ConfigError(
            f"{display_name(videos)} lacks the videos of {len(missing)} clips: {', '.join(missing[:5])}.",
            "Add them: videos are matched by the stem of the sound file.",
        )
    return [found[clip_id] for clip_id in clip_ids]
