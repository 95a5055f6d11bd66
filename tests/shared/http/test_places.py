"""Whose connection is closed when places run short."""

from dataclasses import dataclass, field

from shared.http.places import Peer, PeerConnections, Places

CROWD, STRANGER, PROXY = Peer("192.0.2.1", False), Peer("192.0.2.2", False), Peer("127.0.0.1", True)


@dataclass(eq=False)
class Connection:
    closed: bool = False
    of_peer: PeerConnections = field(init=False)

    def evict(self) -> None:
        self.closed = True


def entered(places: Places, *peers: Peer) -> list[Connection]:
    """Enter connections while there is room."""
    connections = [Connection() for _ in peers]
    for connection, peer in zip(connections, peers, strict=True):
        connection.of_peer = places.enter(connection, peer, 0)
    return connections


def closed(connections: list[Connection]) -> list[int]:
    return [index for index, connection in enumerate(connections) if connection.closed]


def test_no_connection_is_closed_while_there_is_room() -> None:
    places = Places(3)
    connections = entered(places, CROWD, CROWD)
    places.enter(Connection(), CROWD, 3)

    assert closed(connections) == []


def test_the_one_that_waited_longest_of_the_peer_with_most_is_closed() -> None:
    places = Places(4)
    connections = entered(places, STRANGER, CROWD, CROWD, CROWD)
    places.enter(Connection(), STRANGER, 5)

    assert closed(connections) == [1]


def test_none_of_a_proxy_is_closed_while_others_have_one() -> None:
    places = Places(3)
    connections = entered(places, PROXY, PROXY, STRANGER)
    places.enter(Connection(), PROXY, 4)
    assert closed(connections) == [2]

    places.leave(connections[2], connections[2].of_peer)
    places.enter(Connection(), PROXY, 4)
    assert closed(connections) == [0, 2]


def test_a_connection_that_is_served_keeps_its_place() -> None:
    places = Places(2)
    connections = entered(places, CROWD, CROWD)
    del connections[0].of_peer.waiting[connections[0]]
    places.enter(Connection(), PROXY, 3)
    assert closed(connections) == [1]

    places.leave(connections[1], connections[1].of_peer)
    places.enter(Connection(), STRANGER, 3)
    assert closed(connections) == [1]


def test_the_one_that_waits_anew_waits_for_the_shortest_time() -> None:
    places = Places(2)
    connections = entered(places, CROWD, CROWD)
    waiting = connections[0].of_peer.waiting
    del waiting[connections[0]]
    waiting[connections[0]] = None
    places.enter(Connection(), STRANGER, 3)

    assert closed(connections) == [1]


def test_no_more_are_closed_while_some_are_being_closed() -> None:
    places = Places(10)
    connections = entered(places, *[CROWD] * 10)
    for _ in range(20):
        places.enter(Connection(), STRANGER, 11)

    assert closed(connections) == [0, 1, 2, 3, 4]  # half of them at once


def test_a_peer_with_too_many_gives_up_the_one_that_waited_longest() -> None:
    places = Places(100, most_of_one=2)
    connections = entered(places, STRANGER, CROWD, CROWD, CROWD)
    assert closed(connections) == [1]

    places.leave(connections[1], connections[1].of_peer)
    connections += entered(places, CROWD)
    assert closed(connections) == [1, 2]


def test_a_peer_whose_connections_are_all_being_served_gets_no_more_than_it_may_have() -> None:
    places = Places(100, most_of_one=2)
    connections = entered(places, CROWD, CROWD)
    for connection in connections:
        del connection.of_peer.waiting[connection]
    connections += entered(places, CROWD)

    assert closed(connections) == [2]


def test_a_proxy_may_have_as_many_as_there_are_places() -> None:
    places = Places(100, most_of_one=2)

    assert closed(entered(places, *[PROXY] * 50)) == []
