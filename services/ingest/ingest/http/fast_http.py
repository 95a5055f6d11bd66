"""The fast way of a webhook: a plain POST that came in one packet is answered without a request of uvicorn's.

It needs no parser, no task and no ASGI; docs/adr/0003 has the figures. Everything else, and everything
under another version of uvicorn than the one this was tested with, goes the way of plain ASGI.
"""

import asyncio
import re
from collections.abc import Callable

import uvicorn
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from shared.http.bounded_http import BoundedHttpProtocol

TESTED_UVICORN = "0.54.0"

_HEAD_BYTES = 8 * 1024
"""A longer head is left to the parser, whose work is shared out."""

OnStored = Callable[[bytes | None], None]
HandleFast = Callable[[bytes, bytes, OnStored], bool]
"""An app's method `handle_fast`, given path, body and a callback for the end of a 200: `name: value` lines,
an empty line, the body. It returns False, or calls back later with None, when plain ASGI is to serve."""

_LINE = rb"[!#$%&'*+\-.^_`|~\w]++:[\t\x20-\x7e\x80-\xff]*+\r\n"
_SPECIAL = rb"(?i:connection|proxy-connection|upgrade|expect|transfer-encoding|content-(?:length|encoding))"
_OTHER_LINES = rb"(?:(?!%b:)%b)*+" % (_SPECIAL, _LINE)
_HEAD = re.compile(
    rb"POST (?P<path>/[\w./~-]*+) HTTP/1\.1\r\n"
    rb"%b(?i:content-length): ?(?P<length>[0-9]{1,9})\r\n%b\r\n" % (_OTHER_LINES, _OTHER_LINES)
)
"""A head with a length, and with nothing that changes how the request, its body or its response is read."""


def usable() -> bool:
    """Whether this is the uvicorn on whose inside the fast way was tested."""
    return uvicorn.__version__ == TESTED_UVICORN


def read_post(packet: bytes) -> tuple[bytes, bytes] | None:
    """Return path and body of a plain POST that the packet is, from first byte to last; else None. Pure."""
    head = _HEAD.match(packet, 0, _HEAD_BYTES)
    if head is None or len(packet) - head.end() != int(head["length"]):
        return None
    return head["path"], packet[head.end() :]


class FastHttpProtocol(BoundedHttpProtocol):
    """Hands plain POSTs to the app's `handle_fast`, one at a time; what comes meanwhile waits."""

    _handle_fast: HandleFast
    _taken: bytes | None = None  # the packet whose webhook is being stored

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._handle_fast = self.app.handle_fast

    @override
    def data_received(self, data: bytes) -> None:
        if self._held or not self._take(data):
            super().data_received(data)

    @override
    def _feed(self) -> None:
        """Take a packet that is one request, which waited; the parser gets everything else."""
        if self._held and not self._at and self._take(self._held):
            self._held = b""
        super()._feed()

    @override
    def _is_answered(self) -> bool:
        return self._taken is None and super()._is_answered()

    @override
    def shutdown(self) -> None:
        """As without the fast way; `_respond` closes."""
        if self._taken is None:
            super().shutdown()
        self._shutting_down = True

    def _take(self, packet: bytes) -> bool:
        if self._has_begun or not self._may_read():
            return False
        post = read_post(packet)
        if post is None:
            return False
        self._taken = packet
        if not self._handle_fast(*post, self._finish):
            self._taken = None
            return False
        self._unused, self._since = False, None
        self._waiting.pop(self, None)
        return True

    def _finish(self, response: bytes | None) -> None:
        taken, self._taken = self._taken, None
        if taken is None or self.transport.is_closing():
            return
        if response is None:
            self._held = taken + self._held
            super()._feed()
        else:
            self._respond(response)

    def _respond(self, response: bytes) -> None:
        lines = [b"%b: %b\r\n" % header for header in self.server_state.default_headers]
        if self._shutting_down:
            lines.append(b"connection: close\r\n")
        self.transport.write(b"".join((STATUS_LINE[200], *lines, response)))
        if self._shutting_down:
            self.transport.close()
        self.on_response_complete()
