"""A request that offers an upgrade is read as if it did not, in whatever pieces it comes."""

from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override
from uvicorn.server import ServerState

from shared.http.plain_upgrade import LONGEST_OFFER, PlainUpgradeProtocol

OFFERS = [
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
    b"connection: upgrade\r\nupgrade: TLS/1.2\r\n",
    b"Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n",
    b"",
]
BODIES = [
    b"Content-Length: 4\r\n\r\nbody",
    b"Transfer-Encoding: chunked\r\n\r\n1\r\nb\r\n3;x=y\r\nody\r\n0\r\n\r\n",
]


@dataclass
class Read:
    """What a protocol made of the bytes it got."""

    requests: list[tuple[str, bytes, list[Any]]] = field(default_factory=list)
    refused: str = ""


class Reading(PlainUpgradeProtocol):
    """Notes requests instead of serving them."""

    read: Read

    @override
    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        cycle.response_complete = False

    @override
    def on_message_complete(self) -> None:
        super().on_message_complete()
        if not self.ignores_offer():
            body, headers = bytes(self.cycle.body), [*self.cycle.scope["headers"]]
            self.read.requests.append((self.cycle.scope["path"], body, headers))
            self.cycle.response_complete = True

    @override
    def send_400_response(self, msg: str) -> None:
        self.read.refused = msg


def read(pieces: list[bytes]) -> Read:
    config = uvicorn.Config(lambda *_: None, ws="none", log_config=None)
    config.load()
    protocol = Reading(config, ServerState(), {}, _loop=object())
    protocol.read, protocol.flow = Read(), type("Flow", (), {"pause_reading": lambda _: None})()
    for piece in pieces:
        protocol.data_received(piece)
    return protocol.read


@given(st.lists(st.tuples(st.sampled_from(OFFERS), st.sampled_from(BODIES)), max_size=4), st.data())
def test_an_offer_changes_nothing_about_a_request(
    requests: list[tuple[bytes, bytes]], data: st.DataObject
) -> None:
    sent = b"".join(b"POST /%d HTTP/1.1\r\n%b%b" % (n, *request) for n, request in enumerate(requests))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=5)))
    pieces = [sent[a:b] for a, b in zip([0, *cuts], [*cuts, len(sent)], strict=True)]

    came = read([piece for piece in pieces if piece])

    assert came.refused == ""
    assert [(path, body) for path, body, _ in came.requests] == [
        (f"/{n}", b"body") for n in range(len(requests))
    ]
    assert all(name != b"upgrade" for _, _, headers in came.requests for name, _ in headers)


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
@pytest.mark.parametrize("connection", [b"Upgrade", b"close, Upgrade", b"Upgrade, close"])
@pytest.mark.parametrize("rest", BODIES)
def test_a_client_that_closes_may_offer_too(version: bytes, connection: bytes, rest: bytes) -> None:
    head = b"POST / HTTP/%b\r\nConnection: %b\r\nUpgrade: h2c\r\n" % (version, connection)

    for pieces in ([head + rest], [head, rest], [head + rest[:-4], rest[-4:]]):
        assert [body for _, body, _ in read(pieces).requests] == [b"body"]


def test_thousands_of_offers_in_one_packet_are_read() -> None:
    one = b"POST / HTTP/1.1\r\n" + OFFERS[0] + BODIES[0]

    assert len(read([one * 4000]).requests) == 4000


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: x\r\n\r\n",
        b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_an_offer_excuses_no_fault(rest: bytes) -> None:
    assert read([b"POST / HTTP/1.1\r\n" + OFFERS[0] + rest]).refused


@pytest.mark.parametrize(
    "name", ["Connection", "Upgrade", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Another"]
)
@pytest.mark.parametrize("lines", [1, 10])
def test_an_offer_that_is_too_long_is_refused(name: str, lines: int) -> None:
    long = f"{name}: {'a,' * (LONGEST_OFFER // 2 // lines)}\r\n".encode() * lines
    came = read([b"POST / HTTP/1.1\r\n" + OFFERS[0] + long + BODIES[0]])

    assert bool(came.refused) == (name != "Another")


def test_a_long_list_is_no_matter_without_an_offer() -> None:
    assert not read([b"POST / HTTP/1.1\r\nConnection: " + b"a," * 9_000 + b"\r\n" + BODIES[0]]).refused
