"""`rotate-secret`: another secret in the webhook's URL, with a day in which both prove.

Order: Redis, from where running services learn it; then .env, for services that start later; only once every
ingest takes both is Avito given the new URL. Whatever fails or interrupts it, all of it is put back. Where
that cannot be done (kill -9, Redis away) the worker gives Avito the new URL within minutes, and another
`rotate-secret` finishes the change.
"""

import asyncio
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from redis.exceptions import RedisError

from runner import configuration, lock
from shared.accounts import webhook_secrets
from shared.accounts.webhook_secrets import Rotation
from shared.process import heartbeat
from shared.process.shutdown import end
from webhook_setup import env_file, subscription_state
from webhook_setup.context import FAILED, NO_REDIS, OK, SETTINGS, CommandContext
from webhook_setup.subscribe import take_older_away
from worker.avito.errors import AvitoError
from worker.sync.subscription.subscription import Standing

LEARNED_WITHIN_S = 15.0
_GIVEN_WITHIN_S = 75.0
"""With the wait before it, this ends before the worker takes the change over (SETTLES_WITHIN_S)."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is about to happen. `text`, `record`, `stood`: `.env`, the record and Avito's list before it."""

    path: Path
    text: str
    record: Rotation | None
    stood: Standing
    rotation: Rotation


async def rotate(context: CommandContext) -> int:
    """Change the secret; returns the exit code."""
    if not context.address.base:
        context.bad("rotate_no_secret")
        return SETTINGS
    if context.redis_trouble:
        context.bad("no_redis", error=context.redis_trouble)
        return NO_REDIS
    home = configuration.home(os.environ)
    if not _is_from_file(home / ".env", context.settings.address.secrets):
        context.bad("rotate_from_environment")
        return SETTINGS
    held = lock.take(home / "var" / "run" / "rotate-secret.lock")
    if held is None:
        context.bad("rotate_twice")
        return FAILED
    try:
        return await _begin(context, home / ".env")
    finally:
        lock.give_back(held)


async def _begin(context: CommandContext, path: Path) -> int:
    """Look where things stand; then begin a change, or finish the last one."""
    record = await webhook_secrets.load(context.redis)
    try:
        stands = await subscription_state.ask(context)
    except AvitoError as error:
        context.bad("avito_error", error=error)
        return FAILED
    if not await heartbeat.living(context.redis, "ingest"):
        context.bad("rotate_nobody")
        return FAILED
    text, now, used = env_file.read(path), time.time(), context.address.secrets[0]
    if record and record.current == used:
        if unfinished := _unfinished(context, record, stands, now):
            context.tell("rotate_goes_on")
            return await _rotate(context, Change(path, text, record, stands, unfinished), undo=False)
        if now < record.until and not context.forced:
            context.bad("rotate_running", until=_clock(record.until))
            return FAILED
    if await _all_learned(context, used) is None:
        context.bad("rotate_not_taken")
        return FAILED
    rotation = webhook_secrets.rotated(record, used, secrets.token_hex(24), now)
    return await _rotate(context, Change(path, text, record, stands, rotation), undo=True)


def _unfinished(context: CommandContext, record: Rotation, stands: Standing, now: float) -> Rotation | None:
    """Return the record with which a change that was cut off is finished; None: it was not cut off.

    While Avito has an older URL, that one's secret gets its day anew.
    """
    if stands.ours and context.address.url not in stands.ours:
        return replace(record, until=now + webhook_secrets.OVERLAP_S)
    lags = context.settings.address.secrets[0] != record.current
    return record if lags and now < record.until else None


async def _rotate(context: CommandContext, change: Change, *, undo: bool) -> int:
    """Change it all, or put all of it back; a change that is only being finished stays as it is."""
    work = asyncio.create_task(_change(context, change))  # its own: redis-py may swallow one cancellation
    try:
        await asyncio.wait({work})
    finally:
        await end(work)
        if undo and not _is_done(work):
            await _put_back(context, change)
    if not work.result():
        return FAILED
    if change.stood.ours:
        context.good("rotated", until=_clock(change.rotation.until))
    else:
        context.good("rotated_unwanted")
    return OK


