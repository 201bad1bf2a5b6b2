"""Options of `v2meow generate`, in the groups of its help."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from v2meow_pipeline.media.containers import Encode

if TYPE_CHECKING:
    from v2meow_pipeline.composer import ComposerConfig
    from v2meow_pipeline.media.mux_config import MuxConfig

MUSIC, SOUND, OUTPUT, EDIT = "Music", "Sound", "Output", "Change an earlier result"


@dataclass(frozen=True)
class MusicOptions:
    """Options of the models, of sampling, and of what the music follows."""

    prompt: Annotated[
        str | None,
        typer.Option(help='Text prompt that describes the music, such as "calm solo piano".', rich_help_panel=MUSIC),
    ] = None
    seed: Annotated[
        int, typer.Option(help="Random seed; the same seed gives the same music.", rich_help_panel=MUSIC)
    ] = 0
    model: Annotated[
        str | None,
        typer.Option(
            help="Folder of trained models, `release`, or a registered model such as models:/v2meow@champion. Default: "
            "this project's models if they are trained, else the release.",
            show_default=False,
            rich_help_panel=MUSIC,
        ),
    ] = None
    takes: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Number of pieces to generate; the one with the most beats on cuts and movement is kept. Default: the "
            "number that the models are evaluated with (4 for the release).",
            show_default=False,
            rich_help_panel=MUSIC,
        ),
    ] = None
    events: Annotated[
        Path | None,
        typer.Option(
            help="CSV with the columns time_s, accent, energy; the music follows it instead of cuts and movement.",
            rich_help_panel=MUSIC,
        ),
    ] = None
    guidance: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Classifier-free guidance scale: above 1, the music follows video and prompt more closely; 1 turns "
            "guidance off. Default: the scale that the models are evaluated with.",
            show_default=False,
            rich_help_panel=MUSIC,
        ),
    ] = None
    decoder: Annotated[
        Literal["griffin_lim", "vocoder"] | None,
        typer.Option(
            help="Decoder from tokens to audio; vocoder requires a trained vocoder. Default: the decoder that the "
            "models are evaluated with.",
            show_default=False,
            rich_help_panel=MUSIC,
        ),
    ] = None
    guard: Annotated[
        bool,
        typer.Option(help="Sample again with another seed when the music is silent or loops.", rich_help_panel=MUSIC),
    ] = True
    scene: Annotated[
        list[str] | None,
        typer.Option(
            metavar="START-END PROMPT",
            help='Prompt of a part of the video, such as --scene 0:00-0:12 "piano jazz". Repeat it for further parts; '
            "--prompt holds for the rest.",
            show_default=False,
            rich_help_panel=MUSIC,
        ),
    ] = None
    tempo: Annotated[
        float | None,
        typer.Option(
            help="Tempo of the music, beats per minute (30 to 300). Its beats replace cuts and movement; loudness "
            "still follows the video.",
            show_default=False,
            rich_help_panel=MUSIC,
        ),
    ] = None
    reference: Annotated[
        Path | None,
        typer.Option(
            help="Music whose style the result shall have: a sound file, or a video with sound. With the "
            "release's models, music of General-MIDI instruments has an effect.",
            show_default=False,
            rich_help_panel=MUSIC,
        ),
    ] = None
    continue_from: Annotated[
        Path | None,
        typer.Option(
            "--continue",
            metavar="FILE",
            help="Earlier music whose end the new music continues, such as the result for the clip before.",
            show_default=False,
            rich_help_panel=MUSIC,
        ),
    ] = None

    precision: Annotated[
        Literal["float32", "bfloat16", "int8"] | None,
        typer.Option(
            help="Precision of the stages' matrix products: int8 (weights; CPUs) and bfloat16 (GPUs and recent CPUs) "
            "are about twice as fast for models of the paper's size, and give other music. Default: the precision "
            "that the models are evaluated with.",
            show_default=False,
            rich_help_panel=MUSIC,
        ),
    ] = None

    def changed(self, config: "ComposerConfig") -> "ComposerConfig":
        """Sampling configuration with the options that were given."""
        guard = None if self.guard else False
        return config.changed(self.decoder, guard, self.guidance, self.precision)

    def arguments(self) -> dict[str, Any]:
        """Arguments of `composer.generate`."""
        return {
            "prompt": self.prompt,
            "seed": self.seed,
            "takes": self.takes,
            "events": self.events,
            "tempo_bpm": self.tempo,
            "scenes": self.scene or (),
            "reference": self.reference,
            "continue_from": self.continue_from,
        }


@dataclass(frozen=True)
class OutputOptions:
    """Options of the files that are written."""

    all_takes: Annotated[
        bool,
        typer.Option(
            "--all-takes",
            help="Also write the other pieces, as OUTPUT-seed-N with their seeds.",
            rich_help_panel=OUTPUT,
        ),
    ] = False
    encode: Annotated[
        Encode,
        typer.Option(help="Video codec of the output; copy keeps the original video stream.", rich_help_panel=OUTPUT),
    ] = "copy"
    overwrite: Annotated[bool, typer.Option(help="Replace the output file if it exists.", rich_help_panel=OUTPUT)] = (
        False
    )
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON on standard output.", rich_help_panel=OUTPUT)
    ] = False


@dataclass(frozen=True)
class SoundOptions:
    """Options of the mix."""

    loudness: Annotated[
        float, typer.Option(min=-60, max=0, help="Target loudness of the music, LUFS.", rich_help_panel=SOUND)
    ] = -14.0
    fade: Annotated[
        float, typer.Option(min=0, help="Duration of the fade-out at the end, seconds.", rich_help_panel=SOUND)
    ] = 1.0
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
    ] = None
    duck: Annotated[
        float,
        typer.Option(
            min=0,
            max=40,
            help="With --keep-original: lower the music by this many dB while the original sound is audible, as for "
            "speech.",
            rich_help_panel=SOUND,
        ),
    ] = 0.0

    def mux(self, encode: Encode) -> "MuxConfig":
        """Settings of the mix and of the output's video codec."""
        from v2meow_pipeline.media.mux_config import MuxConfig

        sound = {"loudness_lufs": self.loudness, "fade_out_s": self.fade, "duck_db": self.duck}
        return MuxConfig.parse({**sound, "original_gain_db": self.keep_original, "encode": encode})


@dataclass(frozen=True)
class EditOptions:
    """Options that change an earlier result."""

    redo: Annotated[
        str | None,
        typer.Option(
            metavar="START-END",
            help="Generate this span of an earlier result anew, such as 12-20 or 0:12-0:20, and keep the rest. VIDEO "
            "is the earlier result, unless --from names it.",
            show_default=False,
            rich_help_panel=EDIT,
        ),
    ] = None
    earlier: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="RESULT",
            help="With --redo: the earlier result, if VIDEO is the original video.",
            show_default=False,
            rich_help_panel=EDIT,
        ),
    ] = None
