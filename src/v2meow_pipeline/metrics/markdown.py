"""Markdown tables."""

from collections.abc import Sequence

import pandas as pd


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Formats a table of texts as Markdown.

    Args:
        columns: headings.
        rows: cells of each row, which must not contain "|"; shown as they are, numbers included.

    Returns:
        The table, without a final line break.
    """
    frame = pd.DataFrame(list(rows), columns=list(columns), dtype=str)
    return str(frame.to_markdown(index=False, tablefmt="github", disable_numparse=True))
