"""`v2meow inspect`: properties of media files, and the origin of generated music."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer


def inspect(
    files: Annotated[list[Path], typer.Argument(help="Videos or audio files.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """Show the properties of media files, and how their music was generated.

    Outputs of `v2meow generate` state in their metadata that the music is AI-generated, with models, seed and prompt.

        v2meow inspect out.mp4
    """
    for path in files:
        found = _describe(path)
        typer.echo(json.dumps(found, ensure_ascii=False) if as_json else _format(found))


def _describe(path: Path) -> dict[str, Any]:
    """JSON values of a file."""
    from v2meow_pipeline.errors import MediaError
    from v2meow_pipeline.media.origin import COMMENT, read_origin
    from v2meow_pipeline.media.probe import probe
    from v2meow_pipeline.media.sound_info import read_sound_info

    try:
        video = probe(path)
    except MediaError as error:
        if error.reason != "no_video":
            raise
        video = None
    sound = read_sound_info(path) if video is None or video.has_audio else None
    comment = video.comment if video else sound.comment if sound else ""
    origin = read_origin(comment)
    return {
        "file": str(path),
        "duration_s": round(video.duration_s if video else sound.duration_s if sound else 0.0, 3),
        "video": f"{video.video_codec} {video.width}x{video.height}, {video.video_fps:g} Hz" if video else None,
        "audio": f"{sound.codec} {sound.rate_hz} Hz, {sound.channels} ch" if sound else None,
        "other_streams": list(video.others) if video else [],
        "ai_generated_music": COMMENT in comment,
        "origin": None if origin is None else origin._asdict(),
        "comment": comment,
    }


def _format(found: dict[str, Any]) -> str:
    """Lines for a terminal."""
    streams = ", ".join(filter(None, (found["video"] or "no video", found["audio"] or "no audio")))
    lines = [f"{found['file']}: {found['duration_s']:g} s, {streams}"]
    lines += [f"  further streams: {', '.join(found['other_streams'])}"] if found["other_streams"] else []
    if found["origin"]:
        values = found["origin"]
        prompt = f', prompt "{values["prompt"]}"' if values["prompt"] else ""
        models = f"{values['models']}, model {values['model']}"
        lines.append(f"  AI-generated music: {models}, seed {values['seed']}{prompt}")
    elif found["ai_generated_music"]:
        lines.append("  AI-generated music, without details of its origin")
    return "\n".join(lines)
