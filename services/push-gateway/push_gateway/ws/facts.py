"""Reads what is true now, such as the mode, for the greeting of sockets; the events tell of most changes."""

from dataclasses import dataclass

from redis.asyncio import Redis

from push_gateway.ws.protocol import Facts
from push_gateway.ws.relay import Relay
from shared.redis import keys
from shared.redis.health import ask_health

EVERY_S = 2.0
_MOST = 2**53
"""Above it a number of a frame is no number that a browser can read."""
_FACTS = ("mode", "reason", "reason_code", "reason_detail", "trouble", "demo", "import_done", "import_total")


@dataclass(frozen=True, slots=True)
class FactsReader:
    """Tells the relay. A loop of its own, so that facts which cannot be read keep no event back."""

    redis: Redis
    relay: Relay

    async def read(self) -> None:
        """Read once. Raises ValueError for facts that cannot be read, and RedisError."""
        found = await self.redis.hmget(keys.FACTS, [*_FACTS])
        facts = (value.decode() if value else None for value in found)
        mode, reason, code, detail, trouble, demo, done, total = facts
        if trouble:
            code, detail = trouble, None
        imported = (_count(done), _count(total)) if done and total else None
        refusal = (await ask_health(self.redis)).refusal
        self.relay.note(Facts(mode or "webhook", reason, code, detail, demo == "1", imported, refusal))


def _count(text: str) -> int:
    """Read a count. Raises ValueError."""
    if not 0 <= (number := int(text)) < _MOST:
        raise ValueError(f"{text} is no count")
    return number
