"""The system that is measured, Redis on disk as in production, with floors and peers beside it."""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.redis import keys
from testbed import ACCOUNT, PanelClient, System, SystemPart, running_system, until

_ON_DISK = ("--appendonly", "yes", "--appendfsync", "everysec")
_ENVIRON = {"AVITO_RPM": "100000", "LOG_LEVEL": "INFO"}
_UVICORN = "--loop uvloop --http httptools --no-access-log --no-server-header --log-level warning"
_UVICORN += " --backlog 4096"


@dataclass(slots=True)
class Stage:
    """A running system, whose `chats` are enriched."""

    system: System
    chats: list[str] = field(default_factory=list)

    @property
    def peers_redis(self) -> str:
        """The URL of the database of the peers, in the system's Redis."""
        return f"{self.system.redis_server.url[:-1]}2"

    @asynccontextmanager
    async def panel(self) -> AsyncIterator[PanelClient]:
        """Open a panel at the gateway and log in."""
        async with PanelClient.at(self.system.url("gateway")) as panel:
            await panel.log_in()
            yield panel

    async def serve(self, app: str) -> SystemPart:
        """Start an ASGI app of the peers as our services are started, and wait until it is ready."""
        peer = self.launch("uvicorn", f"bench.peers.{app}", *_UVICORN.split())
        await peer.ready()
        return peer

    def launch(self, *command: str) -> SystemPart:
        """Start a module with its arguments; it ends with the system at the latest."""
        system = self.system
        name = f"peer-{len(system.parts)}"
        system.parts[name] = peer = SystemPart(name, system.folder / f"{name}.log")
        peer.command = (sys.executable, "-m", *command)
        peer.environ = {"UVICORN_PORT": str(peer.port), "REDIS_URL": self.peers_redis}
        peer.environ["AVITO_API_URL"] = system.url("simulator")
        peer.launch(os.environ)
        return peer


@asynccontextmanager
async def running_stage(
    *parts: str, chats: int = 0, redis_options: tuple[str, ...] = _ON_DISK
) -> AsyncIterator[Stage]:
    """Yield a system with Redis, the simulator and `parts`; with `chats`, the whole one that knows them."""
    with TemporaryDirectory(prefix="avito-live-bench-") as folder:
        async with running_system(
            Path(folder), *parts, environ=_ENVIRON, redis_options=redis_options
        ) as system:
            stage = Stage(system)
            if chats:
                await _populate(stage, chats)
            yield stage


async def _populate(stage: Stage, count: int) -> None:
    """Start all services and wait until new chats are enriched, so that no call to Avito is left."""
    system, avito = stage.system, stage.system.avito
    await avito.subscribe(system.webhook_url)
    await system.start("ingest", "worker", "gateway")
    stage.chats += [await avito.chat() for _ in range(count)]
    for chat in stage.chats:
        await avito.write(chat, "Здравствуйте!")

    async def enriched() -> bool:
        async with stage.system.redis as redis:
            known, left = await redis.zcard(keys.chats(ACCOUNT)), await redis.zcard(keys.to_enrich(ACCOUNT))
            return bool(known == count and not left)

    await until(enriched, within=30, every=0.1)
