"""`rotate-secret`: another secret in the webhook's URL, with a day in which both prove.

Order: .env, then Redis, from where running services learn it; only once every ingest takes both is Avito
given the new URL. Whatever fails, all of it is put back.
"""

import asyncio
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

import given_settings
from shared import alive, webhook_secrets
from shared.webhook_secrets import Rotation
from webhook_setup import env_file, standing
from webhook_setup.desk import FAILED, NO_REDIS, OK, SETTINGS, Desk
from webhook_setup.subscribe import restore
from worker.avito.errors import AvitoError
from worker.settings import Address

OVERLAP_S = 86_400.0
LEARNED_WITHIN_S = 15.0


@dataclass(frozen=True, slots=True)
class Change:
    """What is about to happen. `before`: the text of `.env` as it was."""

    path: Path
    before: str
    old: str
    new: str
    until: float


async def rotate(desk: Desk) -> int:
    """Change the secret; returns the exit code."""
    if not desk.address.base:
        desk.bad("rotate_no_secret")
        return SETTINGS
    if desk.redis_trouble:
        desk.bad("no_redis", error=desk.redis_trouble)
        return NO_REDIS
    path = given_settings.home(os.environ) / ".env"
    old = desk.address.secrets[0]
    if not _is_in_file(path, old):
        desk.bad("rotate_from_environment")
        return SETTINGS
    running = await webhook_secrets.load(desk.redis)
    if running and running.current == old and time.time() < running.until and not desk.forced:
        desk.bad("rotate_running", until=_clock(running.until))
        return FAILED
    if not await alive.living(desk.redis, "ingest"):
        desk.bad("rotate_nobody")
        return FAILED
    until = time.time() + OVERLAP_S
    return await _rotate(desk, Change(path, path.read_text("utf-8"), old, secrets.token_hex(24), until))


async def _rotate(desk: Desk, change: Change) -> int:
    try:
        before = await standing.ask(desk)
    except AvitoError as error:
        desk.bad("avito_error", error=error)
        return FAILED
    env_file.write(change.path, env_file.changed(change.before, _lines(desk, change)))
    await webhook_secrets.save(desk.redis, Rotation(change.new, change.old, change.until))
    count = await _all_learned(desk, webhook_secrets.fingerprint(change.new))
    if count is None:
        await _put_back(desk, change)
        desk.bad("rotate_not_learned", seconds=LEARNED_WITHIN_S)
        return FAILED
    desk.good("rotate_learned", count=count)
    if not before.ours:
        desk.good("rotated_unwanted")
        return OK
    if not await _subscribed(desk, desk.address.proving((change.new, change.old))):
        await _put_back(desk, change)
        await restore(desk, before)
        return FAILED
    desk.good("rotated", until=_clock(change.until))
    return OK


async def _subscribed(desk: Desk, address: Address) -> bool:
    """Give Avito the new URL, and take the old one away where several can stand side by side."""
    try:
        await desk.avito.subscribe(address.url)
        stands = await standing.ask(desk, address)
        if address.url not in stands.ours:
            desk.bad("not_verified")
            return False
        for url in stands.ours:
            if url != address.url:
                await desk.avito.unsubscribe(url)
    except AvitoError as error:
        desk.bad("avito_error", error=error)
        return False
    return True


async def _all_learned(desk: Desk, fingerprint: str) -> int | None:
    """Wait until every living ingest takes the new secret; return how many, None when one does not."""
    deadline = time.monotonic() + LEARNED_WITHIN_S
    while True:
        living = await alive.living(desk.redis, "ingest")
        if living and all(fingerprint in facts.get("proves", ()) for facts in living.values()):
            return len(living)
        if time.monotonic() > deadline:
            return None
        await asyncio.sleep(0.2)


async def _put_back(desk: Desk, change: Change) -> None:
    await webhook_secrets.save(desk.redis, Rotation(change.old, change.new, 0.0))
    env_file.write(change.path, change.before)


def _lines(desk: Desk, change: Change) -> dict[str, str]:
    """What changes in `.env`; a WEBHOOK_URL ends with the secret, too."""
    lines = {"WEBHOOK_SECRET": change.new, "WEBHOOK_SECRET_PREVIOUS": change.old}
    return lines | ({"WEBHOOK_URL": f"{desk.address.base}/{change.new}"} if desk.explicit else {})


def _is_in_file(path: Path, secret: str) -> bool:
    """Whether `.env` is what says the secret in use; the real environment would win over it."""
    named = ("WEBHOOK_SECRET", "WEBHOOK_SECRET_PREVIOUS", "WEBHOOK_URL")
    if any(os.environ.get(name, "").strip() for name in named):
        return False
    return given_settings.read_env_file(path).get("WEBHOOK_SECRET", "").strip() == secret


def _clock(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
