"""Room for the bodies that are read or worked on: one caller never takes much of the memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.requests import Request

from push_gateway.http.errors import ApiError
from shared.http.room import Room

OF_ONE = 16 * 1024**2
OF_ALL = 128 * 1024**2
_HELD = "held_body"


@dataclass(frozen=True, slots=True)
class BodyRoom:
    """Bytes in hand by caller: an operator or a token, from all of its browsers; a stranger's network."""

    room: Room = field(default_factory=lambda: Room(OF_ONE, OF_ALL))

    @contextmanager
    def holding(self, request: Request, caller: str) -> Iterator[None]:
        """Let a request take room for its body within the block, and give it back at the end."""
        held = request.scope[_HELD] = _Held(self.room, caller)
        try:
            yield
        finally:
            self.room.give_back(caller, held.size)


@dataclass(slots=True)
class _Held:
    room: Room
    caller: str
    size: int = 0


def take_room(request: Request, size: int) -> None:
    """Take room for so many bytes of a request's body until its answer; raises ApiError 429."""
    held: _Held = request.scope[_HELD]
    if not held.room.take(held.caller, size):
        message = "Too much is being sent at once. Wait a moment."
        raise ApiError(429, "too_often", message, {"Retry-After": "2"})
    held.size += size
