"""Log lines: text for people or JSON for machines. Loggers are named by part; no record has a payload.

Every record has a stable dotted event name and fields:
`log.info("worker.intake.committed", extra={"chat": ...})`.
"""

import json
import logging
import re
import sys
import time

import orjson
from typing_extensions import override

from shared.command_names import named_for_here
from shared.printable import is_acting, printable
from shared.process.log_limit import OF_EVENT, LimitedHandler
from shared.process.trace import TRACE
from shared.settings import Logging

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}

_REMEDIES = ("reason", "remedy")
_LIKE_FIELDS = re.compile(r'^"|\s\S*=')


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """Return the fields of `extra`, and the trace that is being followed; remedies name commands of here."""
    fields = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    for name in _REMEDIES:
        if isinstance(text := fields.get(name), str):
            fields[name] = named_for_here(text)
    if (word := TRACE.get()) and "trace" not in fields:
        fields["trace"] = word
    return fields


class TextFormatter(logging.Formatter):
    """`12:00:00.123 INFO  worker.intake: words field=value`, all of it printable.

    A value that looks as if other fields followed is in quotes. Only a traceback has lines of its own.
    """

    @override
    def format(self, record: logging.LogRecord) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        line = f"{clock}.{int(record.msecs):03d} {record.levelname:<7} {record.name}: {_event(record)}"
        for name, value in fields_of(record).items():
            line += f" {name}={_quoted(str(value))}"
        shown = printable(line)
        return f"{shown}\n{_traceback(self.formatException(record.exc_info))}" if record.exc_info else shown


class JsonFormatter(logging.Formatter):
    """One JSON object on each line; what is not printable is escaped as JSON does."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "at": record.created,
            "level": record.levelname,
            "logger": record.name,
            "event": _event(record),
            **fields_of(record),
        }
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        try:
            line = orjson.dumps(entry, default=str).decode()
        except TypeError:  # half a surrogate pair, or a number of more than 64 bits
            return json.dumps(entry, default=str)
        return line if line.isprintable() else "".join(map(_escaped, line))


def _event(record: logging.LogRecord) -> str:
    return record.getMessage().rstrip()


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if _LIKE_FIELDS.search(value) else value


def _traceback(text: str) -> str:
    """Make each line printable; one that begins like a line of the log is indented."""
    lines = (printable(line) for line in text.splitlines())
    return "\n".join(f"  {line}" if line[:1].isdigit() else line for line in lines)


def _escaped(letter: str) -> str:
    return json.dumps(letter)[1:-1] if is_acting(letter) else letter


def configure(settings: Logging, of_event: int = OF_EVENT) -> None:
    """Log to standard error in the chosen format, `of_event` lines of each event a minute."""
    handler = LimitedHandler(sys.stderr, of_event)
    handler.setFormatter(JsonFormatter() if settings.format == "json" else TextFormatter())
    logging.basicConfig(level=settings.level, handlers=[handler], force=True)
    for noisy in ("asyncio", "httpx2", "httpcore2", "uvicorn", "uvicorn.access", "uvicorn.error", "arq"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(settings.level)))
