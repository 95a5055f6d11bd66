"""Places are given by turns between networks, whoever came first."""

import asyncio
from collections.abc import Iterable

import pytest

from push_gateway.auth.network_queue import FullError, NetworkQueue

pytestmark = pytest.mark.anyio
OPERATOR = "198.51.100.7"
SITE = [f"2001:db8:0:{number:x}::1" for number in range(256)]
PROVIDER = [f"2001:db8:{number:x}::1" for number in range(256)]
BOTNET = [f"{number % 100 + 1}.{number}.7.1" for number in range(256)]


class Tries:
    """Tries that each keep a place until `let_one_in`; notes who came in and who was refused."""

    def __init__(self, most: int = 64, most_of_one: int = 8) -> None:
        self.queue = NetworkQueue(1, most, most_of_one)
        self.came_in: list[str] = []
        self.refused: list[str] = []
        self._steps = asyncio.Semaphore(0)
        self._tasks: list[asyncio.Task[None]] = []

    async def come(self, addresses: Iterable[str]) -> None:
        self._tasks += [asyncio.create_task(self._try(address)) for address in addresses]
        await self._settle()

    async def leave(self, number: int) -> None:
        self._tasks[number].cancel()
        await self._settle()

    async def let_in(self, times: int) -> list[str]:
        for _ in range(times):
            self._steps.release()
            await self._settle()
        return self.came_in

    async def _try(self, address: str) -> None:
        try:
            async with self.queue.place(address):
                self.came_in.append(address)
                await self._steps.acquire()
        except FullError:
            self.refused.append(address)

    async def _settle(self) -> None:
        for _ in range(6):
            await asyncio.sleep(0)

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@pytest.mark.parametrize(
    ("addresses", "before"), [(SITE, 2), (PROVIDER, 9)], ids=["all of a /48", "all of a /32"]
)
async def test_one_of_another_network_waits_for_a_round_of_the_others_at_most(
    addresses: list[str], before: int
) -> None:
    tries = Tries()
    await tries.come(addresses)
    await tries.come([OPERATOR])

    came_in = await tries.let_in(20)

    assert came_in.index(OPERATOR) <= before
    await tries.end()


async def test_no_network_waits_with_more_than_its_part() -> None:
    tries = Tries()

    await tries.come(SITE)

    assert len(tries.refused) == len(SITE) - 1 - 8
    await tries.end()


async def test_a_full_queue_takes_one_of_a_network_that_has_none_in_it() -> None:
    tries = Tries(most=16)
    await tries.come([*SITE[:20], *(address.replace("db8:", "db8:1") for address in SITE[:20])])
    refused = list(tries.refused)

    await tries.come([OPERATOR])

    assert OPERATOR not in tries.refused
    assert len(tries.refused) == len(refused) + 1
    assert (await tries.let_in(4)).index(OPERATOR) <= 3
    await tries.end()


async def test_as_many_networks_as_wait_shut_out_a_further_one() -> None:
    """What is promised ends here: docs/security.md names it among the risks that are left."""
    tries = Tries(most=16)
    await tries.come(BOTNET[:17])

    await tries.come([OPERATOR])

    assert tries.refused == [OPERATOR]
    await tries.let_in(1)
    await tries.come([OPERATOR])
    assert tries.refused == [OPERATOR]
    await tries.end()


async def test_one_who_leaves_gives_place_and_turn_to_the_next() -> None:
    tries = Tries()
    await tries.come(["192.0.2.1", "203.0.113.1", OPERATOR])

    await tries.leave(1)
    await tries.leave(0)

    assert tries.came_in == ["192.0.2.1", OPERATOR]
    await tries.let_in(1)
    await tries.come(["192.0.2.1"])
    assert tries.came_in[2:] == ["192.0.2.1"]
    await tries.end()
