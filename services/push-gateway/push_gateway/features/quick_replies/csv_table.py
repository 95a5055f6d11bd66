"""Quick replies as a CSV file, as spreadsheets read and write it. Values only.

Reading accepts UTF-8 with or without a BOM, `;` or `,` between cells, columns in any order. Writing produces
what Excel opens correctly in Russia (BOM, `;`); cells that a spreadsheet would take for formulas get an
apostrophe in front, which reading removes.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from push_gateway.features.quick_replies.catalogue import (
    MOST,
    CatalogueError,
    CatalogueProblem,
    Wording,
    wording,
)
from push_gateway.http.csv_cells import escape_cell, unescape_cell

MOST_BYTES = 5 * 1024 * 1024
MOST_PROBLEMS = 20
_LONGEST_HEADER = 1_000
_COLUMNS = ("folder", "name", "text")
_NAMES = {"папка": "folder", "название": "name", "текст": "text"}
_SEPARATORS = (";", ",")

ProblemCode = (
    CatalogueProblem | Literal["not_utf8", "no_header", "no_rows", "bad_quotes", "bad_cells", "twice"]
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault in a line (the first is 1), in plain words."""

    line: int
    why: ProblemCode
    message: str


@dataclass(slots=True)
class Table:
    """The contents of a file, valid only without problems (at most 20 are listed)."""

    rows: list[Wording] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def write(wordings: Iterable[Wording]) -> bytes:
    """Return the file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(_COLUMNS)
    for one in wordings:
        writer.writerow(escape_cell(cell) for cell in (one.folder, one.name, one.text))
    return text.getvalue().encode("utf-8-sig")


def read(data: bytes) -> Table:
    """Return the rows of a file and its problems; never raises."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return _failed(line, "not_utf8", "The file is not in UTF-8. Save it as “CSV UTF-8”.")
    header = io.StringIO(text, newline="").readline(_LONGEST_HEADER)
    for separator in _SEPARATORS:
        columns = [_column(cell) for cell in next(csv.reader([header], delimiter=separator), [])]
        if {"name", "text"} <= set(columns):
            return _read_rows(text, separator, columns)
    return _failed(1, "no_header", "The first line must name the columns: folder;name;text.")


def _read_rows(text: str, separator: str, columns: list[str]) -> Table:
    table = Table()
    seen: dict[tuple[str, str], int] = {}
    for line, cells in _lines(text, separator, table):
        if len(table.problems) >= MOST_PROBLEMS:
            return table
        if line == 1 or not any(cell.strip() for cell in cells):
            continue
        row = _row(line, cells, columns)
        if isinstance(row, Wording) and seen.setdefault(row.key, line) != line:
            row = Problem(line, "twice", f"The same folder and name stand in line {seen[row.key]}.")
        if isinstance(row, Problem):
            table.problems.append(row)
        elif len(table.rows) < MOST:
            table.rows.append(row)
        else:
            return _failed(line, "too_many", f"There is room for {MOST:,} quick replies.")
    if not table.rows and not table.problems:
        return _failed(1, "no_rows", "There is no quick reply in the file.")
    return table


def _row(line: int, cells: list[str], columns: list[str]) -> Wording | Problem:
    if len(cells) != len(columns):
        return Problem(line, "bad_cells", f"There are {len(cells)} cells instead of {len(columns)}.")
    given = dict(zip(columns, map(unescape_cell, cells), strict=True))
    try:
        return wording(given.get("folder", ""), given["name"], given["text"])
    except CatalogueError as error:
        return Problem(line, error.why, error.message)


def _lines(text: str, separator: str, table: Table) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line it begins in; broken quotes add a problem and end the file."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        words = "The quotes do not match: a cell is not closed or far too long, or something follows it."
        table.problems.append(Problem(line, "bad_quotes", words))


def _column(cell: str) -> str:
    name = cell.strip().casefold()
    return _NAMES.get(name, name)


def _failed(line: int, why: ProblemCode, message: str) -> Table:
    return Table(problems=[Problem(line, why, message)])
