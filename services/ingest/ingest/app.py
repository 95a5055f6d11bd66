"""Builds ingest of its parts, runs what goes on beside the requests, and shuts it down in order."""

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp

from ingest.canary import EVERY_S, send_canary
from ingest.http import fast_http
from ingest.http.errors import on_http_error
from ingest.metrics import Metrics
from ingest.settings import Settings
from ingest.spool.drain import Drain
from ingest.spool.folder import Folder
from ingest.spool.spool import Spool
from ingest.store.redis_writer import RedisWriter
from ingest.store.unverified import UnverifiedStore
from ingest.store.webhook_store import Inbox, WebhookStore
from ingest.webhook.address import STATUS_PATH
from ingest.webhook.endpoint import WebhookEndpoint
from ingest.webhook.rotation_file import RotationFile, record_of
from ingest.webhook.secrets import WebhookSecrets
from shared.accounts import webhook_secrets
from shared.http.health import health_routes
from shared.process.lifecycle import notify_when_ready
from shared.process.supervise import Loop, repeat, running, supervise
from shared.process.tune_gc import tune_gc
from shared.process.vitals import disk_facts, process_facts
from shared.redis import connection
from shared.redis.server_watch import EVERY_S as WATCH_EVERY_S
from shared.redis.server_watch import ServerWatch
from shared.status_cache import StatusCache
from shared.wires import heartbeat

log = logging.getLogger("ingest")

MEASURE_EVERY_S = 1.0
BEAT_EVERY_S = 2.0
HEARTBEAT_TTL_S = 6.0


def create_app(settings: Settings) -> ASGIApp:
    """Return the whole service as one ASGI app, which starts and shuts down with its lifespan."""
    return _Service(settings).app()


class _Service:
    """The parts of one process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._pool = connection.make_pool(settings.redis_url, names_epoch=False, timeout=1.0)
        self._redis = Redis.from_pool(self._pool)
        self._accepted = settings.secrets
        self._secrets = WebhookSecrets(settings.secrets, os.urandom(32))
        self._rotation_file = RotationFile(settings.spool, settings.secrets, self._name)
        self._metrics = Metrics()
        self._writer = RedisWriter(settings.redis_url)
        self._server_watch = ServerWatch(self._pool, self._writer.pool)
        self._inbox = Inbox(self._writer)
        self._folder = Folder(settings.spool, self._name)
        self._spool = Spool(self._folder)
        self._drain = Drain(self._folder, lambda: self._inbox.room, self._inbox.put_spooled, self._metrics)
        self._unverified = UnverifiedStore(self._writer, self._inbox, self._metrics)
        self._status = StatusCache(self._redis, self._name, self._facts)
        self._metrics.gauge("fast_way", "Whether the fast way of a webhook is on", fast_http.usable)
        self._metrics.gauge("redis_good", "Whether Redis confirms writes", lambda: self._writer.healthy)
        self._metrics.gauge("spool_bytes", "Bytes in the spool", lambda: self._folder.size)
        self._metrics.gauge("spool_entries", "Webhooks in the spool", lambda: self._folder.entries)
        self._metrics.gauge("inbox_entries", "Entries in the inbox", lambda: self._inbox.pressure.waiting)

    def app(self) -> ASGIApp:
        """Return the webhook endpoint in front of the other routes."""
        routes = [
            Route(STATUS_PATH, self._status.show),
            *health_routes(self._readiness, self._metrics.registry),
        ]
        return WebhookEndpoint(
            Starlette(
                routes=routes, lifespan=self._lifespan, exception_handlers={HTTPException: on_http_error}
            ),
            secrets=self._secrets,
            store=WebhookStore(self._inbox, self._spool),
            unverified=self._unverified,
            trusted=self._settings.trusted,
            metrics=self._metrics,
        )

    async def _readiness(self) -> dict[str, object]:
        """Ready while a webhook can be stored, in Redis or on disk."""
        return {
            "ready": self._writer.healthy or self._spool.healthy,
            "redis": self._writer.healthy,
            "spooling": not self._inbox.open,
            "spool": {
                "writable": self._spool.healthy,
                "bytes": self._folder.size,
                "entries": self._folder.entries,
                "corrupt": self._drain.corrupt,
            },
        }

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        await self._spool.check()
        if digests := await asyncio.to_thread(self._rotation_file.load, time.time()):
            self._secrets.replace(digests)
        try:
            loops = (supervise(log, name, loop) for name, loop in self._loops().items())
            async with running(*loops, notify_when_ready(self._readiness)):
                await self._writer.tried.wait()
                tune_gc()
                yield
        finally:
            await self._shut_down()

    def _loops(self) -> dict[str, Loop]:
        canary = partial(send_canary, self._redis, self._inbox, self._metrics, self._name)
        return {
            "writer": self._writer.run,
            "drain": self._drain.run,
            "pressure": partial(repeat, log, MEASURE_EVERY_S, lambda: self._inbox.measure(self._redis)),
            "rotation": partial(repeat, log, MEASURE_EVERY_S, self._follow_rotation),
            "heartbeat": partial(repeat, log, BEAT_EVERY_S, self._beat),
            "server_watch": partial(repeat, log, WATCH_EVERY_S, self._server_watch.look),
            "canary": partial(repeat, log, EVERY_S, canary),
            "spool": partial(repeat, log, BEAT_EVERY_S, self._check_spool),
        }

    async def _shut_down(self) -> None:
        """End after the last request: write what waits for the disk, then let go of everything."""
        await self._writer.close()
        await self._spool.close()
        try:
            async with asyncio.timeout(1.0):
                await heartbeat.deregister(self._redis, "ingest", self._name)
        except (RedisError, OSError, TimeoutError):
            log.debug("ingest.leave.failed")
        await self._redis.aclose()
        log.info("ingest.ended", extra={"spooled": self._folder.entries})

    async def _beat(self) -> None:
        proves = [webhook_secrets.fingerprint(secret) for secret in self._accepted]
        facts = process_facts() | self._facts() | {"proves": proves}
        with suppress(OSError):  # its disk may be gone
            facts["disk"] = disk_facts(self._settings.spool)
        await heartbeat.beat(self._redis, "ingest", self._name, facts, HEARTBEAT_TTL_S)

    def _facts(self) -> dict[str, Any]:
        trouble = {"spool_error": self._spool.error} if self._spool.error else {}
        return {"spooled": self._folder.entries, **trouble}

    async def _follow_rotation(self) -> None:
        """Follow a change of the secret; while Redis is away the last known secrets prove."""
        rotation = await webhook_secrets.load(self._redis)
        configured = self._settings.secrets
        self._accepted = webhook_secrets.accepted_secrets(configured, rotation, time.time())
        digests = self._secrets.digests(self._accepted)
        self._secrets.replace(digests)
        record = record_of(configured, self._accepted, digests, rotation) if rotation else []
        await asyncio.to_thread(self._rotation_file.save, record)

    async def _check_spool(self) -> None:
        """Test the folder where it failed, or where its disk is full while Redis still takes everything."""
        if not self._spool.healthy or await asyncio.to_thread(self._folder.lacks_space):
            await self._spool.check()
