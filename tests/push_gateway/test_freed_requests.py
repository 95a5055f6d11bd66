"""What the gateway makes for a request or a socket is freed with it, without the garbage collector."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from push_gateway import app as gateway_app
from push_gateway.http.headers import SecurityHeaders
from push_gateway.settings import read_settings
from push_gateway.ws.connection import WS_PROTOCOL
from shared.http.bounded_http import BoundedHttpProtocol
from shared.redis import connection
from testbed import USERNAME, RedisServer, until
from tests.fuzz.frames import frame
from tests.push_gateway.panel import PATH, write
from tests.push_gateway.ws.raw_sockets import handshake
from tests.support.emptied import empty
from tests.support.freed import Served, collector_off, left_to_the_collector, serving

pytestmark = pytest.mark.anyio
ROUNDS = 10
GIF = b"GIF89a\x01\x00\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
UPLOAD = (
    b'--b\r\nContent-Disposition: form-data; name="ref"\r\n\r\npicture-%d\r\n'
    b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.gif"\r\n\r\n%b\r\n--b--\r\n'
)
FORM = "multipart/form-data; boundary=b"
OF_REDIS_PY = {"function", "cell", "tuple"}
"""A function that calls itself, of each reading of INFO: 0.2 KB."""
HELLO = b'"type":"hello"'


@pytest.fixture(scope="module")
def anyio_backend() -> Any:
    return "asyncio", {"use_uvloop": True}


@dataclass(frozen=True)
class Gateway:
    """A gateway within the test, and the token of a program."""

    served: Served
    token: str

    def request(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> bytes:
        host = f"127.0.0.1:{self.served.port}"
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Authorization: Bearer {self.token}"]
        lines += [f"Origin: http://{host}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "", ""]
        return "\r\n".join(lines).encode() + body

    def handshake(self, **instead: str) -> bytes:
        known = {"cookie": f"Authorization: Bearer {self.token}"}
        return handshake(f"http://127.0.0.1:{self.served.port}", **(known | instead))

    async def come_and_go(self, sent: bytes, answer: bytes, more: bytes = b"") -> None:
        connection = await self.served.send(sent, answer)
        if more:
            connection.sendall(more)
            assert await asyncio.to_thread(connection.recv, 1)
        await self.served.end(connection)
        await until(lambda: not self.served.state.tasks, every=0.001)


@pytest.fixture(scope="module")
async def gateway(redis_server: RedisServer, anyio_backend: str) -> AsyncIterator[Gateway]:
    await empty(redis_server)
    values = {
        "REDIS_URL": redis_server.url,
        "SESSION_SECRET": "e2e-session-Yp3vQ8sLk1Wd6Zr0",
        "ADMIN_USERNAME": USERNAME,
        "ADMIN_PASSWORD": "kettle-Amber-7431",
    }
    app = SecurityHeaders(gateway_app.create_app(read_settings(values)))
    async with connection.connect(redis_server.url) as redis:
        await write(redis, "m-1")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(gateway_app, "tune_gc", lambda: None)
        async with serving(BoundedHttpProtocol, app, WS_PROTOCOL) as served:
            await until(lambda: served.app_state["gateway"].relay.linked)
            _, token = await served.app_state["gateway"].tokens.add("t", "reply", USERNAME)
            yield Gateway(served, token)


def kinds(gateway: Gateway, number: int) -> dict[str, tuple[bytes, ...]]:
    """Return what is sent of each kind, and what is in its answer."""
    api, request = f"{PATH}api/", gateway.request
    reply = b'{"text":"x","ref":"ref-%d"}' % number
    upload = request("POST", f"{api}chats/chat-1/images", UPLOAD % (number, GIF), FORM)
    return {
        "a page": (request("GET", f"{PATH}login"), b"</html>"),
        "no page": (request("GET", f"{PATH}nothing"), b"HTTP/1.1 404"),
        "the figures": (request("GET", "/metrics"), b"HTTP/1.1 200"),
        "the chats": (request("GET", f"{api}chats"), b"HTTP/1.1 200"),
        "a thread": (request("GET", f"{api}chats/chat-1/messages"), b"HTTP/1.1 200"),
        "no token": (request("GET", f"{api}chats").replace(b"Bearer", b"Basic"), b"HTTP/1.1 401"),
        "a reply": (request("POST", f"{api}chats/chat-1/messages", reply), b"HTTP/1.1 202"),
        "no JSON": (request("POST", f"{api}chats/chat-1/messages", b"{"), b"HTTP/1.1 422"),
        "an upload": (upload, b"HTTP/1.1 202"),
        "an upload that is cut": (upload[:-20], b""),
        "a socket": (gateway.handshake(), HELLO),
        "a socket that says nonsense": (gateway.handshake(), HELLO, frame(3, b"x")),
        "a socket that says too much": (gateway.handshake(), HELLO, frame(1, b"x" * 70_000)),
        "a socket of a stranger": (gateway.handshake(cookie="X: y"), b"\x11\x31"),
        "a socket without a key": (gateway.handshake(key="Sec-WebSocket-Key: short"), b"HTTP/1.1 400"),
        "a socket of another version": (gateway.handshake(version="X: y"), b"HTTP/1.1 426"),
        "a socket of nothing": (gateway.handshake(request="GET /ws HTTP/1.1"), b"HTTP/1.1 404"),
    }


KINDS = tuple(kinds(Gateway(Served({}), ""), 0))


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_made_for_a_client_leaves_nothing_to_the_collector(
    gateway: Gateway, kind: str
) -> None:
    await gateway.come_and_go(*kinds(gateway, ROUNDS)[kind])
    gateway.served.protocols.clear()
    with collector_off():
        for number in range(ROUNDS):
            await gateway.come_and_go(*kinds(gateway, number)[kind])
        found = left_to_the_collector()

    assert gateway.served.living() == 0
    assert {name for name, count in found.items() if count >= ROUNDS} - OF_REDIS_PY == set()
