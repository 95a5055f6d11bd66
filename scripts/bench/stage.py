"""The system that is measured, Redis on disk as in production, with floors and peers beside it."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.redis import keys
from testbed import ACCOUNT, PanelClient, System, SystemPart, running_system, until

_ON_DISK = ("--appendonly", "yes", "--appendfsync", "everysec")
_ENVIRON = {"AVITO_RPM": "100000", "LOG_LEVEL": "INFO"}
_UVICORN = "--loop uvloop --http httptools --no-access-log --no-server-header --log-level warning"
_UVICORN += " --backlog 4096"


def peers_redis(system: System) -> str:
    """Return the URL of the database of the peers, in the system's Redis."""
    return f"{system.redis_server.url[:-1]}2"


@asynccontextmanager
async def logged_in(system: System) -> AsyncIterator[PanelClient]:
    """Open a panel at the gateway and log in."""
    async with PanelClient.at(system.url("gateway")) as panel:
        await panel.log_in()
        yield panel


async def serve(system: System, app: str) -> SystemPart:
    """Start an ASGI app of the peers as our services are started, and wait until it is ready."""
    peer = launch(system, "uvicorn", f"bench.peers.{app}", *_UVICORN.split())
    await peer.ready()
    return peer


def launch(system: System, *command: str) -> SystemPart:
    """Start a module with its arguments; it ends with the system at the latest."""
    name = f"peer-{len(system.parts)}"
    system.parts[name] = peer = SystemPart(name, system.folder / f"{name}.log")
    peer.command = (sys.executable, "-m", *command)
    peer.environ = {"UVICORN_PORT": str(peer.port), "REDIS_URL": peers_redis(system)}
    peer.environ["AVITO_API_URL"] = system.url("simulator")
    peer.launch(os.environ)
    return peer


@asynccontextmanager
async def running_stage(
    *parts: str, chats: int = 0, redis_options: tuple[str, ...] = _ON_DISK
) -> AsyncIterator[System]:
    """Yield a system with Redis, the simulator and `parts`; with `chats`, the whole one that knows them."""
    with TemporaryDirectory(prefix="avito-live-bench-") as name:
        folder = Path(name)
        async with running_system(folder, *parts, environ=_ENVIRON, redis_options=redis_options) as system:
            if chats:
                await _populate(system, chats)
            yield system


async def _populate(system: System, count: int) -> None:
    """Start all services and wait until new chats are enriched, so that no call to Avito is left."""
    avito = system.avito
    await avito.subscribe(system.webhook_url)
    await system.start("ingest", "worker", "gateway")
    system.chats += [await avito.chat() for _ in range(count)]
    for chat in system.chats:
        await avito.write(chat, "Здравствуйте!")

    async def enriched() -> bool:
        async with system.redis as redis:
            known, left = await redis.zcard(keys.chats(ACCOUNT)), await redis.zcard(keys.to_enrich(ACCOUNT))
            return bool(known == count and not left)

    await until(enriched, within=30, every=0.1)
