"""`v2meow resynthesise`: encodes and decodes audio with a codec, to measure the codec's loss."""

from pathlib import Path
from typing import Annotated

import typer


def resynthesise(
    sound: Annotated[Path, typer.Argument(help="Input folder of audio or video files.")],
    output: Annotated[Path, typer.Argument(help="Output folder; one WAV file of the same stem per input file.")],
    model: Annotated[
        str | None,
        typer.Option(help="Models that contain the codec; see --model of `v2meow generate`.", show_default=False),
    ] = None,
    levels: Annotated[
        int | None,
        typer.Option(
            min=1, help="Number of codebooks to decode. Default: as many as generated music has.", show_default=False
        ),
    ] = None,
    decoder: Annotated[
        str | None,
        typer.Option(help="griffin_lim or vocoder. Default: the decoder used for generated music.", show_default=False),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(min=1, help="Maximum length used of each file, from its start, s.")
    ] = None,
) -> None:
    """Encode audio to tokens with the codec, and decode it again.

    The result is the upper bound of sound quality for any model that generates these tokens. To measure the loss:

        v2meow resynthesise music out/codec
        v2meow score --reference music --generated codec=out/codec --fidelity
    """
    from v2meow_pipeline.app.environment import resolve_models
    from v2meow_pipeline.composer import Bundle, composer_of
    from v2meow_pipeline.composer.resynthesis import resynthesise_folder

    models = resolve_models(model)
    config = composer_of(models.folder).changed(decoder=decoder)
    bundle = Bundle.load(models.folder, config)
    count = resynthesise_folder(sound, output, bundle, levels, seconds)
    typer.echo(f"{count} files in {output}, with the codec of {models.name}")
