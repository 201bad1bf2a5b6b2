"""Model card and data card of a release: each build replaces the facts between two marks, and keeps all other text."""

from collections.abc import Sequence
from pathlib import Path

from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.composer.bundle_manifest import BundleManifest
from v2meow_pipeline.release.manifest import EvaluationRecord, MetricRow, ReleaseManifest

MODEL_CARD, DATA_CARD = "MODEL_CARD.md", "DATA_CARD.md"
BEGIN, END = "<!-- facts: written by `v2meow release build` -->", "<!-- end of facts -->"

MODEL_TEXT = """# Model card: v2meow-weights

Silent video in, music out.

## Facts

{facts}

## Intended use

To be written: what the models are good for, and what they are not.

## Limits

To be written: corpus, duration, genres, prompts, quality of sound.

## Licences

To be written: of the weights, of the data, of the frozen encoders.

## Energy

To be written: hardware, hours, kilowatt-hours, and how they were measured.
"""

DATA_TEXT = """# Data card: v2meow-weights

## Facts

{facts}

## Where the data come from

To be written: sources, how they were made or collected, seeds.

## Licences and people

To be written: licences, whether persons can be recognised, consent.

## Limits

To be written: what the data lack, and which biases follow.
"""


def write_cards(folder: Path, manifest: ReleaseManifest, bundle_manifest: BundleManifest) -> None:
    """Writes both cards, or replaces their facts.

    Args:
        folder: folder of the package.
        manifest: manifest of the release.
        bundle_manifest: manifest of its bundle.
    """
    _write(folder / MODEL_CARD, MODEL_TEXT, model_facts(manifest, bundle_manifest))
    _write(folder / DATA_CARD, DATA_TEXT, data_facts(manifest))


def model_facts(manifest: ReleaseManifest, bundle_manifest: BundleManifest) -> str:
    """Facts about the models from both manifests, as Markdown."""
    parameters = sum(part.parameters for part in manifest.parts.values())
    about = [
        ("version", manifest.version),
        ("fingerprint", f"`{manifest.model}` (content `{manifest.content}`)"),
        ("commit", f"`{manifest.commit}`"),
        ("size", f"{manifest.size / 1e6:.1f} MB, {parameters / 1e6:.1f} M numbers; networks in {manifest.precision}"),
        ("path", f"{bundle_manifest.composer.path}, decoder {bundle_manifest.composer.decoder}"),
        ("frozen encoders, not included", ", ".join(sorted(manifest.encoders)) or "none"),
        *sorted(manifest.facts.items()),
    ]
    parts = [
        (name, part.kind, f"{part.parameters / 1e6:.2f} M", "" if part.seed is None else str(part.seed), part.licence)
        for name, part in manifest.parts.items()
    ]
    blocks = [_table(("", ""), about), _table(("part", "kind", "numbers", "seed", "licence of its data"), parts)]
    return "\n\n".join([*blocks, _evaluation(manifest.evaluation)])


def data_facts(manifest: ReleaseManifest) -> str:
    """Training data of each checkpoint, as Markdown."""
    rows = [(name, part.trained_on, part.licence) for name, part in manifest.parts.items()]
    return _table(("part", "trained on", "licence"), rows)


def _evaluation(record: EvaluationRecord | None) -> str:
    if record is None:
        return "Not evaluated yet."
    splits = ", ".join(f"{count} of {split}" for split, count in record.by_split.items())
    clips = f"{record.clips} clips ({splits}; {', '.join(record.corpora)})"
    head = f"Evaluated on {clips}; 95 % intervals over clips, seed {record.seed}."
    systems = list(dict.fromkeys(row.system for row in record.metrics))
    found = {(row.system, row.metric): row for row in record.metrics}
    metrics = list(dict.fromkeys(row.metric for row in record.metrics))
    rows = [(system, *(_value(found.get((system, metric))) for metric in metrics)) for system in systems]
    notes = [f"- {note}" for note in record.notes]
    return "\n\n".join([head, _table(("system", *metrics), rows), *(["\n".join(notes)] if notes else [])])


def _value(row: MetricRow | None) -> str:
    if row is None or row.value is None:
        return ""
    interval = "" if row.low is None or row.high is None else f" [{row.low:.3g}, {row.high:.3g}]"
    return f"{row.value:.3g}{interval}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def _write(path: Path, text: str, facts: str) -> None:
    """Writes a card, or replaces the facts between its marks; a card without marks is not changed."""
    marked = f"{BEGIN}\n\n{facts}\n\n{END}"
    if not path.is_file():
        write_text(path, text.format(facts=marked))
        return
    known = path.read_text(encoding="utf-8")
    before, begin, rest = known.partition(BEGIN)
    _, end, after = rest.partition(END)
    if begin and end:
        write_text(path, f"{before}{marked}{after}")
