"""A part's log file: bounded, its last lines remembered."""

import logging
import sys
from collections import deque
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from typing_extensions import override

_BYTES = 5_000_000
_OLDER_FILES = 2
_WORKS_AGAIN = 20
"""So many lines in a row that were written end a trouble: a disk that is full takes one now and then."""


class _File(RotatingFileHandler):
    """Remembers why the last line was not written, instead of a traceback on the terminal for each."""

    trouble = ""

    @override
    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exception()
        self.trouble = (error.strerror if isinstance(error, OSError) else None) or str(error)


class PartLog:
    """`var/log/<part>.log`; at 5 MB it becomes `.1`, then `.2`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = _File(path, maxBytes=_BYTES, backupCount=_OLDER_FILES, encoding="utf-8", delay=True)
        self._last: deque[str] = deque(maxlen=50)
        self._written = _WORKS_AGAIN

    def add(self, line: str) -> str | None:
        """Write one line as it came; return the reason when that begins to fail, once."""
        self._last.append(line)
        self._file.trouble = ""
        self._file.emit(logging.makeLogRecord({"msg": "%s", "args": (line,)}))
        if not self._file.trouble:
            self._written += 1
            return None
        worked, self._written = self._written >= _WORKS_AGAIN, 0
        return self._file.trouble if worked else None

    def forget(self) -> None:
        """Begin a new life of the part: its last words are those from here on."""
        self._last.clear()

    @property
    def last_words(self) -> str:
        """The last line that says something, "nothing" when there is none."""
        for line in reversed(self._last):
            if line.strip() and not line[0].isspace():
                return line.strip()
        return "nothing"

    def settings_faults(self) -> list[str]:
        """What a service said of unusable settings, see shared.settings.exit_with."""
        mark = "settings: "
        return [line.removeprefix(mark) for line in self._last if line.startswith(mark)]

    def close(self) -> None:
        """Close the file; what a full disk does not take is lost."""
        with suppress(OSError):
            self._file.close()
