"""A Redis as a provider runs it: some commands are forbidden or unknown there, and INFO tells less."""

import socket
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

import hiredis
from redis import Redis

KEPT_BACK = (
    *("ACL", "BGREWRITEAOF", "BGSAVE", "CLIENT", "COMMAND", "CONFIG", "DEBUG", "FUNCTION", "HELLO", "INFO"),
    *("KEYS", "LATENCY", "MEMORY", "MIGRATE", "MODULE", "MONITOR", "PSYNC", "REPLCONF", "REPLICAOF", "ROLE"),
    *("SAVE", "SCRIPT", "SHUTDOWN", "SLOWLOG", "SYNC", "WAIT"),
)
"""What one provider or another keeps from its users."""


def forbid(port: int, commands: Collection[str], user: str = "hosted") -> str:
    """Make a user who may not do these, at the Redis of this port; return the URL."""
    rules = [f"-{name.lower()}" for name in commands]
    with Redis(port=port) as admin:
        admin.execute_command("ACL", "SETUSER", user, "reset", "on", ">x", "~*", "&*", "+@all", *rules)
    return f"redis://{user}:x@127.0.0.1:{port}/0"


class _Server(ThreadingTCPServer):
    """Leads to the Redis of `port`."""

    daemon_threads = True
    port: int
    commands: frozenset[bytes]
    info: bytes | None

    def changed(self, command: list[bytes]) -> list[bytes]:
        """Return what is asked in the place of a command."""
        name = command[0].upper()
        if name in self.commands:
            return [b"NO-" + name, *command[1:]]
        return [b"ECHO", self.info] if name == b"INFO" and self.info is not None else command


class _Connection(BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        parsed = hiredis.Reader()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.server.port)) as behind:
            threading.Thread(target=self._reply, args=(behind,), daemon=True).start()
            while data := self.request.recv(65_536):
                parsed.feed(data)
                for command in iter(parsed.gets, False):
                    behind.sendall(hiredis.pack_command(tuple(self.server.changed(command))))  # type: ignore[arg-type]  # a tuple of any length

    def _reply(self, behind: socket.socket) -> None:
        with suppress(OSError):
            while data := behind.recv(65_536):
                self.request.sendall(data)
            self.request.shutdown(socket.SHUT_RDWR)


@contextmanager
def unknown(port: int, commands: Collection[str] = (), info: bytes | None = None) -> Iterator[str]:
    """Yield the URL of a proxy to this Redis, to which these commands are unknown; `info`: all INFO says."""
    with _Server(("127.0.0.1", 0), _Connection) as server:
        server.port, server.info = port, info
        server.commands = frozenset(name.encode() for name in commands)
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        try:
            yield f"redis://127.0.0.1:{server.server_address[1]}/0"
        finally:
            server.shutdown()
