"""The gateway's side of the outbox: cancel, retry, show. What is queued the worker sends."""

from typing import Literal, cast

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError

from push_gateway.chats.accounts import all_accounts
from shared.redis import keys, lua
from shared.wires import jobs

Pressed = Literal["done", "wrong", "unknown"]
Button = Literal["cancel", "retry"]

_BUTTONS = {"cancel": lua.load("cancel_reply"), "retry": lua.load("retry_reply")}
_WITHDRAW = lua.load("withdraw_reply")


async def press(redis: Redis, button: Button, ref: str, now: float) -> tuple[Pressed, bytes]:
    """Cancel or retry a reply; returns the verdict of the script and the item's JSON.

    An unknown one that was cancelled is not queued should it come within an hour.
    """
    for account in await all_accounts(redis):
        chat = await redis.execute_command("HGET", keys.reply(account, ref), "chat")
        if chat is None:
            continue
        chat_id = chat.decode()
        names = [
            *(keys.STATE, keys.JOURNAL, keys.reply(account, ref), keys.outbox(account, chat_id)),
            *(keys.OUTBOX_WAITING, keys.deliver(account), keys.failed(account, chat_id)),
            *(keys.PICTURES, keys.chat(account, chat_id), keys.thread(account, chat_id)),
        ]
        verdict, item = await _BUTTONS[button].run(redis, names, [repr(now)])
        if verdict == b"done":
            await jobs.enqueue(redis, jobs.DELIVER, account, chat_id)
        return cast("Pressed", verdict.decode()), item
    if button == "cancel" and not await _withdraw(redis, ref, now):
        return await press(redis, button, ref, now)  # it came in this very moment
    return "unknown", b""


async def _withdraw(redis: Redis, ref: str, now: float) -> bool:
    for account in await all_accounts(redis):
        names = [keys.withdrawn(account), keys.reply(account, ref)]
        try:
            if not await _WITHDRAW.run(redis, names, [repr(now), ref]):
                return False
        except NoPermissionError:  # users.acl of an older version
            return True
    return True


async def find(redis: Redis, ref: str) -> bytes | None:
    """Return the item (ready JSON) of a reply; None when there is none, or none any more."""
    for account in await all_accounts(redis):
        item: bytes | None = await redis.execute_command("HGET", keys.reply(account, ref), "json")
        if item is not None:
            return item
    return None


async def pending(redis: Redis, account_id: int, chat_id: str) -> list[bytes]:
    """Return the items (ready JSON) of failed replies that are not put away, then of those on their way.

    Without MULTI, which Redis refuses at `maxmemory`: a reply that fails between the two reads is in both.
    """
    async with redis.pipeline(transaction=False) as pipe:
        pipe.execute_command("LRANGE", keys.outbox(account_id, chat_id), 0, -1)
        pipe.execute_command("ZRANGE", keys.failed(account_id, chat_id), 0, -1)
        waiting, failed = await pipe.execute()
    refs = list(dict.fromkeys([*failed, *waiting]))
    if not refs:
        return []
    async with redis.pipeline(transaction=False) as pipe:
        for ref in refs:
            pipe.execute_command("HGET", keys.reply(account_id, ref.decode()), "json")
        found = await pipe.execute()
    return [item for item in found if item is not None]
