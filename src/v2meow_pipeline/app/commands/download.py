"""`v2meow download`: downloads the videos of published datasets."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from v2meow_pipeline.errors import ConfigError, V2MeowError

if TYPE_CHECKING:
    from v2meow_pipeline.corpus.sources.published.ledger import Entry

SHOWN = 5
CONTINUE = "Run the same command later: it continues where it stopped."


def download(
    corpus: Annotated[str, typer.Option(help="Dataset: mv100k, musiccaps or aistpp.")],
    index: Annotated[
        Path | None,
        typer.Option(
            help="Path of the dataset's published index. Default: `index` of this corpus in the configuration."
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Download only the first N videos of the index.")] = None,
    retry_gone: Annotated[
        bool, typer.Option("--retry-gone", help="Try again to download videos recorded as gone or private.")
    ] = False,
    env: Annotated[
        str, typer.Option(help="Configuration environment, a folder of conf/: base, local, test, paper.")
    ] = "local",
) -> None:
    """Download the videos of a published dataset.

    Downloads missing videos one at a time, at no more than
    `requests_per_minute`. If the index gives a section of a video, only that
    section is kept. Files are written to data/01_raw/CORPUS, named by id; a
    file with its final name is complete.

    To continue an interrupted download, run the same command again; partial
    files are resumed. downloads.jsonl, in the same folder, has one line per
    video with its status (ok, gone, private, rate_limited or failed) and the
    reason. Failed and rate-limited videos are tried again on the next run,
    gone and private ones only with --retry-gone. Videos that are missing
    appear with their reason in the quarantine table of the ingest pipeline.

    Read docs/how-to/datasets.md first: it explains where to get the index,
    the terms of use of the videos, and what to install (yt-dlp, for MusicCaps
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
    """Summary lines of the most common failure reasons, with their counts; video ids are replaced by "ID"."""
    counted = Counter((entry.status, entry.reason.replace(entry.id, "ID")) for entry in failures)
    lines = [f"  {count} x {status}: {reason}" for (status, reason), count in counted.most_common(SHOWN)]
    rest = len(counted) - SHOWN
    return [*lines, f"  and {rest} more reasons, see downloads.jsonl."] if rest > 0 else lines


def _settings(corpus: str, index: str) -> str:
    return f"corpus:\n  source: {corpus}\n  {corpus}:\n    index: {index}"
