"""Bounds the open sockets of a session and of an address; a dead one gives its place to a new one.

When an office's network fails, its sockets end unnoticed and all its panels come back at once. Values only.
"""

from collections import defaultdict
from operator import attrgetter
from typing import Protocol

from push_gateway.auth.access import Admitted

PER_SESSION = 200
PER_ADDRESS = 500
DEAD_AFTER = 30.0
"""Seconds of silence after which a socket gives its place if it is needed: a live panel pings every 20 s."""


class Counted(Protocol):
    """An open socket."""

    @property
    def heard_at(self) -> float:
        """When its client was last heard; -inf when it is closed and only its connection goes on."""

    def give_place(self) -> None:
        """End the connection at once."""


_Group = dict[Counted, None]


class SocketLimiter:
    """Open sockets by session and by address, each until its connection has ended."""

    def __init__(self, per_session: int = PER_SESSION, per_address: int = PER_ADDRESS) -> None:
        self._per_session = per_session
        self._per_address = per_address
        self._admitted: dict[Counted, Admitted] = {}
        self._sessions: defaultdict[str, _Group] = defaultdict(dict)
        self._addresses: defaultdict[str, _Group] = defaultdict(dict)

    def enter(self, socket: Counted, admitted: Admitted, now: float) -> bool:
        """Count a socket in; False (and not counted) when live ones have all places.

        An `address` of '' (this very machine, through no proxy) has no limit.
        """
        session = self._sessions.get(admitted.caller.digest, {})
        address = self._addresses.get(admitted.address, {})
        if admitted.address and not (
            self._make_room(session, self._per_session, now)
            and self._make_room(address, self._per_address, now)
        ):
            return False
        self._admitted[socket] = admitted
        self._sessions[admitted.caller.digest][socket] = None
        self._addresses[admitted.address][socket] = None
        return True

    def leave(self, socket: Counted) -> None:
        """Count a socket out, if it is counted."""
        admitted = self._admitted.pop(socket, None)
        if admitted is None:
            return
        for groups, name in (
            (self._sessions, admitted.caller.digest),
            (self._addresses, admitted.address),
        ):
            del groups[name][socket]
            if not groups[name]:
                del groups[name]

    def count(self, digest: str) -> int:
        """Return how many sockets a session or token has."""
        return len(self._sessions.get(digest, ()))

    def _make_room(self, group: _Group, most: int, now: float) -> bool:
        """Have the longest silent socket give its place if none is free; False when it lives."""
        if len(group) < most:
            return True
        longest_silent = min(group, key=attrgetter("heard_at"))
        if now - longest_silent.heard_at <= DEAD_AFTER:
            return False
        self.leave(longest_silent)
        longest_silent.give_place()
        return True
