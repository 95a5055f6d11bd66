"""Splits output into log lines and shortens them for the terminal. Pure."""

import re
from dataclasses import dataclass

_LONGEST = 65536
# See shared/process/log.py. The logger is left out where the event begins with its name.
_TEXT = re.compile(r"^[\d:.]{12} (?P<level>[A-Z]+) +(?:(?P<logger>\S+): (?=(?P=logger)\.))?(?P<rest>.*)$")
# Of Redis only problems are shown, but not the warning about a laptop's memory policy.
_REDIS_TROUBLE = re.compile(
    r"^(?!.*overcommit).*(warning|error|fail|can't|denied|corrupt|fatal)", re.IGNORECASE
)
_REDIS = re.compile(r"^\d+:[A-Z] \d+ \w+ \d{4} [\d:.]+ [.\-*#] (?P<rest>.*)$")


@dataclass(slots=True)
class Splitter:
    """Splits bytes into lines; an endless line is returned in pieces."""

    rest: bytes = b""

    def feed(self, chunk: bytes) -> list[str]:
        """Add bytes and return the lines that are complete."""
        *whole, self.rest = (self.rest + chunk).split(b"\n")
        if len(self.rest) > _LONGEST:
            whole.append(self.rest)
            self.rest = b""
        return [line.decode("utf-8", "replace").rstrip("\r") for line in whole]

    def end(self) -> list[str]:
        """Return the text after the last line break."""
        left, self.rest = self.rest, b""
        return [left.decode("utf-8", "replace")] if left else []


def short(part: str, line: str, width: int) -> str | None:
    """Return a log line as the terminal shows it; None: it is in the file only."""
    if not line.strip() or line[0].isspace() or line.startswith("Traceback"):
        return None
    if part == "redis":
        found = _REDIS.match(line)
        text = found["rest"] if found else line
        if not _REDIS_TROUBLE.match(text):
            return None
    elif found := _TEXT.match(line):
        text = found["rest"] if found["level"] == "INFO" else f"{found['level']} {found['rest']}"
    else:
        text = line
    text = f"{part:<9} {text}"
    return text if len(text) <= width else f"{text[: width - 1]}…"
