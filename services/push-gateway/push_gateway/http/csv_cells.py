"""Escapes CSV cells that spreadsheets would take for formulas. Pure."""

import re

# Full-width signs too: some spreadsheets read them as the plain ones.
_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")


def escape_cell(cell: str) -> str:
    """Return a cell for a file; a formula gets an apostrophe in front."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unescape_cell(cell: str) -> str:
    """Return the cell that `escape_cell` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
