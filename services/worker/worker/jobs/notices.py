"""Hands the owner's choice of what rings and waits to the commit, and brings the held chats up to it.

The same pass makes right what a version with other rules stored, such as a system text as the buyer's words.
A commit into a chat does it for that chat as well, so a pass that is cut off leaves nothing half done.
"""

import asyncio
import logging
import time
from dataclasses import dataclass

from redis.exceptions import NoPermissionError

from shared.notices import DEFAULTS, rule_of, version_of
from shared.process.stored import skipping, texts
from shared.redis import keys
from shared.wires import notice_options
from worker.accounts.context import AccountContext
from worker.messages.commit import Change, commit
from worker.messages.held import misjudged_messages

log = logging.getLogger("worker.unread")

LOOK_S = 5.0
REST = 1.0
"""The pass rests so many times as long as it worked, so that webhooks come first."""
_RULE, _DONE = "notices", "noticed"


@dataclass(frozen=True, slots=True)
class HeldChatsNotice:
    """One per account; the leader runs it."""

    account: AccountContext

    async def keep_for_ever(self) -> None:
        """Look again and again. Raises RedisError; call again."""
        done = ""
        while True:
            done = await self.look(done)
            await asyncio.sleep(LOOK_S)

    async def look(self, done: str = "") -> str:
        """Write the rule in effect where commits read it; after a change go through every held chat.

        Returns the rule that all of them follow now. `done`: what the look before returned, under one lease.
        """
        redis, account_id = self.account.redis, self.account.account_id
        rule = rule_of(await self._notices())
        if await redis.hget(keys.STATE, _RULE) != rule.encode():
            await redis.hset(keys.STATE, _RULE, rule)
        if done != rule:
            done = (await redis.hget(keys.sweep(account_id), _DONE) or b"").decode(errors="replace")
        if done == rule:
            return rule
        judge = version_of(done) != version_of(rule)
        changed = 0
        for chat_id in await self._chats():
            with skipping(keys.chat(account_id, chat_id)):
                changed += await self._bring_up(chat_id, rule, judge=judge)
        await redis.hset(keys.sweep(account_id), _DONE, rule)
        log.info("worker.unread.brought_up", extra={"rule": rule, "misjudged": changed})
        return rule

    async def _notices(self) -> dict[str, str]:
        try:
            return await notice_options.read(self.account.redis)
        except NoPermissionError:  # users.acl of an older version
            return {**DEFAULTS}

    async def _chats(self) -> list[str]:
        """Return every held chat: first those that call for an operator, then the newest."""
        redis, account_id = self.account.redis, self.account.account_id
        names = (keys.unanswered(account_id), keys.unread(account_id), keys.chats(account_id))
        found = [chat_id for name in names for chat_id in texts(name, await redis.zrevrange(name, 0, -1))]
        return list(dict.fromkeys(found))

    async def _bring_up(self, chat_id: str, rule: str, *, judge: bool) -> int:
        """Notice a chat's messages by the rule; return how many of them are taken for something else now."""
        began, account_id = time.monotonic(), self.account.account_id
        redis = self.account.redis
        messages = await misjudged_messages(redis, account_id, chat_id) if judge else ()
        if messages or await redis.hget(keys.chat(account_id, chat_id), "rule") != rule.encode():
            change = Change(account_id, chat_id, messages, "sweep", quiet=True)
            await commit(redis, change, self.account.clock(), self.account.keep)
        await asyncio.sleep((time.monotonic() - began) * REST)
        return len(messages)
