"""The order of work while more waits than one turn of the event loop should do."""

import asyncio
from collections import deque
from collections.abc import Callable

EACH_TURN = 8
"""Pieces of work that begin in one turn of the loop: what is done in a turn delays everything else."""

Begin = Callable[[], bool]
"""Begins a piece of work; False when it is no longer needed."""


class Turns:
    """Lets a few pieces of work begin each turn of the loop; others wait in lines that are served by turns.

    A line is what must not wait for others: one client's probes, its first requests, its further ones.
    """

    def __init__(self, each: int = EACH_TURN) -> None:
        self._each = each
        self._begun = 0
        self._lines: dict[object, deque[Begin]] = {}

    def begin(self, line: Callable[[], object], begin: Begin) -> None:
        """Begin a piece of work at once, or when its line comes to it."""
        if self._lines or self._begun >= self._each:
            self._lines.setdefault(line(), deque()).append(begin)
            return
        if not self._begun:
            self._call_soon()
        self._begun += begin()

    def _call_soon(self) -> None:
        asyncio.get_running_loop().call_soon(self._next_turn)

    def _next_turn(self) -> None:
        self._begun = 0
        try:
            while self._lines and self._begun < self._each:
                self._begun += self._next()()
        finally:
            if self._begun or self._lines:
                self._call_soon()

    def _next(self) -> Begin:
        line, waiting = next(iter(self._lines.items()))
        del self._lines[line]
        begin = waiting.popleft()
        if waiting:
            self._lines[line] = waiting
        return begin
