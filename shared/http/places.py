"""The places of connections: when they run short, those that wait give theirs to new ones."""

from heapq import nlargest
from typing import NamedTuple, Protocol
from weakref import WeakValueDictionary

_CLOSED_AT_ONCE = 64


class Peer(NamedTuple):
    """Where connections come from. `shared`: many clients are behind it, as behind a trusted proxy."""

    network: str
    shared: bool


class Waiting(Protocol):
    """A connection that waits for a request, or for the rest of one."""

    def give_place(self) -> None:
        """Close at once."""


class Line(dict[Waiting, None]):
    """The connections of one peer that wait, in the order in which they began to."""

    __slots__ = ("__weakref__", "_shared")

    def __init__(self, peer: Peer) -> None:
        super().__init__()
        self._shared = peer.shared

    def rank(self) -> tuple[bool, int]:
        """Return what decides whose connections give their places first."""
        return not self._shared, len(self)


class Places:
    """Knows which connections wait; `most` may be open in all."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lines: WeakValueDictionary[Peer, Line] = WeakValueDictionary()
        self._given: set[Waiting] = set()

    def line_of(self, peer: Peer) -> Line:
        """Return the line of a peer's connections; it is to be kept as long as they are open."""
        line = self._lines.get(peer)
        if line is None:
            line = self._lines[peer] = Line(peer)
        return line

    def forget(self, connection: Waiting) -> None:
        """Forget a connection that is closed."""
        self._given.discard(connection)

    def make_room(self, open_now: int) -> None:
        """Close connections when more are open than may: of the peer with most, those that waited longest.

        A peer that is shared comes last. Some are closed at once, since looking for them takes time.
        """
        if open_now - len(self._given) <= self._most:
            return
        lines = (line for line in self._lines.values() if line)
        longest = nlargest(_CLOSED_AT_ONCE, lines, key=Line.rank)
        left = _CLOSED_AT_ONCE
        for line in [line for line in longest if line.rank() == longest[0].rank()]:
            if left <= 0:
                return
            closed = list(line)[: max(1, min(len(line) // 2, left))]
            for connection in closed:
                del line[connection]
                self._given.add(connection)
                connection.give_place()
            left -= len(closed)
