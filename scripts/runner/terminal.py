"""The terminal, written by a thread: one that stands still (Ctrl-S, a pager) never stops the system."""

import shutil
import threading
from queue import SimpleQueue

from runner.log_lines import short

_WAITING_AT_MOST = 1000


class Terminal:
    """Standard output. What the run itself says is never dropped; log lines are when nobody takes them."""

    def __init__(self) -> None:
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="terminal", daemon=True)
        self._thread.start()

    def say(self, text: str) -> None:
        """Show what the run has to say."""
        self._lines.put(text)

    def log(self, part: str, line: str) -> None:
        """Show a part's log line in its short form."""
        if self._lines.qsize() >= _WAITING_AT_MOST:
            return
        if (text := short(part, line, max(shutil.get_terminal_size((160, 24)).columns, 60))) is not None:
            self._lines.put(text)

    def close(self) -> None:
        """Write what waits, for at most two seconds."""
        self._lines.put(None)
        self._thread.join(2)

    def _write(self) -> None:
        while (text := self._lines.get()) is not None:
            try:
                print(text, flush=True)
            except (OSError, ValueError):
                continue  # nobody looks any more; the files in var/log have it all
