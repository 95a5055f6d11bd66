"""`rotate-secret`: changes the secret in the webhook's URL; both secrets are accepted for a day.

The new secret goes to Redis first, from where running services learn it, then to .env or its file, for
services that start later. Avito gets the new URL only when every ingest accepts both. On a failure or an
interruption everything is restored. If that is impossible (kill -9, no Redis), the worker gives Avito the new
URL within minutes, and another `rotate-secret` finishes the change.
"""

import asyncio
import os
import secrets
import time
from dataclasses import dataclass, replace

from redis.exceptions import RedisError

from avito_live.runner import configuration, lock
from avito_live.settings_store import Before, SettingsStore, restore, write_again
from avito_live.webhook_setup import subscription_state
from avito_live.webhook_setup.context import FAILED, NO_REDIS, SETTINGS, CommandContext
from avito_live.webhook_setup.subscribe import take_older_away
from shared.accounts import webhook_secrets
from shared.accounts.webhook_secrets import Rotation
from shared.process.shutdown import run_to_completion
from shared.wires import heartbeat
from worker.avito.errors import AvitoError
from worker.sync.subscription.watcher import ListedUrls

_WRITTEN = ("WEBHOOK_SECRET", "WEBHOOK_SECRET_PREVIOUS", "WEBHOOK_URL")
_LEARNED_WITHIN_S = 15.0
_GIVEN_WITHIN_S = 75.0
"""Together with the wait before, this ends before the worker takes over (IN_PROGRESS_S)."""
_UNDONE_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the secret. `before`, `record`, `stood`: settings, record and Avito's list before it."""

    store: SettingsStore
    before: Before
    record: Rotation | None
    stood: ListedUrls
    rotation: Rotation


async def rotate(context: CommandContext) -> None:
    """Change the secret, or finish the last change if it was interrupted. Raises AvitoError, RedisError."""
    if not context.address.base:
        raise context.stop(SETTINGS, "rotate_no_secret")
    if context.redis_trouble:
        raise context.stop(NO_REDIS, "no_redis", error=context.redis_trouble)
    store = SettingsStore.of(os.environ)
    overridden = any(os.environ.get(name, "").strip() for name in _WRITTEN)
    if overridden or store.get("WEBHOOK_SECRET") not in context.settings.address.secrets:
        raise context.stop(SETTINGS, "rotate_from_environment")
    held = lock.take(configuration.home(os.environ) / "var" / "run" / "rotate-secret.lock")
    if held is None:
        raise context.stop(FAILED, "rotate_twice")
    try:
        await _begin(context, store)
    finally:
        os.close(held)


async def _begin(context: CommandContext, store: SettingsStore) -> None:
    record = await webhook_secrets.load(context.redis)
    stands = await subscription_state.ask(context)
    if not await heartbeat.live_processes(context.redis, "ingest"):
        raise context.stop(FAILED, "rotate_nobody")
    before, now, used = _rewritten(context, store), time.time(), context.address.secrets[0]
    if record and record.current == used:
        if unfinished := _unfinished(context, record, stands, now):
            context.tell("rotate_goes_on")
            await _rotate(context, Change(store, before, record, stands, unfinished), undo=False)
            return
        if now < record.until and not context.forced:
            raise context.stop(FAILED, "rotate_running", until=_clock(record.until))
    if not await _all_learned(context, used):
        raise context.stop(FAILED, "rotate_not_taken")
    rotation = webhook_secrets.rotate(record, used, secrets.token_hex(24), now)
    await _rotate(context, Change(store, before, record, stands, rotation), undo=True)


def _rewritten(context: CommandContext, store: SettingsStore) -> Before:
    """Return the settings after they were written as they are: then another secret can be written there."""
    try:
        before = store.read(*_WRITTEN)
        write_again(before)
    except OSError as error:
        raise context.stop(FAILED, "rotate_no_file", error=error) from None
    return before


def _unfinished(context: CommandContext, record: Rotation, stands: ListedUrls, now: float) -> Rotation | None:
    """Return the record that finishes an interrupted change; None: none was interrupted.

    While Avito has an older URL, its secret is accepted for another day.
    """
    if stands.ours and context.address.url not in stands.ours:
        return replace(record, until=now + webhook_secrets.OVERLAP_S)
    lags = context.settings.address.secrets[0] != record.current
    return record if lags and now < record.until else None


async def _rotate(context: CommandContext, change: Change, *, undo: bool) -> None:
    """Make the change, or undo it on failure; `undo` False: keep what an interrupted change has done."""
    try:
        await _change(context, change)
    except BaseException:
        if undo:
            await run_to_completion(_put_back(context, change), _UNDONE_WITHIN_S)
        raise
    if change.stood.ours:
        context.good("rotated", until=_clock(change.rotation.until))
    else:
        context.good("rotated_unwanted")


async def _change(context: CommandContext, change: Change) -> None:
    rotation = change.rotation
    await webhook_secrets.save(context.redis, rotation)
    values = {"WEBHOOK_SECRET_PREVIOUS": rotation.previous, "WEBHOOK_SECRET": rotation.current}
    if context.explicit:
        values["WEBHOOK_URL"] = f"{context.address.base}/{rotation.current}"
    try:
        change.store.write(values)
    except OSError as error:  # the disk has filled up
        raise context.stop(FAILED, "rotate_no_file", error=error) from None
    count = await _all_learned(context, rotation.current)
    if not count:
        raise context.stop(FAILED, "rotate_not_learned", seconds=_LEARNED_WITHIN_S)
    context.good("rotate_learned", count=count)
    if change.stood.ours:
        await _give(_with(context, rotation))


async def _give(context: CommandContext) -> None:
    """Give Avito the new URL, and remove the old one if Avito keeps several."""
    try:
        async with asyncio.timeout(_GIVEN_WITHIN_S):
            await subscription_state.give(context)
            stands = await subscription_state.ask(context)
            if context.address.url not in stands.ours:
                raise context.stop(FAILED, "not_verified")
            await take_older_away(context, stands)
    except TimeoutError as error:
        raise context.stop(FAILED, "avito_error", error=type(error).__name__) from None


async def _all_learned(context: CommandContext, secret: str) -> int:
    """Wait until every running ingest accepts the secret; return their number, or 0 if one does not."""
    mark = webhook_secrets.fingerprint(secret)
    deadline = time.monotonic() + _LEARNED_WITHIN_S
    while time.monotonic() < deadline:
        living = await heartbeat.live_processes(context.redis, "ingest")
        if living and all(mark in facts.get("proves", ()) for facts in living.values()):
            return len(living)
        await asyncio.sleep(0.2)
    return 0


async def _put_back(context: CommandContext, change: Change) -> None:
    """Restore Avito, settings and record, in this order, so that a partial undo can still be finished."""
    try:
        if change.stood.ours:
            await _put_avito_back(_with(context, change.rotation), change.stood)
        restore(change.before)
        await webhook_secrets.restore(context.redis, change.record)
    except (AvitoError, RedisError, OSError) as error:
        context.bad("rotate_left", error=str(error) or type(error).__name__)
    else:
        context.tell("rotate_put_back")


async def _put_avito_back(context: CommandContext, stood: ListedUrls) -> None:
    """Restore the subscription that Avito had, and remove the new URL. Raises AvitoError."""
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


def _clock(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
