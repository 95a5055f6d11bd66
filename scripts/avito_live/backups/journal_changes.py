"""Which chats and replies have changed since a position in the journal."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from redis.asyncio import Redis

from shared.redis import journal_reader, keys
from shared.redis.journal import JournalPosition


class Chat(NamedTuple):
    """A chat of an account."""

    account: int
    id: str


@dataclass(slots=True)
class JournalChanges:
    """What has changed up to `position`. `gap`: the journal does not tell all of it."""

    source: Redis
    position: JournalPosition
    chats: set[Chat] = field(default_factory=set)
    replies: set[str] = field(default_factory=set)
    gap: bool = False

    @classmethod
    async def begun(cls, source: Redis) -> "JournalChanges":
        """Return nothing, as of now. Raises RedisError."""
        epoch, seq = await source.hmget(keys.STATE, ["epoch", "seq"])
        return cls(source, JournalPosition((epoch or b"").decode(), int(seq or 0)))

    async def follow(self) -> None:
        """Read on to the end. Raises RedisError."""
        await self.knew_all(self.position.seq)

    async def knew_all(self, seq: int) -> bool:
        """Read on to the end; tell whether all that had changed up to `seq` was known before."""
        known = True
        more = bool(self.position.epoch)  # else no service has ever run
        while more and not self.gap:
            found = await journal_reader.read_after(self.source, self.position)
            self.gap = found.gap or found.epoch != self.position.epoch
            for number, event in enumerate(found.events, found.after + 1):
                is_new = self._add(orjson.loads(event))
                known = known and not (is_new and number <= seq)
            self.position, more = found.reached, found.more and not self.gap
        return known

    def take_chats(self) -> set[Chat]:
        """Return the chats, and begin again without them."""
        taken, self.chats = self.chats, set()
        return taken

    def _add(self, event: dict[str, Any]) -> bool:
        """Note what an event changed; return whether that is new."""
        before = len(self.chats), len(self.replies)
        if event.get("chat_id"):
            self.chats.add(Chat(event["account_id"], event["chat_id"]))
        if event["type"] == "outbox":
            self.replies.add(keys.reply(event["account_id"], event["item"]["ref"]))
        return (len(self.chats), len(self.replies)) != before
