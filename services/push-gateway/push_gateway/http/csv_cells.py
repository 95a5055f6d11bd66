"""Cells as spreadsheets may have them: none that would be taken for a formula. Pure."""

import re

# Full-width signs too: some spreadsheets take them for the plain ones.
_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")


def escape_cell(cell: str) -> str:
    """Return a cell for a file: what would be a formula begins with an apostrophe."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unescape_cell(cell: str) -> str:
    """Return what `harmless` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
