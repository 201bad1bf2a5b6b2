"""`v2meow diagnose` on the test environment."""

import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from tests.support.project import run

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.clip_audio import from_pcm
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.tokenizers.acoustic import AcousticTokenizer

pytestmark = [pytest.mark.xdist_group("trained"), pytest.mark.slow]
DATA = Path("data/test")
ROWS = {
    "ground_truth", "codec_resynthesis", "true_semantic_coarse", "true_semantic", "true_semantic_without_video",
    "all_generated", "all_generated_without_video", "rules", "random_shuffle",
}  # fmt: skip


def _diagnose(project: Path, *words: str) -> dict:
    told = run(project, "v2meow", "diagnose", "--env", "test", "--clips", "3", *words, "--json")
    return json.loads(told[told.index('{\n "seed"') : told.rindex("}") + 1])


def test_a_diagnosis_is_a_table_a_picture_and_a_run(trained: Path) -> None:
    """Catches a row or column that is missing, numbers that do not repeat, and a run that MLflow does not have."""
    found = _diagnose(trained)
    values = {(row["system"], row["metric"]): row["value"] for row in found["summary"]}
    assert {system for system, _ in values} == ROWS
    for metric in ("fad_speech_embedding", "fad_musicnn_conditioner", "onset_f_librosa_50ms", "loop_share_semantic"):
        assert {system for system, key in values if key == metric} == ROWS
    made = ROWS - {"ground_truth", "random_shuffle"}
    assert {system for system, key in values if key == "two_sample_auc_speech_embedding"} == made
    assert {system for system, key in values if key == "two_sample_auc_to_codec_musicnn_conditioner"} == made - {
        "codec_resynthesis"
    }
    assert {key for system, key in values if system == "all_generated" and key.startswith("bits_")} == {
        f"bits_per_second_{stage}" for stage in ("semantic", "coarse", "fine", "saved_semantic", "saved_coarse")
    }
    report = trained / DATA / "08_reporting/diagnosis"
    assert (report / "pictures/diagnosis.png").is_file() and "| all_generated |" in (report / "table.md").read_text()
    with sqlite3.connect(trained / "mlruns/mlflow.db") as database:
        query = "select value from metrics where key = 'all_generated/fad_speech_embedding'"
        (kept,) = database.execute(query).fetchone()
    assert kept == pytest.approx(values["all_generated", "fad_speech_embedding"])
    _is_codec_alone(trained)
    made_again = _diagnose(trained)
    assert made_again["summary"] == found["summary"]


def _is_codec_alone(project: Path) -> None:
    """The row with all tokens true is the codec's sound of the clips' stored tokens."""
    made = ShardReader(project / DATA / "07_model_output/diagnosis/generated")
    tokens = ShardReader(project / DATA / "05_model_input/tokens")
    codec = AcousticTokenizer.load(project / DATA / "06_models/acoustic_tokenizer", Clock())
    clip_id = made.clip_ids[0]
    wave = codec.decode(tokens.read(clip_id, "acoustic"))
    np.testing.assert_allclose(from_pcm(made.read(clip_id, "codec_resynthesis")), wave, atol=2 / 32767)


def test_what_is_not_there_is_one_line(trained: Path) -> None:
    """Catches a traceback where a folder or split is misspelt."""
    for words in (("--models", "nowhere"), ("--split", "elsewhere")):
        told = run(trained, "v2meow", "diagnose", "--env", "test", *words, code=2)
        assert words[1] in told.strip().splitlines()[-1] and told.strip().splitlines()[-1].startswith("v2meow: ")
