"""A few run at once, and those who wait are let in by turns between networks (start-time fair queueing)."""

import asyncio
from bisect import insort
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from shared.http import forwarded

_A_ROUND_OF_WIDEST = 8
"""Turns of a provider's network in a round, in which a network within it has one."""


class FullError(Exception):
    """Too many wait, of this network or of all."""


class NetworkQueue:
    """Lets `at_once` in; at most `most` wait, `most_of_one` of them of one network (`wider_network_of`).

    Who comes from a network of which few wait is let in before others of networks of which many wait, and
    takes the place of the last of those when all places are taken.
    """

    def __init__(self, at_once: int, most: int, most_of_one: int) -> None:
        self._free, self._most, self._most_of_one = at_once, most, most_of_one
        self._round = 0.0
        self._last: dict[str, float] = {}
        """The round of the last one who came of a network, where it is still to come."""
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    @asynccontextmanager
    async def place(self, address: str) -> AsyncIterator[None]:
        """Wait for a place and keep it for the length of the block. Raises FullError."""
        await self._enter(address)
        try:
            yield
        finally:
            self._pass_on()

    async def _enter(self, address: str) -> None:
        rounds = self._rounds_of(address)
        own = max(rounds.values())
        if own > self._round + self._most_of_one:
            raise FullError
        if self._free:
            self._free -= 1
            return
        if len(self._waiting) >= self._most:
            self._give_up_last(own)
        self._last.update(rounds)
        if len(self._last) > 4 * self._most:
            self._last = {network: last for network, last in self._last.items() if last > self._round}
        waiting = asyncio.get_running_loop().create_future()
        entry = (own, next(self._numbers), waiting)
        insort(self._waiting, entry)
        try:
            await waiting
        except asyncio.CancelledError:
            if entry in self._waiting:
                self._waiting.remove(entry)
            elif not waiting.cancelled() and waiting.exception() is None:
                self._pass_on()  # the place came at the same moment
            raise

    def _rounds_of(self, address: str) -> dict[str, float]:
        """Return the rounds in which it is the turn of the next one of this address, by network."""
        steps = {
            forwarded.widest_network_of(address): 1 / _A_ROUND_OF_WIDEST,
            forwarded.wider_network_of(address): 1.0,
        }
        return {name: max(self._round, self._last.get(name, 0.0)) + step for name, step in steps.items()}

    def _give_up_last(self, own: float) -> None:
        """Take the place of the one whose turn is last. Raises FullError when one's own comes no sooner."""
        if self._waiting[-1][0] <= own:
            raise FullError
        last = self._waiting.pop()[2]
        if not last.cancelled():
            last.set_exception(FullError)

    def _pass_on(self) -> None:
        """Give a place to the next one."""
        while self._waiting:
            own, _, waiting = self._waiting.pop(0)
            if not waiting.cancelled():
                self._round = max(self._round, own)
                waiting.set_result(None)
                return
        self._free += 1
