"""The system under test: all services under load, with an operator's screen.

Sweeps are blocked while something is broken, so that webhooks alone must deliver what was answered 200.
Messages that only a sweep fetches afterwards are counted separately.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import orjson
from redis.asyncio import Redis

from avito_live.runner.parts import WEBHOOK_PATH, kind_of
from chaos import fake_clock
from chaos.proxy import TcpProxy, proxied
from chaos.screen import Screen, watching
from shared.redis import connection, keys
from testbed import sentinels
from testbed.avito import Avito
from testbed.sentinels import Sentinels
from testbed.system import ACCOUNT, PASSWORD, SECRET, USERNAME, System, running_system
from testbed.threads import Threads, shown, truth
from testbed.waiting import until

CHATS = 40
KEPT = 5_000
_ENVIRON = {
    "LOG_LEVEL": "INFO",
    "KEEP_MESSAGES": str(KEPT),
    "AVITO_RPM": "100000",
    "POLL_INTERVAL_S": "1",
    "SWEEP_INTERVAL_S": "2",
    "WATCH_INTERVAL_S": "2",
}
_SWEEPS_NEED = ("chats", "messages")
_EVERYSEC = ("--appendonly", "yes", "--appendfsync", "everysec")
USUAL = ("ingest", "worker", "gateway")
PROXIES = {
    "avito-ingest": "ingest",
    "worker-avito": "simulator",
    "screen-gateway": "gateway",
    "ingest-redis": "redis",
    "worker-redis": "redis",
    "gateway-redis": "redis",
}
"""Every connection between two parts, and the part that accepts it."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How a stage is set up.

    `proxied`: a proxy on every connection. `strict`: with Sentinels, a master without replicas refuses
    writes. `movable`: clocks that can be set.
    """

    parts: tuple[str, ...] = USUAL
    proxied: bool = False
    sentinel: bool = False
    strict: bool = False
    movable: bool = False


USUAL_SETUP = Setup()


@dataclass(slots=True)
class Stage:
    """One running system.

    `more`: additional environment of single parts. `notes`: failures that a fault noticed, also its own.
    """

    system: System
    screen: Screen
    chats: list[str]
    proxies: Mapping[str, TcpProxy] = field(default_factory=dict)
    sentinels: Sentinels | None = None
    clock: Path | None = None
    more: dict[str, dict[str, str]] = field(default_factory=dict)
    chance: Random = field(default_factory=Random)
    notes: list[str] = field(default_factory=list)

    @property
    def avito(self) -> Avito:
        """The simulator that stands for Avito."""
        return self.system.avito

    @property
    def redis(self) -> Redis:
        """A new client of the Redis that the services use; close it."""
        return connection.connect(self.system.environ.get("REDIS_URL", self.system.redis_server.url))

    async def start(self, *parts: str) -> None:
        """Start parts and wait until all are ready."""
        for part in parts:
            await asyncio.to_thread(self.system.launch, part, **self.more.get(part, {}))
        for part in parts:
            await self.system.ready(part)

    async def block_sweeps(self) -> None:
        """Block sweeps: let Avito refuse its lists."""
        for operation in _SWEEPS_NEED:
            await self.avito.strike(operation, status=400)

    async def allow_sweeps(self) -> None:
        """Allow sweeps: let Avito answer again."""
        await self.avito.calm()

    async def held(self) -> set[str]:
        """Return the ids of all messages in the read model."""
        async with self.redis as redis:
            threads = await shown(redis, ACCOUNT)
        return {row[0] for thread in threads.values() for row in thread}

    async def spooled(self) -> int:
        """Return how many webhooks are spooled by the running ingests."""
        total = 0
        for name, part in self.system.parts.items():
            if kind_of(name) == "ingest" and part.process is not None:
                total += int((await self.system.http.get(f"{part.url}/readyz")).json()["spool"]["entries"])
        return total

    async def differences(self) -> list[str]:
        """Return the chats in which read model, screen and Avito's lists differ."""
        avitos = _filled(await truth(self.avito, KEPT))
        async with self.redis as redis:
            ours = _filled(await shown(redis, ACCOUNT))
        seen = _filled(self.screen.shown())
        return [
            chat
            for chat in avitos.keys() | ours.keys() | seen.keys()
            if not avitos.get(chat) == ours.get(chat) == seen.get(chat)
        ]

    async def dead(self) -> int:
        """Return how many dead letters there are."""
        async with self.redis as redis:
            return int(await redis.xlen(keys.DEAD))

    async def distrusted(self) -> int:
        """Return how often the system switched to polling because webhooks do not arrive."""
        async with self.redis as redis:
            lines = await redis.lrange(keys.SWITCHES, 0, -1)
        return sum(orjson.loads(line)["code"] == "missed" for line in lines)

    async def rung_twice(self) -> int:
        """Return how often the journal announced a message as new again."""
        async with self.redis as redis:
            events = [orjson.loads(fields[b"e"]) for _, fields in await redis.xrange(keys.JOURNAL)]
        rings = Counter(one["message"]["id"] for one in events if one["type"] == "message" and one["ring"])
        return sum(times - 1 for times in rings.values())


