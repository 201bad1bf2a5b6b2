"""`v2meow generate`: generates soundtracks for a video, or for all videos of a folder."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from v2meow_pipeline.app.commands.redo import EDIT, check_options, is_given, redo_span
from v2meow_pipeline.media.containers import Encode

if TYPE_CHECKING:
    from v2meow_pipeline.composer.generate_folder import FolderEntry

SAMPLING, SOUND, OUTPUT = "Music", "Sound", "Output"
FAILED = 1


def generate(
    context: typer.Context,
    video: Annotated[
        Path, typer.Argument(help="Input video, in any container and codec that ffmpeg reads, or a folder of videos.")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="Output video (.mp4, .mov, .mkv, .webm), or the music alone (.wav, .flac, .mp3, .opus, .m4a). For a "
            "folder: the output folder.",
        ),
    ],
    prompt: Annotated[
        str | None,
        typer.Option(help='Text prompt that describes the music, such as "calm solo piano".', rich_help_panel=SAMPLING),
    ] = None,
    seed: Annotated[
        int, typer.Option(help="Random seed; the same seed gives the same music.", rich_help_panel=SAMPLING)
    ] = 0,
    model: Annotated[
        str | None,
        typer.Option(
            help="Folder of trained models, `release`, or a registered model such as models:/v2meow@champion. Default: "
            "this project's models if they are trained, else the release.",
            show_default=False,
            rich_help_panel=SAMPLING,
        ),
    ] = None,
    takes: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Number of pieces to generate; the one with the most beats on cuts and movement is kept. Default: the "
            "number that the models are evaluated with (4 for the release).",
            show_default=False,
            rich_help_panel=SAMPLING,
        ),
    ] = None,
    all_takes: Annotated[
        bool,
        typer.Option(
            "--all-takes",
            help="Also write the other pieces, as OUTPUT-seed-N with their seeds.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    events: Annotated[
        Path | None,
        typer.Option(
            help="CSV with the columns time_s, accent, energy; the music follows it instead of cuts and movement.",
            rich_help_panel=SAMPLING,
        ),
    ] = None,
    guidance: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Classifier-free guidance scale: above 1, the music follows video and prompt more closely; 1 turns "
            "guidance off. Default: the scale that the models are evaluated with.",
            show_default=False,
            rich_help_panel=SAMPLING,
        ),
    ] = None,
    decoder: Annotated[
        Literal["griffin_lim", "vocoder"] | None,
        typer.Option(
            help="Decoder from tokens to audio; vocoder requires a trained vocoder. Default: the decoder that the "
            "models are evaluated with.",
            show_default=False,
            rich_help_panel=SAMPLING,
        ),
    ] = None,
    guard: Annotated[
        bool,
        typer.Option(
            help="Sample again with another seed when the music is silent or loops.", rich_help_panel=SAMPLING
        ),
    ] = True,
    loudness: Annotated[
        float, typer.Option(min=-60, max=0, help="Target loudness of the music, LUFS.", rich_help_panel=SOUND)
    ] = -14.0,
    fade: Annotated[
        float, typer.Option(min=0, help="Duration of the fade-out at the end, seconds.", rich_help_panel=SOUND)
    ] = 1.0,
    keep_original: Annotated[
        float | None,
        typer.Option(
            min=-60,
            max=24,
            help="Mix the music with the video's original sound at this gain, dB, such as -12. Default: the original "
            "sound is left out.",
            show_default=False,
            rich_help_panel=SOUND,
        ),
    ] = None,
    duck: Annotated[
        float,
        typer.Option(
            min=0,
            max=40,
            help="With --keep-original: lower the music by this many dB while the original sound is audible, as for "
            "speech.",
            rich_help_panel=SOUND,
        ),
    ] = 0.0,
    encode: Annotated[
        Encode,
        typer.Option(help="Video codec of the output; copy keeps the original video stream.", rich_help_panel=OUTPUT),
    ] = "copy",
    overwrite: Annotated[
        bool, typer.Option(help="Replace the output file if it exists.", rich_help_panel=OUTPUT)
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON on standard output.", rich_help_panel=OUTPUT)
    ] = False,
    scene: Annotated[
        list[str] | None,
        typer.Option(
            metavar="START-END PROMPT",
            help='Prompt of a part of the video, such as --scene 0:00-0:12 "piano jazz". Repeat it for further parts; '
            "--prompt holds for the rest.",
            show_default=False,
            rich_help_panel=SAMPLING,
        ),
    ] = None,
    tempo: Annotated[
        float | None,
        typer.Option(
            help="Tempo of the music, beats per minute (30 to 300). Its beats replace cuts and movement; loudness "
            "still follows the video.",
            show_default=False,
            rich_help_panel=SAMPLING,
        ),
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(
            help="Music whose style the result shall have: a sound file, or a video with sound. The effect of the "
            "release's models is weak.",
            show_default=False,
            rich_help_panel=SAMPLING,
        ),
    ] = None,
    continue_from: Annotated[
        Path | None,
        typer.Option(
            "--continue",
            metavar="FILE",
            help="Earlier music whose end the new music continues, such as the result for the clip before.",
            show_default=False,
            rich_help_panel=SAMPLING,
        ),
    ] = None,
    redo: Annotated[
        str | None,
        typer.Option(
            metavar="START-END",
            help="Generate this span of an earlier result anew, such as 12-20 or 0:12-0:20, and keep the rest. VIDEO "
            "is the earlier result, unless --from names it.",
            show_default=False,
            rich_help_panel=EDIT,
        ),
    ] = None,
    earlier: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="RESULT",
            help="With --redo: the earlier result, if VIDEO is the original video.",
            show_default=False,
            rich_help_panel=EDIT,
        ),
    ] = None,
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
    check_options(context, redo, earlier)
    if not video.is_dir():
        # Mistakes in names are found before imports that take seconds.
        from v2meow_pipeline.media.output_check import check_files

        check_files(video, output, overwrite)
    if redo is not None:
        own_seed = seed if is_given(context, "seed") else None
        made = redo_span(video, output, redo, earlier, prompt, own_seed, events, model, encode, overwrite)
        typer.echo(json.dumps(made.to_dict(), indent=2) if as_json else made.summary())
        return
    from v2meow_pipeline.app.environment import resolve_models
    from v2meow_pipeline.composer import composer_of
    from v2meow_pipeline.composer import generate as compose
    from v2meow_pipeline.composer.generate_folder import generate_folder
    from v2meow_pipeline.media.mux import MuxConfig

    sound = {"loudness_lufs": loudness, "fade_out_s": fade, "original_gain_db": keep_original, "duck_db": duck}
    mux = MuxConfig.parse({**sound, "encode": encode})
    models = resolve_models(model)
    config = composer_of(models.folder).changed(decoder=decoder, guard=None if guard else False, guidance=guidance)
    options: dict[str, Any] = {
        "prompt": prompt,
        "seed": seed,
        "takes": takes,
        "all_takes": all_takes,
        "events": events,
        "tempo_bpm": tempo,
        "scenes": scene or (),
        "reference": reference,
        "continue_from": continue_from,
        "mux": mux,
        "overwrite": overwrite,
    }
    if video.is_dir():
        _report_folder(generate_folder(video, output, models, config, options), as_json)
        return
    result = compose(video, output, models=models, config=config, **options)
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
            typer.echo(entry.made.summary().splitlines()[0])
    if not as_json:
        typer.echo(f"{made} of {made + failed} videos have a soundtrack" + (f", {failed} failed." if failed else "."))
    if failed:
        raise typer.Exit(FAILED if made else 2)
