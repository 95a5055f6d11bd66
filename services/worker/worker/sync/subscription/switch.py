"""A change of mode: written to Redis, told to the operators, and signalled to the loops of this process."""

import asyncio
from dataclasses import dataclass, field, replace

import orjson
from redis.asyncio import Redis

from shared.redis.lua import scripts
from worker.sync.subscription.mode import Mode


@dataclass(frozen=True, slots=True)
class ModeSwitch:
    """A change of mode as it is kept. `at` in Unix s; `before` None: the first mode."""

    at: float
    before: Mode | None
    mode: Mode
    reason: str
    code: str
    recovered: int = 0
    detail: str = ""
    """As in ModeDecision."""

    def to_json(self) -> bytes:
        """Return it as it is kept in the list of switches."""
        return orjson.dumps(
            {
                "at": self.at,
                "from": self.before,
                "to": self.mode,
                "why": self.reason or None,
                "code": self.code,
                "recovered": self.recovered,
            }
        )


@dataclass(frozen=True, slots=True)
class ModeSwitcher:
    """Switches the mode of one account, for the owner of the lease only. Every method raises RedisError."""

    redis: Redis
    account_id: int
    lease: str
    owner: str

    async def tell(self, switch: ModeSwitch) -> bool:
        """Make the mode hold; keep it as a switch when it differs from the one before."""
        is_switch = switch.before is not None and switch.before != switch.mode
        return await self._run(switch, switch.to_json() if is_switch else b"", b"")

    async def add_recovered(self, switch: ModeSwitch, messages: int) -> ModeSwitch:
        """Publish how many messages the sweep after a switch brought in."""
        now = replace(switch, recovered=switch.recovered + messages)
        await self._run(now, now.to_json(), switch.to_json())
        return now

    async def _run(self, switch: ModeSwitch, entry: bytes, replaced: bytes) -> bool:
        call = scripts.publish_mode(
            lease_key=self.lease,
            owner=self.owner,
            now=switch.at,
            account_id=self.account_id,
            mode=switch.mode,
            reason=switch.reason,
            reason_json=orjson.dumps(switch.reason or None),
            code=switch.code,
            recovered=switch.recovered,
            switch=entry,
            replaced=replaced,
            detail=switch.detail,
            detail_json=orjson.dumps(switch.detail or None),
        )
        return await call.run(self.redis)


@dataclass(slots=True)
class LoopSignals:
    """What the loops of sync tell each other within one process.

    `look`: look at the subscription now. `at_once`: sweep now. `switch`: the sweep after it is still to come.
    `looked_at`: when (monotonic s) the list of subscriptions was last asked for, answered or not; 0.0: never.
    """

    mode: Mode = "polling"
    look: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: bool = True
    switch: ModeSwitch | None = None
    looked_at: float = 0.0
