"""Ground-truth annotation of a clip, stored as JSON beside its video."""

import json
from pathlib import Path
from typing import Any

from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.synthetic.captions import caption
from v2meow_pipeline.synthetic.instruments import INSTRUMENTS
from v2meow_pipeline.synthetic.plan import ClipPlan, SyntheticConfig
from v2meow_pipeline.synthetic.score import Piece

GENERATOR_VERSION = 2
"""To be incremented when the rendering of a plan changes, so that existing clips are rendered again."""

LICENCE = "CC0-1.0 (synthetic)"


def clip_fingerprint(plan: ClipPlan, config: SyntheticConfig) -> str:
    """Fingerprint of everything that a clip's file depends on.

    Args:
        plan: plan of the clip.
        config: frame size and rates.

    Returns:
        Fingerprint of 16 hex digits, stored in the annotation.
    """
    sizes = [config.width, config.height, config.fps, config.sample_rate_hz]
    return fingerprint(GENERATOR_VERSION, plan.model_dump(mode="json"), sizes)


def annotation(plan: ClipPlan, piece: Piece, config: SyntheticConfig) -> dict[str, Any]:
    """Builds the annotation of a clip.

    Args:
        plan: plan of the clip.
        piece: composed music of the clip.
        config: frame size and rates, for the fingerprint.

    Returns:
        JSON values: times in seconds since the start of the clip (`beats_s`, `downbeats_s`, `onsets_s`,
        `drum_onsets_s`), `chords` as [start, end, symbol], `instruments` (the most played first), `caption`,
        `licence`, `mean_energy`, `plan` and `fingerprint`.
    """
    names = piece.instruments()
    drums = sorted({_ms(n.start_s) for n in piece.notes if piece.voices[n.part].is_drum and _within(n.start_s, plan)})
    return {
        "fingerprint": clip_fingerprint(plan, config),
        "caption": caption(plan, names),
        "licence": LICENCE,
        "mean_energy": round(plan.mean_energy, 4),
        "instruments": list(dict.fromkeys("drums" if n == "drums" else INSTRUMENTS[n].phrase for n in names)),
        "beats_s": [_ms(t) for t in piece.timing.beats_s],
        "downbeats_s": [_ms(t) for t in piece.timing.downbeats_s],
        "onsets_s": [_ms(t) for t in piece.timing.onsets_s],
        "drum_onsets_s": drums,
        "chords": [[_ms(c.start_s), _ms(c.end_s), c.symbol] for c in piece.chords],
        "plan": plan.model_dump(mode="json"),
    }


def write_annotation(path: Path, truth: dict[str, Any]) -> None:
    """Writes an annotation atomically."""
    write_text(path, json.dumps(truth, indent=1, sort_keys=True) + "\n")


def read_annotation(path: Path) -> dict[str, Any] | None:
    """Reads an annotation; None if it is missing or invalid."""
    try:
        truth = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return truth if isinstance(truth, dict) else None


def _within(time_s: float, plan: ClipPlan) -> bool:
    return 0 <= time_s < plan.duration_s


def _ms(time_s: float) -> float:
    """Rounds seconds to 0.1 ms, which keeps the JSON short and is finer than any rate in use."""
    return round(float(time_s), 4)
