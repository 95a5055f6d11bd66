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


class PartLog(RotatingFileHandler):
    """`var/log/<part>.log`; at 5 MB it becomes `.1`, then `.2`. A full disk loses lines."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(path, maxBytes=_BYTES, backupCount=_OLDER_FILES, encoding="utf-8", delay=True)
        self._last: deque[str] = deque(maxlen=50)
        self._trouble = ""
        self._is_said = False

    def add(self, line: str) -> str | None:
        """Write one line; return why it could not be written, once."""
        self._last.append(line)
        self._trouble = ""
        self.emit(logging.makeLogRecord({"msg": "%s", "args": (line,)}))
        if not self._trouble or self._is_said:
            return None
        self._is_said = True
        return self._trouble

    @override
    def handleError(self, record: logging.LogRecord) -> None:
        error = sys.exception()
        self._trouble = (error.strerror if isinstance(error, OSError) else None) or str(error)

    def forget(self) -> None:
        """Forget the lines so far, since the part is started again."""
        self._last.clear()

    @property
    def lines(self) -> list[str]:
        """The last lines."""
        return list(self._last)

    @property
    def last_words(self) -> str:
        """The last line that is neither empty nor indented, or "nothing"."""
        shown = (line.strip() for line in reversed(self._last) if line.strip() and not line[0].isspace())
        return next(shown, "nothing")

    def settings_faults(self) -> list[str]:
        """The problems that a service reported about its settings, see shared.settings.read_or_exit."""
        mark = "settings: "
        return [line.removeprefix(mark) for line in self._last if line.startswith(mark)]

    @override
    def close(self) -> None:
        with suppress(OSError):
            super().close()
