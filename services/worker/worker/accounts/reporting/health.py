"""What one worker says of itself: /livez, /readyz and /metrics on its own port, and a heartbeat in Redis."""

import asyncio
import errno
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

import uvicorn
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from starlette.applications import Starlette

from shared.http import listening, serving
from shared.http.health import health_routes
from shared.process.vitals import process_facts
from shared.redis import keys
from shared.wires import heartbeat
from worker.settings import Keys

log = logging.getLogger("worker")

_PORTS_TRIED = 64
_BEAT_EVERY_S = 3.0
_BEAT_TTL_S = 8.0


def bind_next_free(host: str, port: int) -> socket.socket:
    """Return a socket on `port`, or on the first free one after it (0: any). Raises OSError when none is."""
    for candidate in range(port, port + _PORTS_TRIED):
        try:
            return listening.bind(host, candidate)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                why = f"port {candidate} {listening.refusal(host, error)}"
                raise OSError(f"{why}; set WORKER_METRICS_HOST or WORKER_METRICS_PORT") from error
    raise OSError(errno.EADDRINUSE, f"no free port from {port} to {port + _PORTS_TRIED - 1}")


class HealthServer(serving.SlowTickServer):
    """Uvicorn that leaves signals to the worker's app."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take none."""
        yield


def make_app(ready: Callable[[], Awaitable[Mapping[str, object]]], registry: CollectorRegistry) -> Starlette:
    """Return the app of the three routes; one for each registry."""
    return Starlette(routes=health_routes(ready, registry))


async def serve(listener: socket.socket, app: Starlette) -> None:
    """Serve until cancelled, on a copy of the socket: the loop may serve it once only."""
    server = HealthServer(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    log.info("worker.health.listening", extra={"port": listener.getsockname()[1]})
    with listener.dup() as own:
        try:
            await server.serve([own])
        finally:  # uvicorn closes them only when it was told to exit
            for one in getattr(server, "servers", ()):
                one.close()


async def beat_for_ever(redis: Redis, name: str, avito_keys: Keys, *, demo: bool) -> None:
    """Say every few seconds that this worker lives; once, its account and whether it is a demo."""
    facts = {"keys": avito_keys.mark}
    unsaid = True
    while True:
        unsaid |= await heartbeat.beat(redis, "worker", name, process_facts() | facts, _BEAT_TTL_S)
        if unsaid:
            await redis.sadd(keys.ACCOUNTS, avito_keys.user_id)
            await redis.hset(keys.FACTS, "demo", int(demo))
            unsaid = False
        await asyncio.sleep(_BEAT_EVERY_S)
