"""Handshakes beside the common ones (RFC 6455, 4), and frames that no library would send (5.2)."""

import httpx2
import pytest

from tests.fuzz.frames import frame
from tests.push_gateway.panel import PATH, Panel
from tests.push_gateway.shared_by_module import module_panel, module_system
from tests.push_gateway.ws.raw_sockets import connect, handshake, opened, read_until

pytestmark = pytest.mark.anyio
CLOSED_1002 = b"\x03\xea"
UNMASKED = 0x7F
PING = b'{"type":"ping"}'
PONG = b'{"type":"pong"}'
system = module_system("gateway")
panel = module_panel()


def answer(base: str, request: bytes, end: bytes = b"\r\n\r\n") -> tuple[int, httpx2.Headers]:
    """Return status and headers of what the gateway answers."""
    with connect(base) as connection:
        connection.sendall(request)
        head, _, _ = read_until(connection, end).partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    fields = [tuple(line.split(": ", 1)) for line in lines]
    return int(status.split()[1]), httpx2.Headers([(name, value) for name, value in fields])


@pytest.mark.parametrize("line", ["Sec-WebSocket-Version: 8", "Sec-WebSocket-Version: 13, 8", "X: y"])
def test_another_version_is_told_ours(panel: Panel, line: str) -> None:
    status, headers = answer(panel.base, handshake(panel.base, version=line))

    assert status == 426
    assert (headers["Sec-WebSocket-Version"], headers["Upgrade"]) == ("13", "websocket")


@pytest.mark.parametrize(
    "line",
    ["Upgrade: h2c, websocket", "Upgrade: WebSocket,TLS/1.2", "Upgrade: h2c\r\nUpgrade: websocket"],
)
def test_a_websocket_among_other_offers_is_taken(panel: Panel, line: str) -> None:
    status, headers = answer(panel.base, handshake(panel.base, upgrade=line))

    assert (status, headers["Upgrade"]) == (101, "websocket")


@pytest.mark.parametrize(
    ("instead", "body"),
    [
        ({"request": f"GET {PATH}ws HTTP/1.0"}, b""),
        ({"upgrade": "Upgrade: websocket2"}, b""),
        ({"upgrade": "Upgrade: h2c"}, b""),
        ({"version": "Sec-WebSocket-Version: 13\r\nContent-Length: 4"}, b"body"),
        ({"version": "Sec-WebSocket-Version: 13\r\nTransfer-Encoding: chunked"}, b"4\r\nbody\r\n0\r\n\r\n"),
    ],
    ids=["HTTP/1.0", "another", "h2c", "with a body", "with a chunked body"],
)
def test_what_may_offer_no_websocket_is_answered_as_plain_http(
    panel: Panel, instead: dict[str, str], body: bytes
) -> None:
    status, headers = answer(panel.base, handshake(panel.base, **instead) + body)

    assert status == 404
    assert "Upgrade" not in headers


@pytest.mark.parametrize(
    ("instead", "expected"),
    [
        ({"key": "X: y"}, 400),
        ({"key": "Sec-WebSocket-Key: short"}, 400),
        ({"version": "Sec-WebSocket-Version: 7"}, 426),
        ({"request": f"GET {PATH}elsewhere HTTP/1.1"}, 404),
    ],
)
def test_a_refused_handshake_has_the_headers_of_every_answer(
    panel: Panel, instead: dict[str, str], expected: int
) -> None:
    status, headers = answer(panel.base, handshake(panel.base, **instead))

    assert status == expected
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Cache-Control"] == "no-store"
    assert headers["Permissions-Policy"].startswith("camera=()")


def lengthy(payload: bytes, bytes_of_length: int) -> bytes:
    """Return a text frame whose length takes two or eight bytes."""
    marker = {2: 126, 8: 127}[bytes_of_length]
    return bytes((0x81, 0x80 | marker)) + len(payload).to_bytes(bytes_of_length, "big") + bytes(4) + payload


@pytest.mark.parametrize(
    ("size", "bytes_of_length"), [(15, 2), (125, 2), (15, 8), (126, 8), (60_000, 8)], ids=str
)
def test_a_length_that_is_longer_than_needed_ends_the_connection(
    panel: Panel, size: int, bytes_of_length: int
) -> None:
    with opened(panel.base, panel.http.cookies["avito_session"]) as socket:
        socket.sendall(lengthy(PING.ljust(size), bytes_of_length))
        assert CLOSED_1002 in read_until(socket, CLOSED_1002)


@pytest.mark.parametrize("size", [15, 125, 126, 127, 128, 65_535, 65_536])
def test_a_length_of_any_size_is_understood(panel: Panel, size: int) -> None:
    with opened(panel.base, panel.http.cookies["avito_session"]) as socket:
        socket.sendall(frame(1, PING.ljust(size)))
        assert PONG in read_until(socket, PONG)


def test_frames_in_pieces_are_understood(panel: Panel) -> None:
    sent = frame(1, PING.ljust(400)) + frame(9, b"x" * 125)
    with opened(panel.base, panel.http.cookies["avito_session"]) as socket:
        for start in range(0, len(sent), 7):
            socket.sendall(sent[start : start + 7])
        assert PONG in read_until(socket, b"x" * 125)
