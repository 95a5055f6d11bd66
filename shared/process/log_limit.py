"""Bounds the lines of each event in the log, so that no flood of one pushes the others out of it."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import TextIO

from typing_extensions import override

from shared.http import forwarded

WINDOW_S = 60.0
OF_SOURCE = 30
OF_EVENT = 120
TRACEBACKS = 10
_MOST_EVENTS = 2_000
_EARLY_S = 1.0


class LimitedHandler(logging.StreamHandler[TextIO]):
    """Writes the first lines of an event in each minute; the rest are counted, and told as `left_out`.

    An event has `of_event` lines, `OF_SOURCE` of them of one source: the operator (`by`) or the network of
    the `address` in the record. Tracebacks of one kind have `TRACEBACKS`. DEBUG lines have no bound.
    """

    def __init__(
        self, stream: TextIO, of_event: int = OF_EVENT, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(stream)
        self._of_event, self._clock = of_event, clock
        self._until = float("-inf")
        self._lines = Counter[tuple[object, ...]]()
        self._left_out: dict[tuple[object, ...], tuple[logging.LogRecord, int]] = {}

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Write or count a record; the logging module calls this under the handler's lock."""
        now = self._clock()
        if now >= self._until:
            self._tell()
            self._until = now + WINDOW_S
        event = self._event_of(record)
        if record.levelno <= logging.DEBUG or self._take(event, record):
            super().emit(record)
            return
        if not self._left_out:
            self._tell_later()
        self._left_out[event] = (record, self._left_out.get(event, (record, 0))[1] + 1)

    def _event_of(self, record: logging.LogRecord) -> tuple[object, ...]:
        error = record.exc_info[0] if record.exc_info else None
        event = (record.name, record.msg, error)
        return event if event in self._lines or len(self._lines) < _MOST_EVENTS else (None, "others", error)

    def _take(self, event: tuple[object, ...], record: logging.LogRecord) -> bool:
        source = _source_of(record)
        of_source = (*event, source)
        if self._lines[event] >= (TRACEBACKS if record.exc_info else self._of_event):
            return False
        if source is not None and self._lines[of_source] >= OF_SOURCE:
            return False
        self._lines[event] += 1
        self._lines[of_source] += source is not None
        return True

    def _tell_later(self) -> None:
        """Tell at the end of the window; outside an event loop with the first record after it."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        loop.call_later(self._until - self._clock(), self._tell_at_end)

    def _tell_at_end(self) -> None:
        self.acquire()
        try:
            if self._clock() > self._until - _EARLY_S:  # else the next record has told it already
                self._tell()
        finally:
            self.release()

    def _tell(self) -> None:
        """Write how many lines of each event were left out since the window began, and begin anew."""
        left_out = self._left_out
        self._left_out, self._lines = {}, Counter()
        for record, lines in left_out.values():
            fields = {"name": record.name, "levelno": record.levelno, "levelname": record.levelname}
            summary = logging.makeLogRecord({**fields, "msg": record.getMessage(), "left_out": lines})
            super().emit(summary)


def _source_of(record: logging.LogRecord) -> str | None:
    """Return who caused a record, where it says so."""
    by, address = getattr(record, "by", None), getattr(record, "address", None)
    if by is not None:
        return f"by {by}"
    return f"of {forwarded.network_of(address)}" if isinstance(address, str) else None
