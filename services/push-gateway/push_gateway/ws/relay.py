"""Writes the hub's frames to the sockets: one write per client and loop tick."""

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Protocol

from push_gateway.auth.access import Admitted
from push_gateway.http.metrics import Latency, Metrics
from push_gateway.ws import protocol
from push_gateway.ws.hub import Hub
from push_gateway.ws.protocol import CloseCode, Facts
from shared.process import trace
from shared.redis.journal import NOWHERE, JournalPosition

_LOG = logging.getLogger("push_gateway.ws")
_JOIN_AT_MOST = 256 * 1024
_BRIEF = 0.5


class Client(Protocol):
    """What the relay and the gateway need of an admitted client."""

    @property
    def admitted(self) -> Admitted:
        """Its caller and address."""

    @property
    def id(self) -> str:
        """A name that no other connection has, at any gateway."""

    def tick(self, now: float) -> None:
        """Let time pass: end what is dead or stalled."""

    def close(self, code: CloseCode, reason: str) -> None:
        """End it."""

    def write(self, frames: bytes) -> None:
        """Write ready frames."""

    def advance(self) -> None:
        """Go on catching up."""

    def restart(self, facts: Facts) -> None:
        """Greet anew: the position does not follow from the last."""


class Relay:
    """All connections, the hub, and whether what they are told is as of now."""

    def __init__(self, hub: Hub[Client], metrics: Metrics) -> None:
        self.hub = hub
        self.facts = Facts()
        self.clients: set[Client] = set()
        self.latency = Latency()
        self._behind: set[Client] = set()
        self._metrics = metrics
        self._scheduled = False
        self._linked = asyncio.Event()
        self._said_late = False
        self._late_timer: asyncio.TimerHandle | None = None

    @property
    def linked(self) -> bool:
        """Whether live events arrive now."""
        return self._linked.is_set()

    async def wait_linked(self, timeout: float) -> bool:
        """Wait a moment for the link; False when it did not come."""
        try:
            async with asyncio.timeout(timeout):
                await self._linked.wait()
        except TimeoutError:
            return False
        return True

    def note(self, facts: Facts) -> None:
        """Take what is true now; open sockets are told of the import, a demo, a Redis that refuses."""
        before, self.facts = self.facts, facts
        if facts.imported is not None and facts.imported != before.imported:
            self.broadcast(protocol.imported(*facts.imported))
        if facts.demo and not before.demo:
            self.broadcast(protocol.DEMO)
        if facts.refusal != before.refusal:
            self.broadcast(self._link())

    def enter(self, client: Client) -> None:
        """Take a connection that has been admitted and is not level yet."""
        self.clients.add(client)
        self._behind.add(client)
        self._metrics.clients.set(len(self.clients))

    def join(self, client: Client) -> None:
        """Make a connection live that has caught up."""
        self._behind.discard(client)
        if self.facts.imported is not None:
            client.write(protocol.encode(protocol.imported(*self.facts.imported)))
        if self.facts.demo:
            client.write(protocol.encode(protocol.DEMO))
        if self._is_late:
            client.write(protocol.encode(self._link()))
        self.hub.join(client)

    def leave(self, client: Client) -> None:
        """Forget a connection."""
        self.clients.discard(client)
        self._behind.discard(client)
        self.hub.leave(client)
        self._metrics.clients.set(len(self.clients))

    def publish(self, seq: int, event: bytes, accepted: float | None = None) -> None:
        """Relay the next event of the journal to all live clients."""
        self.hub.publish(seq, protocol.encode(event), accepted)
        self._metrics.events.inc()
        if accepted is not None and _LOG.isEnabledFor(logging.DEBUG):
            told = {"trace": trace.trace_id(accepted), "seq": seq, "clients": len(self.hub.live)}
            _LOG.debug("push_gateway.ws.relayed", extra=told)
        self._schedule()

    def broadcast(self, frame: bytes) -> None:
        """Relay a frame without a position, in order with the events."""
        self.hub.broadcast(protocol.encode(frame))
        self._schedule()

    def broadcast_to_others(self, frames: Sequence[tuple[bytes, Client | None]]) -> None:
        """Relay frames without a position to all live clients, each except to its source."""
        self.flush()
        encoded = [(protocol.encode(frame), source) for frame, source in frames]
        whole, sources = b"".join(frame for frame, _ in encoded), {source for _, source in encoded}
        for client in self.hub.live:
            if client not in sources:
                client.write(whole)
            elif others := b"".join(frame for frame, source in encoded if source is not client):
                client.write(others)

    def restart(self, position: JournalPosition) -> None:
        """Go on at a position that does not follow: every client is greeted anew."""
        self.flush()
        began = self.hub.position == NOWHERE
        self.hub.restart(position)
        if not began:
            self._metrics.epochs.inc()
            _LOG.warning("push_gateway.ws.restarted", extra={"epoch": position.epoch, "seq": position.seq})
        self._behind = set(self.clients)
        late, self._said_late = self._said_late, False  # with a position the link is about to be back
        for client in list(self.clients):
            client.restart(self.facts)
        self._said_late = late

    def link_lost(self) -> None:
        """Live events do not arrive: tell the clients, unless they do again at once."""
        self._linked.clear()
        self._metrics.linked.set(0)
        if self._late_timer is None and not self._said_late:
            self._late_timer = asyncio.get_running_loop().call_later(_BRIEF, self._say_late)

    def link_back(self) -> None:
        """Live events arrive again, and missed ones have been delivered."""
        self._linked.set()
        self._metrics.linked.set(1)
        if self._late_timer is not None:
            self._late_timer.cancel()
            self._late_timer = None
        if self._said_late:
            self._said_late = False
            self.broadcast(self._link())

    def _say_late(self) -> None:
        self._late_timer = None
        self._said_late = True
        self.broadcast(self._link())

    @property
    def _is_late(self) -> bool:
        return self._said_late or bool(self.facts.refusal)

    def _link(self) -> bytes:
        return protocol.link("catching_up" if self._is_late else "live", self.facts.refusal)

    def _schedule(self) -> None:
        if self.hub.pending_size > _JOIN_AT_MOST:
            self.flush()
        elif not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> None:
        """Write the waiting frames, joined, and let clients that are behind go on."""
        self._scheduled = False
        batch = self.hub.take()
        if batch.data:
            for client in batch.members:
                client.write(batch.data)
            for client, frames in batch.late:
                client.write(frames)
            self._metrics.frames_sent.inc(len(batch.members) + len(batch.late))
            self._measure(batch.accepted)
        for client in list(self._behind):
            client.advance()

    def _measure(self, accepted: list[float]) -> None:
        now = time.time()
        for at in accepted:
            self._metrics.to_socket.observe(max(0.0, now - at))
            self.latency.add(max(0.0, now - at), time.monotonic())
