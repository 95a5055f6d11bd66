"""Starts what runs beside its caller, and lets no error of it go unnoticed.

No other module starts a bare task (ruff's TID251, tests/house/test_tasks.py): the error of a task that is
never awaited is lost.
"""

import asyncio
import random
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from logging import Logger
from typing import Any, Never

from prometheus_client import Counter

from shared.process.foreseen import FORESEEN, is_foreseen, lacks_right
from shared.process.once_a_minute import is_due
from shared.process.redis_trouble import in_words, kind_of
from shared.process.shutdown import cancel_and_wait
from shared.timing.backoff import Backoff

Loop = Callable[[], Coroutine[Any, Any, None]]

FAILURES = Counter(
    "avito_live_loop_failures_total",
    "Unforeseen errors of what runs beside requests",
    ["loop"],
    registry=None,
)

_BACKOFF = Backoff(first=0.02, most=1.0)
_SETTLED_S = 5.0
"""A loop that has run for so long is in order again."""


def failing() -> list[str]:
    """Return the loops that an unforeseen error ended and that have not settled since."""
    now = time.monotonic()
    return sorted({one.name for one in _SUPERVISED if now < one.failing_until})


async def supervise(log: Logger, name: str, loop: Loop) -> Never:
    """Run `loop` for ever: when it ends, it begins again after a pause that grows.

    Trouble is logged once until the loop has settled, a right that our user lacks once a minute for all
    loops. An unforeseen error is counted too, and makes the process unready (`failing`).
    """
    one = _Supervised(log, name)
    _SUPERVISED.add(one)
    try:
        while True:
            began = time.monotonic()
            error = await _end_of(loop)
            await asyncio.sleep(one.pause_after(error, began))
    finally:
        _SUPERVISED.discard(one)


async def _end_of(loop: Loop) -> BaseException | None:
    """Run `loop` and return the error that ended it; it fails too when what it awaits was cancelled."""
    try:
        await loop()
    except (SystemExit, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # also the panic of an extension, which is no Exception
        if isinstance(error, asyncio.CancelledError) and _is_cancelled():
            raise
        return error
    return None


def _is_cancelled() -> bool:
    """Tell whether the task itself was told to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def retry(log: Logger, name: str, work: Callable[[], Awaitable[object]]) -> None:
    """Run `work` until it succeeds; while a peer is away it is tried again. Raises any other error."""
    one = _Supervised(log, name)
    while True:
        try:
            await work()
            break
        except FORESEEN as error:
            pause = one.pause_after(error, time.monotonic())
        await asyncio.sleep(pause)


async def repeat(log: Logger, every_s: float, work: Callable[[], Awaitable[None]]) -> Never:
    """Run `work` again and again, `every_s` seconds after it ended; a round that a peer fails is skipped."""
    while True:
        try:
            async with asyncio.timeout(every_s + 1.0):
                await work()
        except FORESEEN as error:
            if not is_foreseen(error):
                raise
            log.debug("%s.round_skipped", log.name, extra={"error": type(error).__name__})
        await asyncio.sleep(every_s)


@asynccontextmanager
async def running(*work: Coroutine[Any, Any, Any]) -> AsyncIterator[list[asyncio.Task[Any]]]:
    """Run work beside the block, and end it with the block. Its errors are the block's to look at."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield tasks
    finally:
        await cancel_and_wait(*tasks)


def background(log: Logger, name: str, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Start short work that need not be awaited: an error is logged and counted, and the task succeeds."""
    task = asyncio.create_task(_noticed(log, name, work))
    _BACKGROUND.add(task)  # asyncio holds a task weakly
    task.add_done_callback(_BACKGROUND.discard)
    return task


async def _noticed(log: Logger, name: str, work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        FAILURES.labels(name).inc()
        log.exception("%s.task_failed", log.name, extra={"task": name})


@dataclass(eq=False, slots=True)
class _Supervised:
    """What is known of one loop. `told`: the kinds of trouble that were logged since it last settled."""

    log: Logger
    name: str
    failures: int = 0
    told: set[object] = field(default_factory=set)
    failing_until: float = 0.0

    def __post_init__(self) -> None:
        FAILURES.labels(self.name)  # so that the first failure is an increase

    def pause_after(self, error: BaseException | None, began: float) -> float:
        """Note what ended a run that began then; return the seconds until the next."""
        now = time.monotonic()
        if now - began > _SETTLED_S:
            self.failures = 0
            self.told.clear()
        self.failures += 1
        pause = _BACKOFF.pause(self.failures, random.random())  # noqa: S311 - jitter
        if error is not None and is_foreseen(error):
            if self._is_news(("away", kind_of(error))):
                self.log.warning(
                    "%s.redis_away", self.log.name, extra={"loop": self.name, "reason": in_words(error)}
                )
        elif error is not None:
            FAILURES.labels(self.name).inc()
            self.failing_until = now + pause + _SETTLED_S
            self._say_failed(error)
        return pause

    def _say_failed(self, error: BaseException) -> None:
        told = {"loop": self.name}
        if lacks_right(error):  # each in its own words: all come from one place, redis-py's
            if is_due(reason := in_words(error)):
                self.log.error("%s.loop_failed", self.log.name, extra=told | {"reason": reason})
        elif self._is_news((type(error), _place(error))):
            self.log.error("%s.loop_failed", self.log.name, extra=told, exc_info=error)

    def _is_news(self, trouble: object) -> bool:
        news = trouble not in self.told
        self.told.add(trouble)
        return news


def _place(error: BaseException) -> tuple[str, int | None]:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return frame.filename, frame.lineno


_SUPERVISED: set[_Supervised] = set()
_BACKGROUND: set[asyncio.Task[None]] = set()
