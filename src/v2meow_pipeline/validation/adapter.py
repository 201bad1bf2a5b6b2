"""Data contracts for the `validator:` key of catalog entries."""

from pathlib import Path

import pandas as pd

from v2meow_pipeline.corpus.record import MANIFEST_COLUMNS
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.validation.great_expectations_run import Violation, run_suite
from v2meow_pipeline.validation.manifest_suite import (
    ManifestLimits,
    column_expectations,
    expectations,
    with_derived_columns,
)

SHOWN = 5


class ContractError(V2MeowError):
    """A table violates its data contract."""


class ManifestContract:
    """Data contract of the clip manifest: returns a valid manifest unchanged, or raises an error with the violations.

    In the catalog:

    ```yaml
    validator:
      class: v2meow_pipeline.validation.adapter.ManifestContract
      on: save
      options: {data_docs: data/08_reporting/data_docs, captions_mostly: 0.5}
    ```
    """

    def __init__(self, data_docs: str | None = None, **limits: float) -> None:
        """Configures the contract.

        Args:
            data_docs: output directory of the Data Docs site; None builds none.
            **limits: fields of `ManifestLimits`; an unknown one raises ConfigError.
        """
        self._data_docs = None if data_docs is None else Path(data_docs).absolute()
        self._limits = ManifestLimits.parse(dict(limits))

    def validate(self, data: pd.DataFrame) -> pd.DataFrame:
        """Validates a manifest.

        Args:
            data: clip manifest.

        Returns:
            `data`, unchanged.

        Raises:
            ContractError: if an expectation fails; the message lists the failed expectations, clips and remedies.
        """
        if set(MANIFEST_COLUMNS) <= set(data.columns):
            table, suite = with_derived_columns(data), expectations(self._limits)
        else:
            table, suite = data, column_expectations()
        violations = run_suite("clip_manifest", table, suite, "clip_id", self._data_docs)
        if violations:
            raise self._error(violations, len(suite))
        return data

    def _error(self, violations: list[Violation], checked: int) -> ContractError:
        listed = "; ".join(f"{v.expectation}: {v.detail}" for v in violations[:SHOWN])
        more = f"; and {len(violations) - SHOWN} more" if len(violations) > SHOWN else ""
        problem = f"The clip manifest violates {len(violations)} of {checked} expectations: {listed}{more}."
        remedies = " ".join(dict.fromkeys(violation.remedy for violation in violations[:SHOWN]))
        where = f" All results: {self._data_docs / 'index.html'}" if self._data_docs else ""
        return ContractError(problem, f"{remedies}{where}")
