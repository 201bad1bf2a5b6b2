"""Option `--redo` of `v2meow generate`: a span of an earlier result is generated anew."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from v2meow_pipeline.app.commands.generate_options import EditOptions, MusicOptions, OutputOptions
from v2meow_pipeline.errors import ConfigError

if TYPE_CHECKING:
    from v2meow_pipeline.composer import Generation

# Options that hold for the new span; all others are those of the earlier result.
ALLOWED = frozenset(
    ["video", "output", "redo", "earlier", "prompt", "seed", "events", "model", "encode", "overwrite", "as_json"]
)


def check_options(context: typer.Context, edit: EditOptions) -> None:
    """Refuses options that have no effect together with `--redo`, and `--from` without it.

    Args:
        context: context of the command.
        edit: values of `--redo` and `--from`.

    Raises:
        ConfigError: if there is such an option.
    """
    if edit.redo is None:
        if edit.earlier is not None:
            raise ConfigError("--from has no effect without --redo.", "Add --redo START-END, or leave it out.")
        return
    for option in context.command.params:
        if option.name not in ALLOWED and _is_given(context, option.name or ""):
            problem = (
                f"{option.opts[0]} cannot be combined with --redo, which keeps the settings of the earlier result."
            )
            raise ConfigError(problem, "Leave it out.")


def redo_span(
    context: typer.Context,
    video: Path,
    output: Path,
    span: str,
    earlier: Path | None,
    music: MusicOptions,
    written: OutputOptions,
) -> "Generation":
    """Generates a span of an earlier result anew, with the arguments and options of the command."""
    from v2meow_pipeline.app.environment import resolve_models
    from v2meow_pipeline.composer import regenerate

    if video.is_dir():
        raise ConfigError(f"{video} is a folder.", "Name one earlier result with --redo.")
    return regenerate(
        video,
        output,
        span,
        earlier=earlier,
        prompt=music.prompt,
        seed=music.seed if _is_given(context, "seed") else None,
        events=music.events,
        models=resolve_models(music.model),
        encode=written.encode,
        overwrite=written.overwrite,
    )


def _is_given(context: typer.Context, name: str) -> bool:
    """Whether an option is on the command line."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
