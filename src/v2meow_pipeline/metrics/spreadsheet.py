"""Escaping of tables for spreadsheet programs (CSV formula injection)."""

import pandas as pd

# First characters that a spreadsheet interprets as a formula; untrusted genres and captions may start with one.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """A copy of the table in which text that would be evaluated as a formula is prefixed with an apostrophe."""
    texts = table.select_dtypes(include=["object", "string", "category"]).columns
    return table.assign(**{name: table[name].map(escape_formula) for name in texts})


def escape_formula(value: object) -> object:
    """The value; a text that would be evaluated as a formula is prefixed with an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
