"""What a feature may add to the gateway. The core knows no feature: app.py reads the list of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from redis.asyncio import Redis
from starlette.routing import Route

from push_gateway.chats.threads import ThreadPart
from push_gateway.ws.hooks import SocketHooks
from push_gateway.ws.relay import Relay


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature's parts; most have only routes."""

    routes: Sequence[Route] = ()
    thread_parts: Mapping[str, ThreadPart] = field(default_factory=dict)
    """What a thread's newest page carries besides, by its name in the JSON."""
    socket_hooks: Callable[[Redis, Relay], SocketHooks] | None = None
    """Makes the feature's part in the sockets of one gateway."""
