"""The terminal of a run: its messages, and the parts' log lines in a short form.

A thread writes, so that a blocked terminal (Ctrl-S, a pager) never blocks the system.
"""

import re
import shutil
import threading
from queue import SimpleQueue

from shared.command_names import named_for_here
from shared.printable import printable_lines

_WAITING_AT_MOST = 1000
# See shared/process/log.py. The logger is left out where the event begins with its name.
_TEXT = re.compile(r"^[\d:.]{12} (?P<level>[A-Z]+) +(?:(?P<logger>\S+): (?=(?P=logger)\.))?(?P<rest>.*)$")
# Of Redis only problems are shown, but not the warning about a laptop's memory policy.
_REDIS_TROUBLE = re.compile(
    r"^(?!.*overcommit).*(warning|error|fail|can't|denied|corrupt|fatal)", re.IGNORECASE
)
_REDIS = re.compile(r"^\d+:[A-Z] \d+ \w+ \d{4} [\d:.]+ [.\-*#] (?P<rest>.*)$")


class Terminal:
    """Standard output. Messages of the run are never dropped; log lines are while the output is blocked.

    `quiet` until everything runs: of the parts' logs only warnings and errors are shown.
    """

    def __init__(self) -> None:
        self.quiet = True
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="terminal", daemon=True)
        self._thread.start()

    def say(self, text: str) -> None:
        """Show a message of the run."""
        self._lines.put(named_for_here(text))

    def log(self, part: str, line: str) -> None:
        """Show a log line of a part in its short form."""
        if self._lines.qsize() >= _WAITING_AT_MOST:
            return
        width = max(shutil.get_terminal_size((160, 24)).columns, 60)
        if (text := short(part, line, width, quiet=self.quiet)) is not None:
            self._lines.put(text)

    def close(self) -> None:
        """Write what is queued, for at most two seconds."""
        self._lines.put(None)
        self._thread.join(2)

    def _write(self) -> None:
        while (text := self._lines.get()) is not None:
            try:
                print(printable_lines(text), flush=True)
            except (OSError, ValueError):
                continue  # the terminal is gone; the files in var/log have everything


def short(part: str, line: str, width: int, *, quiet: bool = False) -> str | None:
    """Return a log line as the terminal shows it; None: it is in the file only. Pure."""
    if not line.strip() or line[0].isspace() or line.startswith("Traceback"):
        return None
    if part == "redis":
        found = _REDIS.match(line)
        text = found["rest"] if found else line
        if not _REDIS_TROUBLE.match(text):
            return None
    elif found := _TEXT.match(line):
        if quiet and found["level"] == "INFO":
            return None
        text = found["rest"] if found["level"] == "INFO" else f"{found['level']} {found['rest']}"
    elif quiet:
        return None
    else:
        text = line
    text = f"{part:<9} {text}"
    return text if len(text) <= width else f"{text[: width - 1]}…"
