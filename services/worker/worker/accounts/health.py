"""The worker's own small HTTP door: /livez, /readyz, /metrics on the next free port."""

import errno
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

import uvicorn
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from shared.http.health import health_routes
from shared.http.serving import CalmServer

log = logging.getLogger("worker")

_PORTS_TRIED = 64


def bind_next_free(host: str, port: int) -> socket.socket:
    """Return a socket on `port`, or on the first free one after it (0: any). Raises OSError when none is."""
    for candidate in range(port, port + _PORTS_TRIED):
        door = socket.socket()
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, candidate))
        except OSError as error:
            door.close()
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return door
    raise OSError(errno.EADDRINUSE, f"no free port from {port} to {port + _PORTS_TRIED - 1}")


class HealthServer(CalmServer):
    """Uvicorn that leaves signals to the worker's app."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take none."""
        yield


async def serve(
    door: socket.socket,
    ready: Callable[[], Awaitable[Mapping[str, object]]],
    registry: CollectorRegistry,
) -> None:
    """Serve until cancelled."""
    app = Starlette(routes=health_routes(ready, registry))
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    log.info("worker.health.listening", extra={"port": door.getsockname()[1]})
    await HealthServer(config).serve([door])