def _is_done(work: asyncio.Task[bool]) -> bool:
    return not work.cancelled() and work.exception() is None and work.result()


async def _change(context: CommandContext, change: Change) -> bool:
    await webhook_secrets.save(context.redis, change.rotation)
    env_file.write(change.path, env_file.changed(change.text, _lines(context, change.rotation)))
    count = await _all_learned(context, change.rotation.current)
    if count is None:
        context.bad("rotate_not_learned", seconds=LEARNED_WITHIN_S)
        return False
    context.good("rotate_learned", count=count)
    if not change.stood.ours:
        return True
    try:
        async with asyncio.timeout(_GIVEN_WITHIN_S):
            return await _given(_with(context, change.rotation))
    except (AvitoError, TimeoutError) as error:
        context.bad("avito_error", error=str(error) or type(error).__name__)
        return False


async def _given(context: CommandContext) -> bool:
    """Give Avito the new URL, and take the old one away where several can stand side by side."""
    await context.avito.subscribe(context.address.url)
    stands = await subscription_state.ask(context)
    if context.address.url not in stands.ours:
        context.bad("not_verified")
        return False
    await take_older_away(context, stands)
    return True


async def _all_learned(context: CommandContext, secret: str) -> int | None:
    """Wait until every living ingest takes the new secret; return how many, None when one does not."""
    deadline = time.monotonic() + LEARNED_WITHIN_S
    while True:
        living = await heartbeat.living(context.redis, "ingest")
        if living and _all_take(living, secret):
            return len(living)
        if time.monotonic() > deadline:
            return None
        await asyncio.sleep(0.2)


async def _put_back(context: CommandContext, change: Change) -> None:
    """Put Avito, `.env` and the record back, in this order: what is left half-way can still be finished."""
    try:
        if change.stood.ours:
            await _put_avito_back(_with(context, change.rotation), change.stood)
        env_file.write(change.path, change.text)
        await webhook_secrets.restore(context.redis, change.record)
    except (AvitoError, RedisError, OSError, TimeoutError) as error:
        context.bad("rotate_left", error=str(error) or type(error).__name__)
    else:
        context.tell("rotate_put_back")


async def _put_avito_back(context: CommandContext, stood: Standing) -> None:
    """Let what stood at Avito stand there again, and not the new URL. Raises AvitoError."""
    stands = await subscription_state.ask(context)
    if context.address.url not in stands.ours:
        return
    if stood.ours[0] not in stands.ours:
        await context.avito.subscribe(stood.ours[0])
        stands = await subscription_state.ask(context)
    if context.address.url in stands.ours:
        await context.avito.unsubscribe(context.address.url)


def _with(context: CommandContext, rotation: Rotation) -> CommandContext:
    return replace(context, address=context.address.proving((rotation.current, rotation.previous)))


def _all_take(living: Mapping[str, Mapping[str, Any]], secret: str) -> bool:
    mark = webhook_secrets.fingerprint(secret)
    return all(mark in facts.get("proves", ()) for facts in living.values())


def _lines(context: CommandContext, rotation: Rotation) -> dict[str, str]:
    """What changes in `.env`; a WEBHOOK_URL ends with the secret, too."""
    lines = {"WEBHOOK_SECRET": rotation.current, "WEBHOOK_SECRET_PREVIOUS": rotation.previous}
    return lines | ({"WEBHOOK_URL": f"{context.address.base}/{rotation.current}"} if context.explicit else {})


def _is_from_file(path: Path, secrets_given: tuple[str, ...]) -> bool:
    """Whether `.env` is what says the secret; the real environment would win over it."""
    named = ("WEBHOOK_SECRET", "WEBHOOK_SECRET_PREVIOUS", "WEBHOOK_URL")
    if any(os.environ.get(name, "").strip() for name in named):
        return False
    return configuration.read_env_file(path).get("WEBHOOK_SECRET", "").strip() in secrets_given


def _clock(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
