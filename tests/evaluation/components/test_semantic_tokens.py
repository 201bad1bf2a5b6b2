"""What tokens say about a tiny corpus whose truth is written beside it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.clip_audio import AUDIO, waves_of
from v2meow_pipeline.corpus.shards import Shard, ShardReader, ShardWriter, fill
from v2meow_pipeline.evaluation.components.semantic_tokens import annotated, report_semantics
from v2meow_pipeline.parallel import SERIAL
from v2meow_pipeline.synthetic.annotation import write_annotation
from v2meow_pipeline.synthetic.music_labels import LABELS
from v2meow_pipeline.tokenizers.semantic import SemanticConfig, SemanticTokenizer

CLOCK = Clock(clip_s=2.0, semantic_vocab=16)
CHORDS = {"A": 440.0, "C": 261.63, "E": 329.63}
CLIPS = [f"clip-{i:02d}" for i in range(14)]


def chords_of(clip: int) -> list[str]:
    return np.random.default_rng(clip).choice(list(CHORDS), 4).tolist()


def sounds(shard: Shard) -> dict[str, np.ndarray]:
    """Half a second of each chord's root."""
    time_s = np.arange(8_000) / 16_000
    waves = [
        np.concatenate([0.3 * np.sin(2 * np.pi * CHORDS[name] * time_s) for name in chords_of(CLIPS.index(clip_id))])
        for clip_id in shard.clip_ids
    ]
    return {AUDIO: np.round(np.stack(waves) * 32767).astype(np.int16)}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, ShardReader, Path]:
    folder = tmp_path_factory.mktemp("corpus")
    writer = ShardWriter(folder / "audio", CLIPS, "tones")
    fill(writer, sounds, SERIAL, "tones")
    writer.finish()
    for clip, clip_id in enumerate(CLIPS[:-1]):
        truth = {
            "chords": [[i / 2, (i + 1) / 2, name] for i, name in enumerate(chords_of(clip))],
            "beats_s": [0.0, 0.5, 1.0, 1.5],
            "instruments": ["drums"],
            "plan": {"tempo_bpm": 120.0, "genre": "rock"},
        }
        write_annotation(folder / f"{clip_id}.json", truth)
    splits = ["train"] * 6 + ["val"] * 8
    paths = [str(folder / f"{clip_id}.mp4") for clip_id in CLIPS]
    manifest = pd.DataFrame({"clip_id": CLIPS, "path": paths, "start_s": 0.0, "split": splits})
    reader = ShardReader(folder / "audio")
    tokenizer = SemanticTokenizer.fit(waves_of(reader, CLIPS[:6]), SemanticConfig(iterations=2), CLOCK)
    tokenizer.save(folder / "semantic", "f00d", trained_on="tones")
    return manifest, reader, folder


def test_tokens_of_tones_tell_the_chord_and_nothing_of_what_is_constant(
    corpus: tuple[pd.DataFrame, ShardReader, Path],
) -> None:
    """Catches labels of another clip or another time, and a baseline under the tokenizer's name."""
    manifest, reader, folder = corpus
    figures, table = report_semantics(manifest, reader, folder / "semantic", CLOCK, splits=("val",))
    for name in ("chroma_onset_envelope", "log_mel"):
        chord = f"semantic_information_{name}_chord"
        assert figures[f"{chord}_low"] > figures[f"{chord}_chance"]
        assert figures[chord] > figures[f"{chord}_chance"] + 0.2
        assert figures[f"semantic_information_{name}_genre"] == 0
        assert f"| {name} " in table
    assert len(figures) == 2 * len(LABELS) * 4
    assert "7 clips" in table


def test_without_annotations_there_are_no_figures(corpus: tuple[pd.DataFrame, ShardReader, Path]) -> None:
    """Catches made-up scores of clips of which nothing is known."""
    manifest, reader, folder = corpus
    unknown = manifest.assign(path="/nowhere.mp4")
    figures, table = report_semantics(unknown, reader, folder / "semantic", CLOCK)
    assert figures == {}
    assert "annotation" in table


def test_clips_are_those_of_the_splits_that_have_an_annotation(
    corpus: tuple[pd.DataFrame, ShardReader, Path],
) -> None:
    """Catches training clips among them, and a limit that counts clips without an annotation."""
    assert list(annotated(corpus[0], ("val",), 99)) == CLIPS[6:13]
    assert list(annotated(corpus[0], ("val",), 3)) == CLIPS[6:9]
