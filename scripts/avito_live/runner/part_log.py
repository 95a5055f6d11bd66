"""The log file of a part, rotated by size, with its last lines in memory."""

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
"""Lines written in a row that end a failure, since a full disk takes a line now and then."""


class _File(RotatingFileHandler):
    """Keeps the reason why a line was not written, instead of printing a traceback for each line."""

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
        """Write one line; return the reason, once, when writing begins to fail."""
        self._last.append(line)
        self._file.trouble = ""
        self._file.emit(logging.makeLogRecord({"msg": "%s", "args": (line,)}))
        if not self._file.trouble:
            self._written += 1
            return None
        worked, self._written = self._written >= _WORKS_AGAIN, 0
        return self._file.trouble if worked else None

    def forget(self) -> None:
        """Forget the lines so far, since the part is started again."""
        self._last.clear()

    @property
    def last_words(self) -> str:
        """The last line that is neither empty nor indented, or "nothing"."""
        for line in reversed(self._last):
            if line.strip() and not line[0].isspace():
                return line.strip()
        return "nothing"

    def settings_faults(self) -> list[str]:
        """The problems that a service reported about its settings, see shared.settings.exit_with."""
        mark = "settings: "
        return [line.removeprefix(mark) for line in self._last if line.startswith(mark)]

    def close(self) -> None:
        """Close the file; lines that a full disk did not take are lost."""
        with suppress(OSError):
            self._file.close()
