"""Places in which sockets are authenticated: one address never takes them all."""

import asyncio

import pytest

from push_gateway.ws.handshake_limiter import AT_ONCE, AT_ONCE_OF_ONE, BURST, PER_SECOND, HandshakeLimiter

pytestmark = pytest.mark.anyio


async def hold(handshakes: HandshakeLimiter, address: str, came: list[str]) -> None:
    async with handshakes.place(address):
        came.append(address)
        await asyncio.Event().wait()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_an_address_whose_sockets_are_never_authenticated_leaves_places_to_others() -> None:
    handshakes, came = HandshakeLimiter(), list[str]()
    async with asyncio.TaskGroup() as group:
        holding = [group.create_task(hold(handshakes, "203.0.113.7", came)) for _ in range(3 * AT_ONCE)]
        await settled()
        async with asyncio.timeout(1), handshakes.place("198.51.100.4"):
            assert came == ["203.0.113.7"] * AT_ONCE_OF_ONE
        for task in holding:
            task.cancel()


async def test_all_addresses_together_have_few_places_and_wait_for_each_other() -> None:
    handshakes, came = HandshakeLimiter(), list[str]()
    async with asyncio.TaskGroup() as group:
        holding = [group.create_task(hold(handshakes, f"a{number % 9}", came)) for number in range(200)]
        await settled()
        assert len(came) == AT_ONCE
        holding[0].cancel()
        await settled()
        assert len(came) == AT_ONCE + 1
        for task in holding:
            task.cancel()


def test_an_address_may_come_back_with_all_its_sockets_at_once_and_then_more_slowly() -> None:
    handshakes = HandshakeLimiter()

    assert all(handshakes.may_come("203.0.113.7", 0.0) for _ in range(BURST))
    assert not handshakes.may_come("203.0.113.7", 0.0)
    assert handshakes.may_come("198.51.100.4", 0.0)
    assert [handshakes.may_come("203.0.113.7", 1.0) for _ in range(PER_SECOND + 1)][-2:] == [True, False]


def test_this_very_machine_may_come_as_often_as_it_likes() -> None:
    handshakes = HandshakeLimiter()

    assert all(handshakes.may_come("", 0.0) for _ in range(2 * BURST))
