"""Asks the Sentinels where the master is, and whether a failover is under way."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from redis.asyncio import Redis
from redis.asyncio.sentinel import MasterNotFoundError, Sentinel
from redis.utils import str_if_bytes
from typing_extensions import override

from shared.process.redis_trouble import said
from shared.redis.tls_renewal import read_anew

TIMEOUT_S = 0.5

HostPort: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class SentinelView:
    """The master as one Sentinel sees it.

    `epoch`: of its configuration, the highest is right. `failing`: it has begun a failover, and the master is
    still the old one. `down`: the master does not answer it.
    """

    master: HostPort
    epoch: int
    failing: bool
    down: bool


def newest_view(views: Iterable[SentinelView]) -> SentinelView | None:
    """Return the newest configuration, with a failover that any Sentinel has begun."""
    known = list(views)
    epoch = max((view.epoch for view in known), default=0)
    latest = [view for view in known if view.epoch == epoch]
    if not latest:
        return None
    failing, down = any(view.failing for view in latest), all(view.down for view in latest)
    return SentinelView(latest[0].master, epoch, failing, down)


class Sentinels(Sentinel):
    """The Sentinels of one master; `views` has what they answered last, `troubles` why others did not."""

    views: dict[Redis, SentinelView]
    troubles: dict[Redis, str]

    def __init__(self, hosts: list[HostPort], master: str, **options: Any) -> None:
        super().__init__(hosts, sentinel_kwargs=options)  # type: ignore[no-untyped-call]  # it has no types
        for sentinel in self.sentinels:
            read_anew(sentinel.connection_pool)
        self.master = master
        self.views = {}
        self.troubles = {}

    @property
    def view(self) -> SentinelView | None:
        """The newest of their answers; None when none answers."""
        return newest_view(self.views.values())

    @override
    async def discover_master(self, service_name: str) -> HostPort:
        """Return where the master is. Raises MasterNotFoundError."""
        view = await self.refresh()
        if view is None or view.down:
            why = "; ".join(dict.fromkeys(self.troubles.values())) or "it does not answer them"
            raise MasterNotFoundError(f"No Sentinel knows a master {service_name!r} that answers ({why})")
        return view.master

    async def refresh(self) -> SentinelView | None:
        """Ask those that answered last, or all; None when none answers."""
        asked = list(self.views) or self.sentinels
        await asyncio.gather(*(self.ask(sentinel) for sentinel in asked), return_exceptions=True)
        if not self.views and len(asked) < len(self.sentinels):
            await asyncio.gather(*(self.ask(sentinel) for sentinel in self.sentinels), return_exceptions=True)
        return self.view

    async def ask(self, sentinel: Redis) -> None:
        """Ask one. Raises RedisError, OSError or TimeoutError when it does not answer."""
        try:
            async with asyncio.timeout(TIMEOUT_S), sentinel.pipeline(transaction=False) as pipe:
                pipe.sentinel_master(self.master)
                pipe.sentinel_get_master_addr_by_name(self.master)
                state, address = await pipe.execute()
            self.views[sentinel] = _view(state, address)
            self.troubles.pop(sentinel, None)
        except BaseException as error:
            self.views.pop(sentinel, None)
            self.troubles[sentinel] = said(error)
            raise


def _view(state: dict[str, Any], address: tuple[bytes | str, int]) -> SentinelView:
    """Read both replies. The address is the promoted one as soon as this Sentinel knows of it."""
    host, port = address
    master = (str_if_bytes(host), port)
    promoted = master != (state["ip"], state["port"])
    failing = "failover_in_progress" in state["flags"]
    down = state["is_sdown"] or state["is_odown"]
    return SentinelView(master, state["config-epoch"], failing and not promoted, down and not promoted)
