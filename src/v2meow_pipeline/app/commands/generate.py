"""`v2meow generate`: generates soundtracks for a video, or for all videos of a folder."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from v2meow_pipeline.app.commands.generate_options import EditOptions, MusicOptions, OutputOptions, SoundOptions
from v2meow_pipeline.app.commands.option_groups import with_option_groups
from v2meow_pipeline.app.commands.redo import check_options, redo_span

if TYPE_CHECKING:
    from v2meow_pipeline.composer import Generation
    from v2meow_pipeline.composer.generate_folder import FolderEntry

FAILED = 1

Video = Annotated[
    Path, typer.Argument(help="Input video, in any container and codec that ffmpeg reads, or a folder of videos.")
]
Output = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        help="Output video (.mp4, .mov, .mkv, .webm), or the music alone (.wav, .flac, .mp3, .opus, .m4a). For a "
        "folder: the output folder.",
    ),
]


@with_option_groups
def generate(
    context: typer.Context,
    video: Video,
    output: Output,
    music: MusicOptions,
    written: OutputOptions,
    sound: SoundOptions,
    edit: EditOptions,
) -> None:
    """Generate a soundtrack for a video, or for each video of a folder.

    The video stream is copied without re-encoding, unless --encode is given. The music has the length of the video,
    fades out at the end, and is normalised to the target loudness. The last lines name the models that were used.

        v2meow generate clip.mp4 -o out.mp4 --takes 4
        v2meow generate clips -o clips_with_music --keep-original -6 --duck 9
        v2meow generate clip.mp4 -o out.mp4 --scene 0:00-0:12 "piano jazz" --scene 0:12-0:30 "fast techno"
        v2meow generate next.mp4 -o out2.mp4 --continue out.mp4
        v2meow generate out.mp4 -o better.mp4 --redo 0:12-0:20

    Exit codes: 0, all soundtracks were written; 1, some videos of a folder failed; 2, nothing was written; 130, it was
    interrupted by Ctrl-C. No partial file is left in any case.
    """
    check_options(context, edit)
    if not video.is_dir():
        # Mistakes in names are found before imports that take seconds.
        from v2meow_pipeline.media.output_check import check_files

        check_files(video, output, written.overwrite)
    if edit.redo is not None:
        _report(redo_span(context, video, output, edit.redo, edit.earlier, music, written), written.as_json)
    else:
        _compose(video, output, music, written, sound)


def _compose(video: Path, output: Path, music: MusicOptions, written: OutputOptions, sound: SoundOptions) -> None:
    from v2meow_pipeline.app.environment import resolve_models
    from v2meow_pipeline.composer import composer_of, generate
    from v2meow_pipeline.composer.generate_folder import generate_folder

    mux, models = sound.mux(written.encode), resolve_models(music.model)
    config = music.changed(composer_of(models.folder))
    options = music.arguments() | {"all_takes": written.all_takes, "mux": mux, "overwrite": written.overwrite}
    if video.is_dir():
        _report_folder(generate_folder(video, output, models, config, options), written.as_json)
    else:
        _report(generate(video, output, models=models, config=config, **options), written.as_json)


def _report(result: "Generation", as_json: bool) -> None:
    typer.echo(json.dumps(result.to_dict(), indent=2) if as_json else result.summary())


def _report_folder(entries: "Iterable[FolderEntry]", as_json: bool) -> None:
    """Prints a line per video as it is done, and a summary; exits with 1 or 2 if some or all failed."""
    made, failed = 0, 0
    for entry in entries:
        made, failed = made + (entry.made is not None), failed + (entry.made is None)
        if as_json:
            values = entry.made.to_dict() if entry.made else {"error": entry.error}
            typer.echo(json.dumps({"video": str(entry.video), **values}))
        elif entry.made is None:
            typer.echo(f"FAILED {entry.video}: {entry.error}", err=True)
        else:
            typer.echo("\n    ".join([entry.made.summary().splitlines()[0], *entry.made.remarks()]))
    if not as_json:
        typer.echo(f"{made} of {made + failed} videos have a soundtrack" + (f", {failed} failed." if failed else "."))
    if failed:
        raise typer.Exit(FAILED if made else 2)
