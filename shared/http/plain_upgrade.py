"""uvicorn's HTTP protocol, which also takes the body of a request that offers another protocol.

Java's HTTP client offers `Upgrade: h2c`, Apache's `TLS/1.2`. A server may ignore such an offer (RFC 9110,
7.8), but httptools ends the request at its head, and uvicorn would serve it without its body.
"""

from collections.abc import Collection
from typing import Any, cast

import httptools
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_OFFERS = (b"connection", b"upgrade", b"sec-websocket-protocol", b"sec-websocket-extensions")
LONGEST_OFFER = 1024
"""Bytes of all headers of an offer, which are lists: each word of one takes time to read, again and again."""
LONGEST_TARGET = 8 * 1024
"""Bytes of path and query: room for two ids of 256 characters, percent-encoded, and a cursor."""


def offered_protocols(headers: Collection[tuple[bytes, bytes]]) -> set[bytes]:
    """Return what `Upgrade` names; raises ValueError when the headers of an offer are too long."""
    if sum(len(value) for name, value in headers if name in _OFFERS) > LONGEST_OFFER:
        raise ValueError("too long an offer")
    lists = [value for name, value in headers if name == b"upgrade"]
    return {word.strip().lower() for value in lists for word in value.split(b",")}


class PlainUpgradeProtocol(HttpToolsProtocol):
    """Serves a request that offers anything but a WebSocket as if it offered nothing."""

    def __init__(self, *given: Any, **named: Any) -> None:
        """Take what uvicorn gives."""
        super().__init__(*given, **named)
        self.parser = self._new_parser()
        self._is_websocket = False

    def read_without_offer(self) -> None:
        """Read the head of the request at hand once more, without its offer, so that its body can follow.

        The parser is a new one: the old one has ended the request, and reads no more after a `close`.
        """
        head = self._head_without_offer()
        self.parser = self._new_parser()
        self.parser.feed_data(head)

    def ignores_offer(self) -> bool:
        """Tell whether the request at hand offers an upgrade that is not taken; call it from its head on."""
        return (
            self.parser.should_upgrade()
            and not self._should_upgrade()
            and self.parser.get_method() != b"CONNECT"
        )

    def _new_parser(self) -> "_Parser":
        parser = _Parser(self)
        parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's
        return parser

    def _head_without_offer(self) -> bytes:
        version = self.parser.get_http_version().encode()
        lines = [b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, version)]
        lines += [b"%b: %b" % (name, value) for name, value in self.headers if name != b"upgrade"]
        return b"\r\n".join((*lines, b"", b""))

    @override
    def on_url(self, url: bytes) -> None:
        """Keep no more of a target that is too long than shows the app that it is."""
        super().on_url(url[: max(0, LONGEST_TARGET + 1 - len(self.url))])

    @override
    def on_headers_complete(self) -> None:
        self._is_websocket = self.parser.should_upgrade() and self._offers_websocket()
        if not self.ignores_offer():
            super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        if not self.ignores_offer():
            super().on_message_complete()

    @override
    def _should_upgrade(self) -> bool:
        return self._is_websocket

    def _offers_websocket(self) -> bool:
        """Whether it offers a WebSocket and may have one (RFC 6455, 4.1); a ValueError ends the parsing."""
        return (
            b"websocket" in offered_protocols(self.headers)
            and self._should_upgrade_to_ws()
            and self.parser.get_method() == b"GET"
            and self.parser.get_http_version() == "1.1"
            and not self._has_body()
        )

    def _has_body(self) -> bool:
        return any(
            name == b"transfer-encoding" or (name == b"content-length" and value.strip() != b"0")
            for name, value in self.headers
        )


class _Parser(httptools.HttpRequestParser):
    """Hands a request whose offer is ignored on to the parser that reads it without."""

    def __init__(self, protocol: PlainUpgradeProtocol) -> None:
        super().__init__(protocol)
        self._protocol = protocol

    @override
    def feed_data(self, data: Any) -> None:
        rest, parser = data, cast("httptools.HttpRequestParser", self)
        while True:
            try:
                httptools.HttpRequestParser.feed_data(parser, rest)
            except httptools.HttpParserUpgrade as offer:
                if not self._protocol.ignores_offer():
                    raise
                rest = memoryview(rest)[offer.args[0] :]
                self._protocol.read_without_offer()
                parser = self._protocol.parser
            else:
                return
