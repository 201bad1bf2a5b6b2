"""`v2meow download`: the videos of published datasets."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from v2meow_pipeline.errors import ConfigError, V2MeowError

if TYPE_CHECKING:
    from v2meow_pipeline.corpus.sources.published.ledger import Entry

SHOWN = 5
CONTINUE = "Run the same command later: it continues where it was."


def download(
    corpus: Annotated[str, typer.Option(help="mv100k, musiccaps or aistpp.")],
    index: Annotated[
        Path | None,
        typer.Option(help="The published index. Without it: `index` of the corpus in the configuration."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many videos of the index.")] = None,
    retry_gone: Annotated[
        bool, typer.Option("--retry-gone", help="Ask again for videos that were gone or private.")
    ] = False,
    env: Annotated[str, typer.Option(help="Environment of the configuration: base, local, test, paper.")] = "local",
) -> None:
    """Download the videos of a published dataset.

    Only what is missing is fetched, one video at a time, no faster than
    `requests_per_minute`. Of a video of which the index names a section,
    only that section is kept. Files are named by id and lie in
    data/01_raw/CORPUS; a file that has its name is whole.

    It may be interrupted or killed: the same command continues, half
    files included. downloads.jsonl, beside the videos, has a line a video:
    ok, gone, private, rate_limited or failed, with the reason. Gone and
    private videos are not asked for again without --retry-gone; the others
    are. What is not here ends up, with its reason, in the quarantine table
    of the ingest pipeline.

    Read docs/how-to/datasets.md first: where the index comes from, what
    you may do with the videos, and what to install (yt-dlp, for MusicCaps
    and MV100K).

    \b
    v2meow download --corpus musiccaps --index musiccaps-public.csv --limit 20
    v2meow download --corpus aistpp --index splits
    """
    from v2meow_pipeline.corpus.sources.download.corpora import download_corpus

    params = _params(corpus, env)
    if index is not None:
        params["index"] = str(index)
    folder, outcome = download_corpus(corpus, params, limit, retry_gone)
    counts = ", ".join(f"{count} {status}" for status, count in sorted(outcome.counts.items()))
    typer.echo(f"{outcome.fetched} new videos in {folder}; of the index: {counts}.")
    for line in _reasons(outcome.failures):
        typer.echo(line)
    if outcome.stopped is not None:
        raise V2MeowError(outcome.stopped, CONTINUE)
    if outcome.counts.get("ok"):
        typer.echo(f"To use them, write to conf/local/parameters.yml:\n{_settings(corpus, str(params['index']))}")


def _params(corpus: str, env: str) -> dict[str, Any]:
    from v2meow_pipeline.app.environment import load_config
    from v2meow_pipeline.corpus.sources.published.table import PUBLISHED

    if corpus not in PUBLISHED:
        raise ConfigError(f"There is no published corpus {corpus!r}.", f"Choose one of {', '.join(PUBLISHED)}.")
    return dict(load_config(Path.cwd(), env, "parameters")["corpus"][corpus])


def _reasons(failures: "Sequence[Entry]") -> list[str]:
    """The commonest reasons of each status, with how often they came; those of one video name it."""
    counted = Counter((entry.status, entry.reason.replace(entry.id, "ID")) for entry in failures)
    lines = [f"  {count} x {status}: {reason}" for (status, reason), count in counted.most_common(SHOWN)]
    rest = len(counted) - SHOWN
    return [*lines, f"  and {rest} more reasons, see downloads.jsonl."] if rest > 0 else lines


def _settings(corpus: str, index: str) -> str:
    return f"corpus:\n  source: {corpus}\n  {corpus}:\n    index: {index}"
