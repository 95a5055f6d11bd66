"""A part's log file: bounded, its last lines remembered."""

import logging
from collections import deque
from logging.handlers import RotatingFileHandler
from pathlib import Path

_BYTES = 5_000_000
_OLDER_FILES = 2


class PartLog:
    """`var/log/<part>.log`; at 5 MB it becomes `.1`, then `.2`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = RotatingFileHandler(
            path, maxBytes=_BYTES, backupCount=_OLDER_FILES, encoding="utf-8", delay=True
        )
        self._last: deque[str] = deque(maxlen=50)

    def add(self, line: str) -> None:
        """Write one line as it came."""
        self._last.append(line)
        self._file.emit(logging.makeLogRecord({"msg": "%s", "args": (line,)}))

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
        """Close the file."""
        self._file.close()