def _filled(threads: Threads) -> Threads:
    return {chat: thread for chat, thread in threads.items() if thread}


@asynccontextmanager
async def staged(folder: Path, setup: Setup) -> AsyncIterator[Stage]:
    """Yield a running system: subscribed, its first sweep done, its screen live."""
    async with AsyncExitStack() as stack:
        options = (*_EVERYSEC, *(sentinels.SENTINEL_OPTIONS if setup.sentinel else ()))
        options += sentinels.STRICT_OPTIONS if setup.strict else ()
        system = await stack.enter_async_context(
            running_system(folder, environ=_ENVIRON, redis_options=options)
        )
        more: dict[str, dict[str, str]] = {part: {} for part in setup.parts}
        proxies: dict[str, TcpProxy] = {}
        if setup.proxied:
            redis_port = system.redis_server.port
            for way, part in PROXIES.items():
                port = redis_port if part == "redis" else system.part(part).port
                proxies[way] = await stack.enter_async_context(proxied(port))
            _use_proxies(system, proxies, more)
        group = None
        if setup.sentinel:
            group = await stack.enter_async_context(sentinels.running_sentinels(system.redis_server, folder))
            system.environ["REDIS_URL"] = group.url
        moved = fake_clock.make(folder) if setup.movable else None
        if moved:
            more = {part: environ | fake_clock.environ(moved) for part, environ in more.items()}
        gateways = [
            proxies["screen-gateway"].url if proxies else system.url(part)
            for part in setup.parts
            if kind_of(part) == "gateway"
        ]
        screen = Screen(gateways, USERNAME, PASSWORD)
        stage = Stage(system, screen, [], proxies, group, moved, more)
        await stage.start(*setup.parts)
        await _settle(stage)
        await stack.enter_async_context(watching(screen))
        await until(lambda: screen.place)
        yield stage


async def _settle(stage: Stage) -> None:
    """Subscribe, make the chats, and wait for the first sweep."""
    url = stage.system.environ.get("WEBHOOK_URL", stage.system.webhook_url)
    await stage.avito.subscribe(url)
    stage.chats += await asyncio.gather(*(stage.avito.chat() for _ in range(CHATS)))
    async with stage.redis as redis:

        async def trusted() -> bool:
            return bool(await redis.hget(keys.FACTS, "mode") == b"webhook")

        await until(trusted, within=30)


def _use_proxies(system: System, proxies: Mapping[str, TcpProxy], more: dict[str, dict[str, str]]) -> None:
    """Make every part connect through the proxies."""
    system.environ["WEBHOOK_URL"] = f"{proxies['avito-ingest'].url}{WEBHOOK_PATH}{SECRET}"
    system.environ["AVITO_API_URL"] = proxies["worker-avito"].url
    for part, environ in more.items():
        proxy = proxies[f"{kind_of(part)}-redis"]
        environ["REDIS_URL"] = f"redis://127.0.0.1:{proxy.port}/0"
