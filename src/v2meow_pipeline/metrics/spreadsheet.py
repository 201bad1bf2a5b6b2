"""Tables that people open in a spreadsheet."""

import pandas as pd

# What a spreadsheet takes for a formula; a genre or a caption that a stranger wrote may begin so.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """A copy whose texts are shown as they are, by an apostrophe before those that would be computed."""
    texts = table.select_dtypes(include=["object", "string", "category"]).columns
    return table.assign(**{name: table[name].map(_quoted) for name in texts})


def _quoted(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
