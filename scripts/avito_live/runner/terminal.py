"""Writes to the terminal in a thread, so that a blocked one (Ctrl-S, a pager) never blocks the system."""

import shutil
import threading
from queue import SimpleQueue

from avito_live.runner.log_lines import short

_WAITING_AT_MOST = 1000


class Terminal:
    """Standard output. Messages of the run are never dropped; log lines are while the output is blocked."""

    def __init__(self) -> None:
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="terminal", daemon=True)
        self._thread.start()

    def say(self, text: str) -> None:
        """Show a message of the run."""
        self._lines.put(text)

    def log(self, part: str, line: str) -> None:
        """Show a log line of a part in its short form."""
        if self._lines.qsize() >= _WAITING_AT_MOST:
            return
        if (text := short(part, line, max(shutil.get_terminal_size((160, 24)).columns, 60))) is not None:
            self._lines.put(text)

    def close(self) -> None:
        """Write what is queued, for at most two seconds."""
        self._lines.put(None)
        self._thread.join(2)

    def _write(self) -> None:
        while (text := self._lines.get()) is not None:
            try:
                print(text, flush=True)
            except (OSError, ValueError):
                continue  # the terminal is gone; the files in var/log have everything
