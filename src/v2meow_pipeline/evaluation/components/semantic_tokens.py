"""Musical information in semantic tokens: mutual information with chord, beat, instrument and genre labels.

Normalised mutual information (`metrics.information`) is measured on held-out synthetic clips with ground-truth labels,
and compared with the chance level and with a baseline of equally many tokens from log-mel spectra.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.clip_audio import waves_of
from v2meow_pipeline.corpus.clips import clips_of
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.metrics.bootstrap import REPLICATES
from v2meow_pipeline.metrics.information import clip_information
from v2meow_pipeline.metrics.markdown import markdown_table
from v2meow_pipeline.metrics.table import show_number
from v2meow_pipeline.synthetic.annotation import read_annotation
from v2meow_pipeline.synthetic.music_labels import LABELS, frame_labels
from v2meow_pipeline.tokenizers.semantic import SemanticConfig, SemanticTokenizer

BASELINE = "log_mel"


class InformationRow(NamedTuple):
    """Mutual information between one tokenizer's tokens and one label.

    Attributes:
        tokenizer: name of the tokenizer.
        label: one of `music_labels.LABELS`.
        value: normalised mutual information, 0 to 1.
        low: lower end of the 95 % confidence interval over clips.
        high: upper end of the 95 % confidence interval over clips.
        chance: chance level: the same measure with the labels of other clips.
        n: number of clips.
    """

    tokenizer: str
    label: str
    value: float
    low: float
    high: float
    chance: float
    n: int


def report_semantics(
    manifest: pd.DataFrame,
    clip_audio: ShardReader,
    semantic: Path,
    clock: Clock,
    seed: int = 0,
    splits: Sequence[str] = ("val", "test-iid"),
    clips: int = 64,
) -> tuple[dict[str, float], str]:
    """Evaluates a semantic tokenizer against a k-means baseline of log-mel spectra fitted on the training clips.

    Args:
        manifest: clip manifest of the corpus.
        clip_audio: shard store of the clips' waveforms.
        semantic: checkpoint directory of the tokenizer.
        clock: sample and token rates.
        seed: seeds the baseline, the confidence intervals and the shuffled chance level.
        splits: splits to evaluate on.
        clips: maximum number of annotated clips to evaluate.

    Returns:
        Metrics `semantic_information_<tokenizer>_<label>` with `_low`, `_high` and `_chance`, and a Markdown table.
        Without annotated clips, no metrics and a sentence that says so.
    """
    tokenizer = SemanticTokenizer.load(semantic, clock)
    config = SemanticConfig.parse({"features": BASELINE, "seed": seed})
    baseline = SemanticTokenizer.fit(waves_of(clip_audio, clips_of(manifest, "train")), config, clock)
    truths = annotated(manifest, splits, clips)
    if not truths:
        return {}, f"No clip of {', '.join(splits)} has an annotation, so the token information is not measured.\n"
    systems = {tokenizer.features.name: tokenizer, BASELINE: baseline}
    rows = [
        row
        for name, system in systems.items()
        for row in information_rows(name, system, clip_audio, truths, clock, seed)
    ]
    return figures(rows), to_markdown(rows)


def annotated(manifest: pd.DataFrame, splits: Sequence[str], clips: int) -> dict[str, tuple[float, dict[str, Any]]]:
    """Start time and annotation, by clip id, of the first `clips` clips of the splits that have an annotation."""
    rows = manifest[manifest["split"].isin(splits)].drop_duplicates("clip_id")
    found: dict[str, tuple[float, dict[str, Any]]] = {}
    for clip_id, path, start_s in zip(
        rows["clip_id"].tolist(), rows["path"].tolist(), rows["start_s"].tolist(), strict=True
    ):
        truth = read_annotation(Path(path).with_suffix(".json")) if len(found) < clips else None
        if truth is not None:
            found[clip_id] = (start_s, truth)
    return found


def information_rows(
    name: str,
    tokenizer: SemanticTokenizer,
    clip_audio: ShardReader,
    truths: Mapping[str, tuple[float, Mapping[str, Any]]],
    clock: Clock,
    seed: int,
    replicates: int = REPLICATES,
) -> list[InformationRow]:
    """Measures the mutual information between one tokenizer's tokens and each label.

    Args:
        name: name of the tokenizer.
        tokenizer: tokenizer to evaluate.
        clip_audio: shard store of the clips' waveforms.
        truths: start time and annotation by clip id, from `annotated`.
        clock: sample and token rates.
        seed: seeds the confidence intervals and the shuffled chance level.
        replicates: number of bootstrap replicates.

    Returns:
        One row per label, in the order of `LABELS`.
    """
    tokens = [tokenizer.encode(wave) for wave in waves_of(clip_audio, list(truths))]
    labels = [
        frame_labels(truth, start_s, len(of_clip), clock.semantic_hz)
        for (start_s, truth), of_clip in zip(truths.values(), tokens, strict=True)
    ]
    rows = []
    for label in LABELS:
        found, chance = clip_information(tokens, [of_clip[label] for of_clip in labels], seed, replicates)
        rows.append(InformationRow(name, label, found.value, found.low, found.high, chance, found.n))
    return rows


def figures(rows: Sequence[InformationRow]) -> dict[str, float]:
    """Flattens the rows to metrics by name, for an experiment tracker."""
    flat: dict[str, float] = {}
    for row in rows:
        key = f"semantic_information_{row.tokenizer}_{row.label}"
        flat |= {key: row.value, f"{key}_low": row.low, f"{key}_high": row.high, f"{key}_chance": row.chance}
    return flat


def to_markdown(rows: Sequence[InformationRow]) -> str:
    """Markdown table with one row per tokenizer and one column per label: value, interval and chance level."""
    labels = list(dict.fromkeys(row.label for row in rows))
    cells = {
        (r.tokenizer, r.label): f"{show_number(r.value)} [{show_number(r.low)}, {show_number(r.high)}], "
        f"chance {show_number(r.chance)}"
        for r in rows
    }
    names = dict.fromkeys(row.tokenizer for row in rows)
    table = markdown_table(
        ["tokens of", *labels], [[name, *(cells[name, label] for label in labels)] for name in names]
    )
    note = (
        f"Normalised mutual information with tokens, {rows[0].n} clips; 95 % bootstrap intervals over clips. Only what "
        "is above chance (the labels of other clips) is information."
    )
    return "\n".join([table, "", note, ""])
