"""Whose connection gives its place when places run short, and whose request begins next."""

import asyncio
from dataclasses import dataclass
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.places import Line, Peer, Places
from shared.http.turns import Turns

CROWD, STRANGER, PROXY = Peer("192.0.2.1", False), Peer("192.0.2.2", False), Peer("127.0.0.1", True)


@dataclass(eq=False)
class Connection:
    line: Line
    given: bool = False

    def give_place(self) -> None:
        self.given = True


def waiting(places: Places, *peers: Peer) -> list[Connection]:
    connections = [Connection(places.line_of(peer)) for peer in peers]
    for connection in connections:
        connection.line[connection] = None
    return connections


def given_of(connections: list[Connection]) -> list[int]:
    return [index for index, connection in enumerate(connections) if connection.given]


def test_none_gives_its_place_while_there_are_others() -> None:
    places = Places(3)
    connections = waiting(places, CROWD, CROWD, CROWD)
    places.make_room(3)

    assert given_of(connections) == []


def test_the_peer_with_most_gives_the_one_that_waited_longest() -> None:
    places = Places(4)
    connections = waiting(places, STRANGER, CROWD, CROWD, CROWD)
    places.make_room(5)

    assert given_of(connections) == [1]


def test_a_proxy_gives_none_while_others_have_one() -> None:
    places = Places(3)
    connections = waiting(places, PROXY, PROXY, STRANGER)
    places.make_room(4)
    assert given_of(connections) == [2]

    places.forget(connections[2])
    places.make_room(4)
    assert given_of(connections) == [0, 2]


def test_a_connection_that_is_served_keeps_its_place() -> None:
    places = Places(2)
    connections = waiting(places, CROWD, CROWD)
    del connections[0].line[connections[0]]
    places.make_room(3)
    assert given_of(connections) == [1]

    places.forget(connections[1])
    places.make_room(3)
    assert given_of(connections) == [1]


def test_the_one_that_waits_anew_waits_for_the_shortest_time() -> None:
    places = Places(2)
    connections = waiting(places, CROWD, CROWD)
    line = connections[0].line
    del line[connections[0]]
    line[connections[0]] = None
    places.make_room(3)

    assert given_of(connections) == [1]


def test_places_that_are_being_given_are_not_given_twice() -> None:
    places = Places(10)
    connections = waiting(places, *[CROWD] * 10)
    for _ in range(20):
        places.make_room(11)

    assert len(given_of(connections)) == 5  # half of them at once


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60))
def test_every_line_gets_its_turn_and_keeps_its_order(lines: list[int]) -> None:
    begun: list[tuple[int, int]] = []

    async def run() -> None:
        turns = Turns(each=2)
        for number, line in enumerate(lines):
            turns.begin(partial(int, line), partial(begin, (line, number)))
        assert len(begun) <= 2
        while len(begun) < len(lines):
            before = len(begun)
            await asyncio.sleep(0)
            assert len(begun) <= before + 2

    def begin(request: tuple[int, int]) -> bool:
        begun.append(request)
        return True

    asyncio.run(run())
    for line in range(4):
        numbers = [number for of, number in begun if of == line]
        assert numbers == sorted(numbers)
    waited = [line for line, _ in begun[2:]]
    for index, line in enumerate(waited[1:]):
        if waited[index] == line:  # twice in a row only when no other line waits
            assert set(waited[index:]) == {line}


@pytest.mark.anyio
async def test_a_request_whose_client_has_gone_takes_no_turn() -> None:
    turns, begun = Turns(each=1), list[str]()

    def begin(name: str) -> bool:
        begun.append(name)
        return name != "gone"

    for name in ("first", "gone", "second", "third"):
        turns.begin(lambda: "line", partial(begin, name))
    assert begun == ["first"]
    await asyncio.sleep(0)

    assert begun == ["first", "gone", "second"]
