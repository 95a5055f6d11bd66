"""Makes a mode hold and tells the operators: lua/tell_mode.lua with a typed face."""

from dataclasses import dataclass, replace

import orjson
from redis.asyncio import Redis

from shared.redis import keys, lua
from worker.sync.subscription.mode import Mode

_TELL = lua.load("tell_mode")


@dataclass(frozen=True, slots=True)
class Switch:
    """A change of mode as it is remembered. `at` in Unix s; `before` None: the first one."""

    at: float
    before: Mode | None
    mode: Mode
    reason: str
    code: str
    recovered: int = 0
    detail: str = ""
    """As in a Verdict."""

    def line(self) -> bytes:
        """How it stands in the list of switches."""
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
class Switcher:
    """One account's. Only the owner of the lease may switch; all raise redis.exceptions.RedisError."""

    redis: Redis
    account_id: int
    lease: str
    owner: str

    async def tell(self, switch: Switch) -> bool:
        """Make the mode hold. It is remembered as a switch when the mode is another than before."""
        is_switch = switch.before is not None and switch.before != switch.mode
        return await self._run(switch, switch.line() if is_switch else b"", b"")

    async def add_recovered(self, switch: Switch, messages: int) -> Switch:
        """Tell how many messages the sweep after a switch brought in."""
        now = replace(switch, recovered=switch.recovered + messages)
        await self._run(now, now.line(), switch.line())
        return now

    async def _run(self, switch: Switch, line: bytes, replaced: bytes) -> bool:
        names = [keys.STATE, keys.JOURNAL, keys.FACTS, keys.SWITCHES, self.lease]
        arguments = [
            repr(switch.at),
            self.account_id,
            switch.mode,
            switch.reason,
            orjson.dumps(switch.reason or None),
            switch.code,
            switch.recovered,
            line,
            replaced,
            self.owner,
            switch.detail,
            orjson.dumps(switch.detail or None),
        ]
        return bool(await _TELL.run(self.redis, names, arguments))
