"""The system under test: all services under load, with an operator's screen.

Sweeps are blocked while something is broken, so that webhooks alone must deliver what was answered 200.
Messages that only a sweep fetches afterwards are counted separately.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import orjson

from avito_live.runner.parts import WEBHOOK_PATH, kind_of
from chaos import fake_clock
from chaos.screen import Screen
from shared.redis import keys
from testbed import sentinels
from testbed.avito import Avito
from testbed.proxy import TcpProxy
from testbed.sentinels import Sentinels
from testbed.system import ACCOUNT, SECRET, System, running_system
from testbed.threads import Threads, shown, truth
from testbed.waiting import meanwhile, until

_CHATS = 40
_KEPT = 5_000
_ENVIRON = {
    "LOG_LEVEL": "INFO",
    "KEEP_MESSAGES": str(_KEPT),
    "AVITO_RPM": "100000",
    "POLL_INTERVAL_S": "1",
    "SWEEP_INTERVAL_S": "2",
    "WATCH_INTERVAL_S": "2",
}
_EVERYSEC = ("--appendonly", "yes", "--appendfsync", "everysec")
USUAL = ("ingest", "worker", "gateway")
WAYS = {
    "avito-ingest": ("ingest", "Avito and ingest"),
    "worker-avito": ("simulator", "worker and Avito"),
    "screen-gateway": ("gateway", "screen and gateway"),
    "ingest-redis": ("redis", "ingest and Redis"),
    "worker-redis": ("redis", "worker and Redis"),
    "gateway-redis": ("redis", "gateway and Redis"),
}
"""Every connection between two parts: the part that accepts it, and its words."""


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


@dataclass(frozen=True, slots=True)
class Held:
    """What Redis holds: ids of messages, dead letters, how often the journal rang again for a message.

    `missed`: how often the system switched to polling because webhooks did not arrive.
    """

    messages: set[str]
    dead: int
    rung_twice: int
    missed: int


@dataclass(slots=True)
class Stage:
    """One running system. `notes`: failures that a fault noticed, also its own."""

    system: System
    screen: Screen
    proxies: dict[str, TcpProxy] = field(default_factory=dict)
    group: Sentinels | None = None
    clock: Path | None = None
    chance: Random = field(default_factory=Random)
    notes: list[str] = field(default_factory=list)

    @property
    def avito(self) -> Avito:
        """The simulator that stands for Avito."""
        return self.system.avito

    async def block_sweeps(self) -> None:
        """Block sweeps: let Avito refuse its lists. `avito.calm` ends this."""
        for operation in ("chats", "messages"):
            await self.avito.strike(operation, status=400)

    async def held(self) -> Held:
        """Return what Redis holds."""
        async with self.system.redis as redis:
            threads = await shown(redis, ACCOUNT)
            events = [orjson.loads(fields[b"e"]) for _, fields in await redis.xrange(keys.JOURNAL)]
            switches = await redis.lrange(keys.SWITCHES, 0, -1)
            dead = int(await redis.xlen(keys.DEAD))
        rings = Counter(one["message"]["id"] for one in events if one["type"] == "message" and one["ring"])
        return Held(
            messages={row[0] for thread in threads.values() for row in thread},
            dead=dead,
            rung_twice=rings.total() - len(rings),
            missed=sum(orjson.loads(line)["code"] == "missed" for line in switches),
        )

    async def is_equal(self) -> bool:
        """Tell whether read model, screen and Avito's lists are equal."""
        async with self.system.redis as redis:
            ours = _filled(await shown(redis, ACCOUNT))
        return ours == _filled(self.screen.shown()) == _filled(await truth(self.avito, _KEPT))

    async def is_judged(self) -> bool:
        """Tell whether the time has passed in which a webhook may confirm what a sweep found."""
        async with self.system.redis as redis:
            return int(await redis.zcard(keys.found_by_sweep(ACCOUNT))) == 0

    async def is_drained(self) -> bool:
        """Tell whether no webhook waits in the inbox or in a spool."""
        async with self.system.redis as redis:
            waiting = int(await redis.xlen(keys.INBOX))
        for name, part in self.system.parts.items():
            if kind_of(name) == "ingest" and part.is_alive:
                waiting += int((await self.system.http.get(f"{part.url}/readyz")).json()["spool"]["entries"])
        return waiting == 0


def _filled(threads: Threads) -> Threads:
    return {chat: thread for chat, thread in threads.items() if thread}


@asynccontextmanager
async def staged(folder: Path, setup: Setup) -> AsyncIterator[Stage]:
    """Yield a running system: subscribed, its first sweep done, its screen live."""
    options = (*_EVERYSEC, *(sentinels.SENTINEL_OPTIONS if setup.sentinel else ()))
    options += sentinels.STRICT_OPTIONS if setup.strict else ()
    async with AsyncExitStack() as stack:
        system = await stack.enter_async_context(
            running_system(folder, environ=_ENVIRON, redis_options=options)
        )
        gateways = [system.url(part) for part in setup.parts if kind_of(part) == "gateway"]
        screen = Screen(gateways)
        stage = Stage(system, screen)
        if setup.proxied:
            await _use_proxies(stage, setup.parts, stack)
        if setup.sentinel:
            group = sentinels.running_sentinels(system.redis_server, folder)
            stage.group = await stack.enter_async_context(group)
            system.environ["REDIS_URL"] = stage.group.url
        if setup.movable:
            stage.clock = folder / "clock"
            fake_clock.shift(stage.clock, 0)
            for part in setup.parts:
                system.part(part).environ |= fake_clock.environ(stage.clock)
        # Before the worker looks: it takes a subscription that it finds as wanted.
        await stage.avito.subscribe(system.environ.get("WEBHOOK_URL", system.webhook_url))
        await system.start(*setup.parts)
        await _settle(stage)
        await stack.enter_async_context(meanwhile(screen.watch()))
        await until(lambda: screen.place)
        yield stage


async def _settle(stage: Stage) -> None:
    """Make the chats, and wait for the first sweep."""
    stage.system.chats += await asyncio.gather(*(stage.avito.chat() for _ in range(_CHATS)))
    async with stage.system.redis as redis:

        async def trusted() -> bool:
            return bool(await redis.hget(keys.FACTS, "mode") == b"webhook")

        await until(trusted, within=30)


async def _use_proxies(stage: Stage, parts: tuple[str, ...], stack: AsyncExitStack) -> None:
    """Make every part connect through proxies."""
    system = stage.system
    for way, (part, _) in WAYS.items():
        proxy = TcpProxy(system.redis_server.port if part == "redis" else system.part(part).port)
        await stack.enter_async_context(proxy.serving())
        stage.proxies[way] = proxy
    urls = {way: f"http://127.0.0.1:{proxy.port}" for way, proxy in stage.proxies.items()}
    system.environ["WEBHOOK_URL"] = f"{urls['avito-ingest']}{WEBHOOK_PATH}{SECRET}"
    system.environ["AVITO_API_URL"] = urls["worker-avito"]
    stage.screen.gateways = [urls["screen-gateway"]]
    for name in parts:
        port = stage.proxies[f"{kind_of(name)}-redis"].port
        system.part(name).environ["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
