"""Quick replies as a CSV file, as http/csv_file.py reads and writes it; columns in any order. Values only."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from push_gateway.features.quick_replies.catalogue import (
    MOST,
    CatalogueError,
    CatalogueProblem,
    Wording,
    wording,
)
from push_gateway.http import csv_file
from push_gateway.http.csv_file import CsvError

MOST_BYTES = 5 * 1024 * 1024
MOST_PROBLEMS = 20
_MOST_ROWS = 20_000
"""Empty ones too."""
_COLUMNS = ("folder", "name", "text")
_NAMES = {"папка": "folder", "название": "name", "текст": "text"}
_UNREADABLE = {
    "not_utf8": "The file is not in UTF-8. Save it as “CSV UTF-8”.",
    "bad_quotes": "The quotes do not match: a cell is not closed or far too long, or something follows it.",
}

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
    rows = ((one.folder, one.name, one.text) for one in wordings)
    return csv_file.write([_COLUMNS, *rows], quote_all=True)


def read(data: bytes) -> Table:
    """Return the rows of a file and its problems; never raises."""
    try:
        text = csv_file.decode(data)
    except CsvError as error:
        return Table(problems=[_unreadable(error)])
    for separator, cells in csv_file.headers(text):
        columns = [_column(cell) for cell in cells]
        if {"name", "text"} <= set(columns):
            return _read_rows(text, separator, columns)
    return _failed(1, "no_header", "The first line must name the columns: folder;name;text.")


def _read_rows(text: str, separator: str, columns: list[str]) -> Table:
    table = Table()
    seen: dict[tuple[str, str], int] = {}
    try:
        for number, (line, cells) in enumerate(csv_file.read(text, separator)):
            if len(table.problems) >= MOST_PROBLEMS:
                return table
            if number > _MOST_ROWS:
                return _too_many(line)
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
                return _too_many(line)
    except CsvError as error:
        table.problems.append(_unreadable(error))
    if not table.rows and not table.problems:
        return _failed(1, "no_rows", "There is no quick reply in the file.")
    return table


def _row(line: int, cells: list[str], columns: list[str]) -> Wording | Problem:
    if len(cells) != len(columns):
        return Problem(line, "bad_cells", f"There are {len(cells)} cells instead of {len(columns)}.")
    given = dict(zip(columns, cells, strict=True))
    try:
        return wording(given.get("folder", ""), given["name"], given["text"])
    except CatalogueError as error:
        return Problem(line, error.code, error.message)


def _unreadable(error: CsvError) -> Problem:
    return Problem(error.line, error.why, _UNREADABLE[error.why])


def _column(cell: str) -> str:
    name = cell.strip().casefold()
    return _NAMES.get(name, name)


def _too_many(line: int) -> Table:
    return _failed(line, "too_many", f"There is room for {MOST:,} quick replies.")


def _failed(line: int, why: ProblemCode, message: str) -> Table:
    return Table(problems=[Problem(line, why, message)])
