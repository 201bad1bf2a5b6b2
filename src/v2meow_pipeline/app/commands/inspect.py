"""`v2meow inspect`: properties of media files, and the origin of generated music."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer


def inspect(
    files: Annotated[list[Path], typer.Argument(help="Videos.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """Show the properties of videos, and how their music was generated.

    Outputs of `v2meow generate` state in their metadata that the music is AI-generated, with models, seed and prompt.

        v2meow inspect out.mp4
    """
    from v2meow_pipeline.media.probe import probe

    for path in files:
        found = _describe(probe(path))
        typer.echo(json.dumps(found, ensure_ascii=False) if as_json else _format(found))


def _describe(info: Any) -> dict[str, Any]:
    """JSON values of a file."""
    from v2meow_pipeline.media.origin import COMMENT, read_origin

    origin = read_origin(info.comment)
    return {
        "file": str(info.path),
        "duration_s": round(info.duration_s, 3),
        "video": f"{info.video_codec} {info.width}x{info.height}, {info.video_fps:g} Hz",
        "audio": f"{info.audio_codec} {info.audio_rate_hz} Hz, {info.audio_channels} ch" if info.has_audio else None,
        "other_streams": list(info.others),
        "ai_generated_music": COMMENT in info.comment,
        "origin": None if origin is None else origin._asdict(),
        "comment": info.comment,
    }


def _format(found: dict[str, Any]) -> str:
    """Lines for a terminal."""
    lines = [f"{found['file']}: {found['duration_s']:g} s, {found['video']}, {found['audio'] or 'no audio'}"]
    lines += [f"  further streams: {', '.join(found['other_streams'])}"] if found["other_streams"] else []
    if found["origin"]:
        values = found["origin"]
        prompt = f', prompt "{values["prompt"]}"' if values["prompt"] else ""
        lines.append(
            f"  AI-generated music: {values['models']}, model {values['model']}, seed {values['seed']}{prompt}"
        )
    elif found["ai_generated_music"]:
        lines.append("  AI-generated music, without details of its origin")
    return "\n".join(lines)
