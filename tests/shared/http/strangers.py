"""Strangers who attack a service over bare sockets, some of them in processes of their own."""

import multiprocessing
import resource
import selectors
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from testbed import SystemPart

ELSEWHERE = "127.0.0.2"
TINY = b"GET /livez HTTP/1.1\r\nHost: x\r\na: 1234567890123456789012345\r\n\r\n"
LOGIN = b"GET /admin/avito/login HTTP/1.1\r\nHost: x\r\n\r\n"


def connect(part: SystemPart, source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", part.port), timeout=20, source_address=(source, 0))


def ask(connection: socket.socket, request: bytes = TINY) -> bytes:
    """Return the answer up to its body of JSON, or what there is of it."""
    connection.sendall(request)
    answer = b""
    while not answer.endswith(b"}") and (received := connection.recv(65_536)):
        answer += received
    return answer


def is_open(connection: socket.socket) -> bool:
    """Whether the service has not closed; what it has sent is dropped."""
    connection.setblocking(False)
    try:
        while received := connection.recv(65_536):
            pass
    except BlockingIOError:
        return True
    except OSError:
        return False
    return bool(received)


def send_without_end(connections: list[socket.socket], block: bytes, seconds: float) -> int:
    """Send as much as is taken, in whole blocks, and read nothing; return how many connections live."""
    sent = dict.fromkeys(connections, 0)
    for connection in connections:
        connection.setblocking(False)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for connection in list(sent):
            try:
                sent[connection] += connection.send(memoryview(block)[sent[connection] % len(block) :])
            except BlockingIOError:
                time.sleep(0.001)
            except OSError:
                del sent[connection]
    return len(sent)


def send_at_once(part: SystemPart, requests: Iterable[bytes]) -> None:
    """Send each request over its own connection, all at once; wait for the first bytes of each answer."""
    asked = [(connect(part), request) for request in requests]
    for connection, request in asked:
        connection.sendall(request)
    for connection, _ in asked:
        connection.recv(65_536)
        connection.close()


def send_and_leave(part: SystemPart, sent: bytes, times: int) -> None:
    """Send this over so many connections from two addresses; close them when the service grows no more."""
    connections = [connect(part, source) for source in ("127.0.0.3", "127.0.0.4") for _ in range(times // 2)]
    for connection in connections:
        with suppress(OSError):  # closed, as others need the place
            connection.sendall(sent)
    before = 0
    while (now := part.resident_bytes()) > before + 2**20:
        before = now
        time.sleep(0.3)
    for connection in connections:
        connection.close()


def send_anew(port: int, request: bytes, at_once: int, seconds: float) -> None:
    """Send a request over new connections again and again, each time until all are answered."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        connections = [socket.create_connection(("127.0.0.1", port), 20) for _ in range(at_once)]
        for connection in connections:
            with suppress(OSError):
                connection.sendall(request)
        for connection in connections:
            with suppress(OSError):
                connection.recv(65_536)
            connection.close()


@contextmanager
def beside(attack: Callable[..., None], *given: object) -> Iterator[None]:
    """Run an attack in a process of its own during the block."""
    process = multiprocessing.get_context("spawn").Process(target=attack, args=given, daemon=True)
    process.start()
    try:
        yield
    finally:
        ended = process.exitcode
        process.kill()
        process.join()
        assert ended is None, "the attack ended by itself"


def hold_places(port: int) -> None:
    """Open connections from elsewhere without an end, and let them drip."""
    held: list[socket.socket] = []
    while True:
        with suppress(OSError):
            held.append(socket.create_connection(("127.0.0.1", port), 2, source_address=(ELSEWHERE, 0)))
            held[-1].send(b"GET ")
            held[-1].setblocking(False)
        for connection in held[-100:]:
            with suppress(OSError):
                connection.send(b"x")
        while len(held) > 1000:
            held.pop(0).close()


def keep_busy(port: int) -> None:
    """Ask for a page over 500 connections, each again as soon as it is answered."""
    selector = selectors.DefaultSelector()
    for _ in range(500):
        new = socket.create_connection(("127.0.0.1", port))
        new.send(LOGIN)
        selector.register(new, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            connection = key.fileobj
            assert isinstance(connection, socket.socket)
            connection.recv(65_536)
            connection.send(LOGIN)


def send_slowly(port: int) -> None:
    """Keep a thousand posts open that send a byte a second; each that is closed is followed by another."""
    selector, slow = selectors.DefaultSelector(), set[socket.socket]()
    dripped = 0.0
    while True:
        while len(slow) < 1000:
            connection = socket.create_connection(("127.0.0.1", port))
            connection.send(b"POST /admin/avito/webhook/x HTTP/1.1\r\nContent-Length: 1000\r\n\r\n")
            selector.register(connection, selectors.EVENT_READ)
            slow.add(connection)
        for key, _ in selector.select(0.05):
            closed = key.fileobj
            assert isinstance(closed, socket.socket)
            selector.unregister(closed)
            slow.discard(closed)
            closed.close()
        if time.monotonic() - dripped > 1:
            dripped = time.monotonic()
            for connection in slow:
                with suppress(OSError):
                    connection.send(b"x")


def open_at_once(port: int, request: bytes, count: int) -> None:
    """Open so many connections from elsewhere, send on each, and keep them."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    made = [_elsewhere() for _ in range(count)]
    for connection in made:
        connection.connect_ex(("127.0.0.1", port))
    for connection in made:
        with suppress(OSError):
            connection.send(request)
    time.sleep(3600)


def connect_without_end(port: int) -> None:
    """Open and reset connections from elsewhere, 4,000 a second."""
    began, count = time.monotonic(), 0
    while True:
        made = [_elsewhere() for _ in range(100)]
        for connection in made:
            connection.connect_ex(("127.0.0.1", port))
        for connection in made:
            connection.close()
        count += len(made)
        time.sleep(max(0.0, began + count / 4_000 - time.monotonic()))


def _elsewhere() -> socket.socket:
    """Return a socket that its end resets: a close would keep its port for a minute, until none is left."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    made.bind((ELSEWHERE, 0))
    made.setblocking(False)
    return made
