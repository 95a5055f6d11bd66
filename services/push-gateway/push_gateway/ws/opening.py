"""One upgrade request, from its bytes to its answer."""

import asyncio
from urllib.parse import unquote

from push_gateway.auth.access import PATH, Admitted
from push_gateway.ws import protocol
from push_gateway.ws.frames import FrameTransport
from push_gateway.ws.sockets import Sockets
from shared.redis.journal import JournalPosition

_OPEN_WITHIN = 8.0


class Opening:
    """A request that is not answered yet; `claim` is the position that the client says it has reached."""

    __slots__ = ("_address", "_frames", "_head", "_headers", "_peer", "_sockets", "claim")
    claim: JournalPosition | None

    def __init__(self, head: bytes, frames: FrameTransport, sockets: Sockets) -> None:
        self._head = head
        self._frames = frames
        self._sockets = sockets
        self._headers: list[tuple[bytes, bytes]] = []
        self._peer = self._address = ""
        self.claim = None

    @property
    def is_read(self) -> bool:
        """Whether `read` has been called."""
        return not self._head

    def read(self) -> bool:
        """Read the request; False: it was wrong, and has been answered."""
        head, self._head = self._head, b""
        frames, request = self._frames, self._frames.receive_head(head)
        if request is None:
            return False
        path, _, query = request.path.partition("?")
        if unquote(path) != f"{PATH}ws":
            frames.reject(404, "There is no WebSocket here.\n")
            return False
        if not frames.check(request):
            return False
        self.claim = protocol.read_claim(query)
        self._headers = [
            (name.lower().encode(), value.encode("latin-1", "replace"))
            for name, value in request.headers.raw_items()
        ]
        self._peer = (frames.transport.get_extra_info("peername") or ("",))[0]
        self._address = self._sockets.authenticator.address_of(self._peer, self._headers)
        return True

    def is_allowed(self, now: float) -> bool:
        """Count the request; False when too many came from its address."""
        return self._sockets.handshakes.may_come(self._address, now)

    async def admit(self) -> Admitted:
        """Authenticate the client. Raises RefusedError, RedisError or TimeoutError."""
        async with asyncio.timeout(_OPEN_WITHIN), self._sockets.handshakes.place(self._address):
            return await self._sockets.authenticator.admit(self._peer, self._headers)

    def answer(self) -> bool:
        """Accept the request; False when the client is gone."""
        if self._frames.transport.is_closing():
            return False
        self._frames.accept()
        return True
