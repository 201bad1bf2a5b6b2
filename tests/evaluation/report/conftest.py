"""A small evaluation with names that want to become markup, and its report."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.evaluation.audio_sets import AudioSet
from v2meow_pipeline.evaluation.report.config import ReportConfig
from v2meow_pipeline.evaluation.report.selection import choose_report_clips
from v2meow_pipeline.evaluation.report.write import Material, write_report
from v2meow_pipeline.evaluation.visual_bias import LIFT_COLUMNS
from v2meow_pipeline.media.encode import encode_video
from v2meow_pipeline.metrics.bootstrap import mean_interval
from v2meow_pipeline.metrics.controls import click_track, silence
from v2meow_pipeline.metrics.result import EvaluationResult, SummaryRow

SECONDS, CLIPS = 3, 4
HOSTILE = "<script>alert('x')</script>\"|$a_b$"
METRICS = ("beat_coverage_adjusted", "beat_hit_adjusted", "tempo_error_to_reference", "silent_share")
# How far each system is from the truth, in every metric.
SYSTEMS = {"v2meow": 0.4, HOSTILE: 0.6, "ground_truth": 0.0, "random_shuffle": 0.5, "silence": 1.0}


@pytest.fixture(scope="session")
def result() -> EvaluationResult:
    """Scores of single clips, and F1 of sets; silence has no tempo."""
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.02, (len(SYSTEMS), CLIPS, len(METRICS)))
    rows = []
    for (name, cost), of_system in zip(SYSTEMS.items(), noise, strict=True):
        for index, (a, b, c, d) in enumerate(of_system):
            lost = float("nan") if name == "silence" else cost + abs(c)
            scores = (90 - 80 * (cost + a), 90 - 80 * (cost + b), lost, abs(d))
            rows.append({"system": name, "clip_id": f"{HOSTILE}{index}", **dict(zip(METRICS, scores, strict=True))})
    summary = [
        SummaryRow(name, key, *mean_interval([row[key] for row in rows if row["system"] == name], 0))
        for key in METRICS
        for name in SYSTEMS
    ]
    for form in ("adjusted", "original"):
        for name, cost in SYSTEMS.items():
            value = 90 - 80 * cost
            summary += [SummaryRow(name, f"beat_f1_{form}", value, value - 3, value + 3, CLIPS)]
            if form == "original":
                summary += [
                    SummaryRow(name, f"beat_{of}_original", value, value - 3, value + 3, CLIPS)
                    for of in ("coverage", "hit")
                ]
    by_split = {HOSTILE: [row._replace(n=1) for row in summary], "b": [row._replace(n=CLIPS - 1) for row in summary]}
    return EvaluationResult(rows, summary, [f"note of {HOSTILE}"], 0, CLIPS, by_split)


@pytest.fixture(scope="session")
def report(result: EvaluationResult, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a report of two played clips, one of them without a video."""
    folder, clock = tmp_path_factory.mktemp("report"), Clock()
    video = folder / "video.mp4"
    encode_video(video, (np.full((48, 63, 3), 40 * (t // 25), np.uint8) for t in range(25 * SECONDS)), 25)
    ids = [f"{HOSTILE}{index}" for index in range(CLIPS)]
    clips = pd.DataFrame({"clip_id": ids, "corpus": "synthetic", "caption": HOSTILE, "split": [HOSTILE, "b", "b", "b"]})
    clips["genre"] = [HOSTILE, "NA", None, "jazz"]
    clips["path"] = [str(video), "", "", ""]
    clips["start_s"], clips["end_s"] = 0.0, float(SECONDS)
    samples = SECONDS * clock.sample_rate_hz
    ticking = [click_track(100 + 20 * index, samples, clock.sample_rate_hz) for index in range(CLIPS)]
    waves = dict.fromkeys(SYSTEMS, ticking) | {"silence": [silence(samples)] * CLIPS}
    lifts = pd.DataFrame([("v2meow", HOSTILE, HOSTILE, 2.0, 1.2, 3.0, 4)], columns=LIFT_COLUMNS)
    shown = choose_report_clips(clips, {name: AudioSet.of_waves(ids, of) for name, of in waves.items()}, 2)
    material = Material(result, lifts, clips, shown, METRICS[:2], {HOSTILE: HOSTILE})
    return write_report(material, ReportConfig(workers=1), clock, folder / "made")
