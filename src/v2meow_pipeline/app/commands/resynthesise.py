"""`v2meow resynthesise`: what a codec makes of sound."""

from pathlib import Path
from typing import Annotated

import typer


def resynthesise(
    sound: Annotated[Path, typer.Argument(help="Folder of sound or video files.")],
    output: Annotated[Path, typer.Argument(help="Folder for a WAV file of each, by the same stem.")],
    model: Annotated[
        str | None,
        typer.Option(help="Models whose codec it is, as in `v2meow generate`.", show_default=False),
    ] = None,
    levels: Annotated[
        int | None,
        typer.Option(min=1, help="Codebooks. Without it: those that generated music has.", show_default=False),
    ] = None,
    decoder: Annotated[
        str | None,
        typer.Option(help="griffin_lim or vocoder. Without it: that of generated music.", show_default=False),
    ] = None,
    seconds: Annotated[float | None, typer.Option(min=1, help="Of each file, from its start.")] = None,
) -> None:
    """Encode sound to tokens, and decode it again.

    No model of these tokens can sound better than this. How much is lost:

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
    typer.echo(f"{count} files in {output}, by the codec of {models.name}")
