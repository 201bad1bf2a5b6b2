"""The data contract on the manifest, as Kedro's catalog wants a validator: a class with `validate(data)`."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from v2meow_pipeline.checkpoint import atomic_path
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.validation.manifest import SUITE, ManifestRules, manifest_suite, with_split_counts

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
    from great_expectations.data_context import EphemeralDataContext

ROWS_NAMED = 5


class ContractError(V2MeowError):
    """A table that breaks its contract."""


class ManifestContract:
    """Great Expectations on the clip manifest: a violation stops the run and names expectation and clips."""

    def __init__(self, data_docs: str | None = None, rules: dict[str, Any] | None = None) -> None:
        """A contract.

        Args:
            data_docs: folder for the Data Docs, a static site that shows every expectation; None builds none.
            rules: values of `ManifestRules`.
        """
        self._data_docs = Path(data_docs).absolute() if data_docs else None
        self._rules = ManifestRules.parse(rules or {})

    def validate(self, data: pd.DataFrame) -> pd.DataFrame:
        """The same manifest, if it keeps the contract.

        Args:
            data: a manifest.

        Returns:
            `data`, unchanged.

        Raises:
            ContractError: naming each expectation that failed, and the first clips that it failed on.
        """
        import great_expectations as gx

        logging.getLogger("great_expectations").setLevel(logging.ERROR)
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = _no_bars()
        if self._data_docs is None:
            result = _run(context, data, self._rules)
        else:
            with atomic_path(self._data_docs) as site:
                context.add_data_docs_site("manifest", _site(site))
                result = _run(context, data, self._rules)
                context.build_data_docs(site_names=["manifest"])
        broken = [_told(check) for check in result.results if not check.success]
        if broken:
            where = f" Details: {self._data_docs / 'index.html'}." if self._data_docs else ""
            raise ContractError(
                f"The clip manifest breaks its contract: {'; '.join(broken)}.",
                f"Mend or remove these videos, or change the rules in the catalog.{where}",
            )
        return data


def _run(
    context: "EphemeralDataContext", data: pd.DataFrame, rules: ManifestRules
) -> "ExpectationSuiteValidationResult":
    import great_expectations as gx

    asset = context.data_sources.add_pandas("corpus").add_dataframe_asset(SUITE)
    definition = gx.ValidationDefinition(
        name=SUITE,
        data=asset.add_batch_definition_whole_dataframe("all"),
        suite=context.suites.add(manifest_suite(rules)),
    )
    return context.validation_definitions.add(definition).run(
        batch_parameters={"dataframe": with_split_counts(data)},
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["clip_id"]},
    )


def _no_bars() -> Any:
    from great_expectations.data_context.types.base import ProgressBarsConfig

    return ProgressBarsConfig(globally=False)


def _site(folder: Path) -> Any:
    return {
        "class_name": "SiteBuilder",
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
    }


def _told(check: "ExpectationValidationResult") -> str:
    """One broken expectation in words: its name, its bounds, how many clips, and the first of them."""
    config = check.expectation_config
    if config is None:
        return str(check)
    bounds = {k: v for k, v in config.kwargs.items() if k not in ("batch_id", "column", "column_set")}
    name = f"{config.kwargs.get('column', 'table')} {config.type} {bounds or ''}".strip()
    if check.exception_info and check.exception_info.get("exception_message"):
        return f"{name}: {check.exception_info['exception_message']}"
    rows = [str(row["clip_id"]) for row in check.result.get("unexpected_index_list") or []]
    if not rows:
        return f"{name}: observed {check.result.get('observed_value')}"
    more = f" and {len(rows) - ROWS_NAMED} more" if len(rows) > ROWS_NAMED else ""
    return f"{name}: {len(rows)} clips: {', '.join(rows[:ROWS_NAMED])}{more}"
