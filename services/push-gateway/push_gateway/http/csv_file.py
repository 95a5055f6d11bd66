"""CSV files as spreadsheets read and write them. Values only.

Writing produces what Excel opens correctly in Russia (UTF-8 with a BOM, `;`); a cell that a spreadsheet would
take for a formula gets an apostrophe in front, which reading removes. Reading accepts UTF-8 with or without a
BOM, `;` or `,` between cells.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import Literal

_SEPARATORS = (";", ",")
_LONGEST_HEADER = 1_000
_LONGEST_ROW = 128 * 1024
# Full-width signs too: some spreadsheets read them as the plain ones.
_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")


class CsvError(Exception):
    """A file cannot be read from a line on (the first is 1)."""

    def __init__(self, line: int, why: Literal["not_utf8", "bad_quotes"]) -> None:
        super().__init__(f"line {line}: {why}")
        self.line, self.why = line, why


def write(rows: Iterable[Iterable[str | int]], *, quote_all: bool = False) -> bytes:
    """Return the file, with quotes where they are needed, or around every cell."""
    text = io.StringIO(newline="")
    writer = csv.writer(
        text,
        delimiter=_SEPARATORS[0],
        lineterminator="\r\n",
        quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL,
    )
    for row in rows:
        writer.writerow([_escape(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue().encode("utf-8-sig")


def decode(data: bytes) -> str:
    """Return a file's text. Raises CsvError."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CsvError(data.count(b"\n", 0, error.start) + 1, "not_utf8") from error


def headers(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each separator with the cells that it makes of the first line."""
    first = io.StringIO(text, newline="").readline(_LONGEST_HEADER)
    for separator in _SEPARATORS:
        yield separator, next(csv.reader([first], delimiter=separator), [])


def read(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line it begins in, but not the empty ones at the end, a million of Excel's.

    Raises CsvError at broken quotes, and at a row that is too long.
    """
    length = 0

    def lines() -> Iterator[str]:
        nonlocal length
        for line in io.StringIO(_without_empty_end(text), newline=""):
            length += len(line)
            if length > _LONGEST_ROW:
                raise csv.Error
            yield line

    reader = csv.reader(lines(), delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, [_unescape(cell) for cell in cells]
            line, length = reader.line_num + 1, 0
    except csv.Error as error:
        raise CsvError(line, "bad_quotes") from error


def _without_empty_end(text: str) -> str:
    end = text.find("\n", len(text.rstrip("\r\n\t ;,")))
    return text if end < 0 else text[:end]


def _escape(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _unescape(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
