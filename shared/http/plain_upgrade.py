"""uvicorn's HTTP protocol, which also takes the body of a request that offers another protocol.

Java's HTTP client offers `Upgrade: h2c`, Apache's `TLS/1.2`. A server may ignore such an offer (RFC 9110,
7.8), but httptools ends the request at its head, and uvicorn would serve it without its body.
"""

from typing import Any

import httptools
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class PlainUpgradeProtocol(HttpToolsProtocol):
    """Serves a request that offers anything but a WebSocket as if it offered nothing."""

    def __init__(self, *given: Any, **named: Any) -> None:
        """Take what uvicorn gives."""
        super().__init__(*given, **named)
        self.parser = _Parser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's

    def ignores_offer(self) -> bool:
        """Tell whether the request at hand offers an upgrade that is not taken; call it from its head on."""
        return (
            self.parser.should_upgrade()
            and not self._should_upgrade()
            and self.parser.get_method() != b"CONNECT"
        )

    def head_without_offer(self) -> bytes:
        """Return the head of the request at hand, without the offer."""
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version)]
        lines += [b"%b: %b" % (name, value) for name, value in self.headers if name != b"upgrade"]
        return b"\r\n".join((*lines, b"", b""))

    @override
    def on_headers_complete(self) -> None:
        if not self.ignores_offer():
            super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        if not self.ignores_offer():
            super().on_message_complete()

    @override
    def _should_upgrade(self) -> bool:
        return self.parser.get_method() == b"GET" and super()._should_upgrade()


class _Parser(httptools.HttpRequestParser):
    """Reads a head whose offer is ignored a second time, without it, and so comes to the body."""

    def __init__(self, protocol: PlainUpgradeProtocol) -> None:
        super().__init__(protocol)
        self._protocol = protocol

    @override
    def feed_data(self, data: Any) -> None:
        rest = data
        while True:
            try:
                super().feed_data(rest)
            except httptools.HttpParserUpgrade as offer:
                if not self._protocol.ignores_offer():
                    raise
                rest = memoryview(rest)[offer.args[0] :]
                super().feed_data(self._protocol.head_without_offer())
            else:
                return
