"""The order of work while more waits than one turn of the event loop should do."""

import asyncio
from collections.abc import Callable, Hashable

from shared.http.fair_queue import FairQueue

EACH_TURN = 8
"""Pieces of work that begin in one turn of the loop: what is done in a turn delays everything else."""

Begin = Callable[[], bool]
"""Begins a piece of work; False when it is no longer needed."""


class Turns:
    """Lets a few pieces of work begin each turn of the loop; others wait, and their keys take turns.

    A key is what must not wait for others: one client's probes, its first requests, its further ones.
    """

    def __init__(self, each: int = EACH_TURN) -> None:
        self._each = each
        self._begun = 0
        self._waiting = FairQueue[Begin]()

    def begin(self, key: Callable[[], Hashable], begin: Begin) -> None:
        """Begin a piece of work at once, or when it is the turn of its key."""
        if self._waiting or self._begun >= self._each:
            self._waiting.put(key(), begin)
            return
        if not self._begun:
            self._call_soon()
        self._begun += begin()

    def _call_soon(self) -> None:
        asyncio.get_running_loop().call_soon(self._next_turn)

    def _next_turn(self) -> None:
        self._begun = 0
        try:
            while self._waiting and self._begun < self._each:
                self._begun += self._waiting.take()()
        finally:
            if self._begun or self._waiting:
                self._call_soon()
