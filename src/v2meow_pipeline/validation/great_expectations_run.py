"""In-memory validation of a table with a Great Expectations suite, optionally with a Data Docs site.

Great Expectations takes seconds to import, so it is imported inside the functions.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from v2meow_pipeline.atomic import atomic_path

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.data_context import EphemeralDataContext
    from great_expectations.data_context.types.base import DataContextConfig
    from great_expectations.expectations import Expectation

# Great Expectations logs each step, already while it is imported.
logging.getLogger("great_expectations").setLevel(logging.WARNING)

SITE = "data_docs"
ROWS_NAMED = 5


class Violation(NamedTuple):
    """Failed expectation.

    Attributes:
        expectation: name of the expectation, such as "expect_column_values_to_not_be_null(licence)".
        detail: number and ids of the failing rows, or the observed value.
        remedy: remedy, in one sentence.
    """

    expectation: str
    detail: str
    remedy: str


def run_suite(
    name: str, table: pd.DataFrame, suite: "Sequence[Expectation]", row_id: str, data_docs: Path | None
) -> list[Violation]:
    """Validates a table with a suite.

    Args:
        name: name of the suite in Data Docs.
        table: table to validate.
        suite: expectations, each with the remedy for its violations in `meta["remedy"]`.
        row_id: column that identifies rows in violations.
        data_docs: output directory of the Data Docs site, replaced as a whole; None builds none.

    Returns:
        Failed expectations, in the order of the suite.
    """
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral", project_config=_context_config())
    if data_docs is None:
        return _violations(_run(context, name, table, suite, row_id, []), suite, row_id)
    with atomic_path(data_docs) as building:
        result = _run(context, name, table, suite, row_id, [_add_site(context, building)])
    return _violations(result, suite, row_id)


def _run(
    context: "EphemeralDataContext",
    name: str,
    table: pd.DataFrame,
    suite: "Sequence[Expectation]",
    row_id: str,
    actions: list[Any],
) -> "list[ExpectationValidationResult]":
    import great_expectations as gx

    batches = (
        context.data_sources.add_pandas(name).add_dataframe_asset(name).add_batch_definition_whole_dataframe("all")
    )
    added_suite = context.suites.add(gx.ExpectationSuite(name, expectations=list(suite)))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batches, suite=added_suite))
    checkpoint = gx.Checkpoint(
        name=name,
        validation_definitions=[definition],
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": [row_id]},
        actions=actions,
    )
    outcome = context.checkpoints.add(checkpoint).run(batch_parameters={"dataframe": table})
    return [result for run in outcome.run_results.values() for result in run.results]


def _add_site(context: "EphemeralDataContext", folder: Path) -> Any:
    """Adds a Data Docs site in `folder` to the context; returns the action that builds it."""
    from great_expectations.checkpoint import UpdateDataDocsAction

    config: Any = {
        "class_name": "SiteBuilder",
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
    }
    context.add_data_docs_site(SITE, config)
    return UpdateDataDocsAction(name=SITE, site_names=[SITE])


def _violations(
    results: "Sequence[ExpectationValidationResult]", suite: "Sequence[Expectation]", row_id: str
) -> list[Violation]:
    failed = [_violation(result, row_id) for result in results if not result.success]
    order = {_expectation_name(expectation.configuration): index for index, expectation in enumerate(suite)}
    return sorted(failed, key=lambda violation: order.get(violation.expectation, len(order)))


def _violation(result: "ExpectationValidationResult", row_id: str) -> Violation:
    config: Any = result.expectation_config
    remedy = str((config.meta or {}).get("remedy", ""))
    return Violation(_expectation_name(config), _detail(result, config.kwargs.get("column"), row_id), remedy)


def _expectation_name(config: Any) -> str:
    return f"{config.type}({config.kwargs.get('column', 'table')})"


def _detail(result: "ExpectationValidationResult", column: str | None, row_id: str) -> str:
    found = result.result or {}
    rows = found.get("unexpected_index_list")
    if rows:
        named = [f"{row[row_id]} ({row.get(column)!s:.40})" for row in rows[:ROWS_NAMED]]
        more = ", ..." if len(rows) > ROWS_NAMED else ""
        return f"{len(rows)} of {found['element_count']} rows: {', '.join(named)}{more}"
    if "details" in found:
        return str(found["details"])
    if found:
        return f"observed {found.get('observed_value')}"
    return str((result.exception_info or {}).get("exception_message") or result.exception_info)[:200]


def _context_config() -> "DataContextConfig":
    """Configuration of an in-memory context without progress bars, analytics or temporary Data Docs sites."""
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    return DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
