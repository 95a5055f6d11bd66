"""Whose connection gives its place when places run short."""

from dataclasses import dataclass

from shared.http.places import Line, Peer, Places

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
