"""Helpers for tests of subscription and mode on a running system."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from testbed import ACCOUNT, System, Threads, running_system, shown, truth, until

QUICK = {"POLL_INTERVAL_S": "0.5", "SWEEP_INTERVAL_S": "3", "WATCH_INTERVAL_S": "0.6"}
"""A hundredth of the usual times, so that a minute takes less than a second."""

WITHIN_S = 45.0


def quick_system(folder: Path, *parts: str, **environ: str) -> Any:
    """Yield a running system with short times."""
    return running_system(folder, *parts, environ=QUICK | environ)


async def subscribed(system: System) -> list[str]:
    """Subscribe our URL, wait until the mode is webhook, and return two chats."""
    await system.avito.subscribe(system.webhook_url)
    await system.start("worker")
    await until_mode(system, "webhook")
    chats = [await system.avito.chat(), await system.avito.chat(type="u2u")]
    for chat in chats:
        await system.avito.write(chat, "Здравствуйте")
    await until_equal(system)
    second = int(time.time())
    await until(lambda: time.time() > second + 1)  # what comes now is surely later than the subscription
    return chats


async def status(system: System) -> dict[str, Any]:
    """Return the status."""
    answer = await system.http.get(f"{system.url('ingest')}/admin/avito/webhook/status")
    told: dict[str, Any] = answer.json()
    return told


async def until_status(system: System, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """Wait for a status and return it."""
    told: dict[str, Any] = {}

    async def reached() -> bool:
        nonlocal told
        told = await status(system)
        return bool(wanted(told))

    try:
        await until(reached, within=WITHIN_S, every=0.05)
    except AssertionError:
        raise AssertionError(told) from None
    return told


async def until_mode(system: System, mode: str, words: str = "") -> dict[str, Any]:
    """Wait for a mode whose reason has these words."""
    return await until_status(system, lambda told: told["mode"] == mode and words in (told["reason"] or ""))


async def until_equal(system: System, *, in_order: bool = True) -> None:
    """Wait until operators see exactly Avito's messages, once each and in order."""
    here: Threads = {}
    there: Threads = {}
    async with system.redis as redis:

        async def equal() -> bool:
            nonlocal here, there
            here, there = await shown(redis, ACCOUNT), await truth(system.avito)
            return here == there or (not in_order and _unordered(here) == _unordered(there))

        try:
            await until(equal, within=WITHIN_S, every=0.05)
        except AssertionError:
            raise AssertionError(difference(here, there)) from None


def _unordered(threads: Threads) -> Threads:
    return {chat_id: sorted(thread, key=str) for chat_id, thread in threads.items()}


def difference(here: dict[str, list[Any]], there: dict[str, list[Any]]) -> str:
    """Return a short description of the threads that differ."""
    lines = []
    for chat_id in sorted({*here, *there}):
        ours, theirs = here.get(chat_id, []), there.get(chat_id, [])
        if ours != theirs:
            missing = [message for message in theirs if message not in ours]
            lines.append(f"{chat_id}: {len(ours)} of {len(theirs)}, missing {missing[:3]}")
    return "; ".join(lines)


def switches(told: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return from, to and reason of the last switches, oldest first, without the one of a slow start."""
    told_of = [(event["from"], event["to"], event["code"]) for event in told["events"][::-1]]
    return told_of[1:] if told_of[:1] == [("polling", "webhook", "")] else told_of


def is_put_back(told: dict[str, Any]) -> bool:
    """Tell whether the subscription was found gone, and is back."""
    return switches(told) == [("webhook", "polling", "gone"), ("polling", "webhook", "")]
