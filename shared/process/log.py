"""Log lines: text for people or JSON for machines. Loggers are named by part; no record has a payload.

Every record has a stable dotted event name and fields:
`log.info("worker.intake.committed", extra={"chat": ...})`.
"""

import logging
import sys
import time

import orjson
from typing_extensions import override

from shared.process.trace import TRACE
from shared.settings import Logging

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """Return the fields of `extra`, and the trace that is being followed."""
    fields = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    if (word := TRACE.get()) and "trace" not in fields:
        fields["trace"] = word
    return fields


class TextFormatter(logging.Formatter):
    """`12:00:00.123 INFO  worker.intake: words field=value`."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        line = f"{clock}.{int(record.msecs):03d} {record.levelname:<7} {record.name}: {record.getMessage()}"
        for name, value in fields_of(record).items():
            line += f" {name}={value}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """One JSON object on each line."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "at": record.created,
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            **fields_of(record),
        }
        if record.exc_info:
            entry["error"] = self.formatException(record.exc_info)
        return orjson.dumps(entry, default=str).decode()


def configure(settings: Logging) -> None:
    """Log to standard error in the chosen format."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if settings.format == "json" else TextFormatter())
    logging.basicConfig(level=settings.level, handlers=[handler], force=True)
    for noisy in ("asyncio", "httpx", "httpcore", "uvicorn", "uvicorn.access", "uvicorn.error", "arq"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(settings.level)))
