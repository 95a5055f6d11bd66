"""A webhook is taken in whatever form of HTTP it comes: offers, encodings, pieces, addresses."""

import gzip
import socket
from urllib.parse import quote

import pytest
import redis

from shared.redis import keys
from shared.wires.inbox import Webhook
from tests.ingest.process import PATH, PROVEN, SECRET, Ingest, answer, connected, kept

BODY = b'{"id": "1"}'
LENGTH = b"Content-Length: %d\r\n\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
IN_CHUNKS = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n"
OFFERS = {
    "h2c": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAA\r\n",
    "TLS": b"Connection: Upgrade\r\nUpgrade: TLS/1.2\r\n",
    "websocket": b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
    "nothing": b"",
}


def head(lines: bytes = b"", target: str = PROVEN) -> bytes:
    return b"POST %b HTTP/1.1\r\nHost: here\r\n%b" % (target.encode(), lines)


def send_in_pieces(connection: socket.socket, *pieces: bytes) -> None:
    """Send each piece as a packet of its own."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for piece in pieces:
        connection.sendall(piece)


@pytest.mark.parametrize("offer", OFFERS)
@pytest.mark.parametrize(
    "rest",
    [(LENGTH + BODY,), (LENGTH, BODY), (CHUNKED + IN_CHUNKS,), (CHUNKED, IN_CHUNKS[:7], IN_CHUNKS[7:])],
)
def test_a_post_that_offers_another_protocol_is_taken_with_its_body(
    ingest: Ingest, store: redis.Redis, offer: str, rest: tuple[bytes, ...]
) -> None:
    with connected(ingest) as connection:
        for _ in range(2):
            send_in_pieces(connection, head(OFFERS[offer]) + rest[0], *rest[1:])
            assert answer(connection) == 200
        connection.sendall(head(LENGTH) + BODY)
        assert answer(connection) == 200

    assert [webhook.body for webhook in kept(store)] == [BODY] * 3


@pytest.mark.parametrize(
    ("version", "connection"), [("1.1", "close, Upgrade"), ("1.1", "Upgrade, close"), ("1.0", "Upgrade")]
)
def test_a_post_that_offers_another_protocol_and_closes_is_answered(
    ingest: Ingest, store: redis.Redis, version: str, connection: str
) -> None:
    line = f"POST {PROVEN} HTTP/{version}\r\nConnection: {connection}\r\nUpgrade: h2c\r\n".encode()
    with connected(ingest) as client:
        client.sendall(line + LENGTH + BODY)
        assert answer(client) == 200
        assert client.recv(1) == b""

    assert [webhook.body for webhook in kept(store)] == [BODY]


def test_pipelined_posts_with_offers_are_all_taken(ingest: Ingest, store: redis.Redis) -> None:
    post = head(OFFERS["h2c"]) + LENGTH + BODY
    with connected(ingest) as connection:
        connection.sendall(post * 200)
        statuses = b""
        while statuses.count(b'{"ok":true}') < 200:
            statuses += connection.recv(65_536)

    assert [webhook.body for webhook in kept(store)] == [BODY] * 200


@pytest.mark.parametrize("offer", OFFERS)
def test_a_body_that_waits_for_a_100_is_asked_for(ingest: Ingest, store: redis.Redis, offer: str) -> None:
    with connected(ingest) as connection:
        connection.sendall(head(OFFERS[offer] + b"Expect: 100-Continue\r\n") + LENGTH)
        assert connection.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        assert answer(connection) == 200

    assert [webhook.body for webhook in kept(store)] == [BODY]


def test_a_body_is_taken_byte_by_byte(ingest: Ingest, store: redis.Redis) -> None:
    with connected(ingest) as connection:
        send_in_pieces(connection, head(CHUNKED), *(IN_CHUNKS[n : n + 1] for n in range(len(IN_CHUNKS))))
        assert answer(connection) == 200

    assert [webhook.body for webhook in kept(store)] == [BODY]


@pytest.mark.parametrize(
    ("lines", "encoding"),
    [
        (b"Content-Encoding: gzip\r\n", b"gzip"),
        (b"content-encoding: x-gzip\r\nContent-Encoding:br\r\n", b"x-gzip,br"),
        (b"Content-Encoding: " + b"x" * 5000 + b"\r\n", b"x" * 200),
        (b"Content-Type: gzip\r\n", b""),
    ],
)
@pytest.mark.parametrize("path", [PROVEN, PATH])
def test_the_encoding_of_a_body_is_kept_with_it(
    ingest: Ingest, store: redis.Redis, path: str, lines: bytes, encoding: bytes
) -> None:
    body = gzip.compress(BODY)
    with connected(ingest) as connection:
        connection.sendall(head(lines, path) + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert answer(connection) == 200

    (webhook,) = kept(store, keys.INBOX if path == PROVEN else keys.UNVERIFIED)
    assert webhook == Webhook(body, webhook.accepted, encoding)


HOLDING = [
    f"{PROVEN}/",
    f"{PROVEN}//",
    f"/{PROVEN}",
    f"{PATH}//{SECRET}",
    f"//admin///avito//webhook/{SECRET}///",
    f"{PROVEN}?utm=1&secret=x",
    f"{PROVEN}/?",
    f"{PATH}/%{ord(SECRET[0]):02x}{SECRET[1:]}",
    f"{PATH}/" + "".join(f"%{ord(letter):02X}" for letter in SECRET),
    "/" + quote(PATH, safe="").replace("webhook", "%77ebhook") + f"/{SECRET}",
    f"{PATH}%2F{SECRET}",
    f"{PATH}%5C{SECRET}",
    f"{PROVEN}%20",
    f"{PROVEN}%0D%0A",
    f"http://panel.example.org{PROVEN}",
    f"https://user@panel.example.org:8443/{PROVEN}/?x",
    f"{PATH}/../webhook/{SECRET}",
    f"/{SECRET}",
    f"/behind/a/prefix{PROVEN}",
]


@pytest.mark.parametrize("target", HOLDING)
def test_a_path_that_holds_the_secret_proves(ingest: Ingest, store: redis.Redis, target: str) -> None:
    with connected(ingest) as connection:
        for offer in ("nothing", "h2c"):
            connection.sendall(head(OFFERS[offer], target) + LENGTH + BODY)
            assert answer(connection) == 200

    assert [webhook.body for webhook in kept(store)] == [BODY] * 2


@pytest.mark.parametrize(
    "target", ["/../../etc/passwd", "/admin/avito/webhook/../status", "/%2e%2e/readyz", "//"]
)
def test_a_path_that_climbs_reaches_nothing(ingest: Ingest, store: redis.Redis, target: str) -> None:
    with connected(ingest) as connection:
        connection.sendall(head(target=target) + LENGTH + BODY)
        assert answer(connection) in (200, 404)

    assert kept(store) == []


def test_a_path_of_thousands_of_parts_is_read_quickly(ingest: Ingest, store: redis.Redis) -> None:
    with connected(ingest) as connection:
        connection.sendall(head(target=f"{PATH}{'/x' * 20_000}") + LENGTH + BODY)
        assert answer(connection) == 200

    assert kept(store) == []
