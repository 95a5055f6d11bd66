"""The places of connections: when they run short, connections that wait are closed for new ones."""

from heapq import nlargest
from itertools import islice
from typing import NamedTuple, Protocol
from weakref import WeakValueDictionary

MOST_OF_ONE = 1_000
"""Connections of one peer that is not shared: an office behind one address keeps six for each browser."""
_CLOSED_AT_ONCE = 64


class Peer(NamedTuple):
    """Where connections come from. `shared`: many clients are behind it, as behind a trusted proxy."""

    network: str
    shared: bool


class Connection(Protocol):
    """A connection that can be closed for others."""

    def evict(self) -> None:
        """Close at once."""


class PeerConnections:
    """The connections of one peer.

    `waiting`: those that wait for a request, or for the rest of one, in the order in which they began to.
    """

    __slots__ = ("__weakref__", "open", "peer", "waiting")

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.open = 0
        self.waiting: dict[Connection, None] = {}

    def rank(self) -> tuple[bool, int]:
        """Return what decides whose connections are closed first."""
        return not self.peer.shared, len(self.waiting)


class Places:
    """Knows which connections wait; `most` may be open in all, `most_of_one` of a peer that is not shared."""

    def __init__(self, most: int, most_of_one: int = MOST_OF_ONE) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._peers: WeakValueDictionary[Peer, PeerConnections] = WeakValueDictionary()
        self._evicted: set[Connection] = set()

    def enter(self, connection: Connection, peer: Peer, open_now: int) -> PeerConnections:
        """Make room for a new connection, one of `open_now`; it waits, and is closed if none else can be."""
        if open_now - len(self._evicted) > self._most:
            self._make_room()
        of_peer = self._peers.get(peer)
        if of_peer is None:
            of_peer = self._peers[peer] = PeerConnections(peer)
        of_peer.open += 1
        of_peer.waiting[connection] = None
        if of_peer.open > self._most_of_one and not peer.shared:
            self._evict(of_peer, 1)
        return of_peer

    def leave(self, connection: Connection, of_peer: PeerConnections) -> None:
        """Forget a connection that is closed."""
        of_peer.open -= 1
        of_peer.waiting.pop(connection, None)
        self._evicted.discard(connection)

    def _make_room(self) -> None:
        """Close connections of the peer with most, those that waited longest; a shared one comes last.

        Some are closed at once, since looking for them takes time.
        """
        waiting = (one for one in self._peers.values() if one.waiting)
        most = nlargest(_CLOSED_AT_ONCE, waiting, key=PeerConnections.rank)
        left = _CLOSED_AT_ONCE
        for one in [one for one in most if one.rank() == most[0].rank()]:
            if left <= 0:
                return
            count = max(1, min(len(one.waiting) // 2, left))
            self._evict(one, count)
            left -= count

    def _evict(self, of_peer: PeerConnections, count: int) -> None:
        for connection in list(islice(of_peer.waiting, count)):
            del of_peer.waiting[connection]
            self._evicted.add(connection)
            connection.evict()
