"""Shares each turn of the loop between the connections that have received something."""

import asyncio
import time
from collections import OrderedDict
from typing import Protocol

SLICE_S = 0.005
"""About how long bytes are taken in one turn of the loop, from all connections of a queue together."""


class Taker(Protocol):
    """A connection with received bytes."""

    def take_some(self) -> bool:
        """Take a little of them; return whether there is more to take now."""


class ReadQueue:
    """Takers in a queue; each takes a little and then goes behind the others."""

    def __init__(self) -> None:
        self._queue: OrderedDict[Taker, None] = OrderedDict()
        self._scheduled = False

    def enter(self, taker: Taker) -> None:
        """Give a taker its turn soon, one however often it enters before."""
        self._queue.setdefault(taker)
        self._schedule()

    def _schedule(self) -> None:
        if self._queue and not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._take)

    def _take(self) -> None:
        self._scheduled = False
        ends = time.perf_counter() + SLICE_S
        try:
            while self._queue and time.perf_counter() < ends:
                taker, _ = self._queue.popitem(last=False)
                if taker.take_some():
                    self._queue.setdefault(taker)
        finally:
            self._schedule()
