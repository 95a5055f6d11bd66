"""How features take part in the sockets: frames and events they understand, what a new client is sent.

The core names no feature: it calls these hooks of each of them.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from push_gateway.ws.protocol import FeatureFrame, FrameRefusal
from push_gateway.ws.relay import Client


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """What is run again and again, `every_s` seconds after it last ended. `name`: for the log and metrics."""

    name: str
    every_s: float
    run: Callable[[], Awaitable[None]]


class SocketHooks(Protocol):
    """One feature's part in the sockets of one gateway."""

    frame_types: frozenset[str]
    """Types of the client frames that `take_frame` is given."""

    def take_frame(self, client: Client, frame: FeatureFrame) -> FrameRefusal | None:
        """Take a client's frame, or return why not."""

    def take_event(self, event: dict[str, Any]) -> None:
        """Take what a gateway has published for the others; ignore events of other features."""

    def greeting(self) -> bytes:
        """Return ready frames for a client that has become live."""

    def forget(self, client: Client) -> None:
        """Forget a client that has left."""

    def periodic(self) -> Sequence[PeriodicTask]:
        """Return what is to be run as long as the gateway does."""

    async def close(self) -> None:
        """Finish before the gateway ends. Raises RedisError."""
