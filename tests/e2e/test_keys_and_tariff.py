"""Keys refused, a tariff without the API, Avito away: told within half a minute, on an idle installation."""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from testbed import System, running_system, until
from tests.e2e.conversation import open_conversation
from tests.e2e.watching import status, until_status
from tests.push_gateway.panel import Panel

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

TOLD_WITHIN_S = 30.0
HTML = "<!doctype html><title>Access denied</title>"


async def degraded(system: System, avito: str, words: str) -> dict[str, Any]:
    """Wait until the status says so; fails when that takes too long."""
    began = time.monotonic()
    told = await until_status(system, lambda now: (now["avito"] or "").startswith(avito) and now["reason"])
    took = time.monotonic() - began
    sys.stdout.write(f"{avito}: told after {took:.1f} s: {told['reason']}\n")
    assert took < TOLD_WITHIN_S
    assert told["status"] == "degraded"
    assert words in told["reason"]
    return told


async def healed(system: System) -> None:
    told = await until_status(system, lambda now: now["status"] == "ok" and now["reason"] is None)
    assert (told["avito"], told["mode"]) == ("ok", "webhook")


@asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[System]:
    """Start everything with the usual times, subscribed and well."""
    async with running_system(folder) as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("ingest", "worker", "gateway")
        await until(lambda: is_well(system), within=30)
        yield system


async def is_well(system: System) -> bool:
    return bool((await status(system))["status"] == "ok")


async def is_enriched(system: System) -> bool:
    """A new chat is read by itself, or its messages by a sweep that found it first."""
    return any(call["operation"] in ("chat", "messages") for call in await system.avito.calls())


async def no_token(avito: str, answer: dict[str, Any], system: System) -> None:
    async with Panel.at(system.url("gateway")) as panel:
        await panel.log_in()
        async with panel.socket() as socket:
            await socket.read_type("hello")
            began = time.time()
            await system.avito.strike("token", **answer)
            await system.avito.ask("tokens/revoke")

            told = await degraded(system, avito, "Avito не ")
            frame = await socket.read_type("mode")
    assert frame["reason"] == told["reason"]
    assert told["mode"] == "webhook"
    calls = Counter(call["operation"] for call in await system.avito.calls(began))
    assert calls["token"] <= 8

    await system.avito.calm()
    await healed(system)


async def no_api(tariff: str, avito: str, words: str, system: System) -> None:
    chat = await system.avito.chat()
    await system.avito.write(chat, "Ещё продаёте?")
    await until(lambda: is_enriched(system), within=30)
    began = time.time()
    await system.avito.faults(tariff=tariff)

    await degraded(system, avito, words)
    calls = Counter(call["operation"] for call in await system.avito.calls(began))
    assert calls["token"] <= 4

    await system.avito.faults(tariff="full")
    await healed(system)


async def away(system: System) -> None:
    await system.stop("simulator")

    await degraded(system, "down since", "Avito не отвечает")

    await system.start("simulator")
    await system.avito.subscribe(system.webhook_url)
    await until_status(system, lambda now: now["avito"] == "ok" and now["mode"] == "webhook")


HTML_403 = {"status": 403, "body": HTML, "content_type": "text/html"}
TROUBLES: dict[str, Callable[[System], Awaitable[None]]] = {
    "a token refused by 401": partial(
        no_token, "keys refused", {"status": 401, "body": '{"error": "invalid_client"}'}
    ),
    "a token refused by 403 with HTML": partial(no_token, "down since", HTML_403),
    "silence in place of a token": partial(no_token, "down since", {"delay_s": 60}),
    "a tariff that gives 402": partial(no_api, "402", "not paid", "тариф"),
    "a tariff that gives stubs": partial(no_api, "stub", "not paid", "тариф"),
    "a tariff that gives 403": partial(no_api, "403", "keys or tariff", "ключи"),
    "an Avito that is away": away,
}
"""Answers with status 200 that hold no token are rows of tests/payloads."""


@pytest.mark.timeout(300)
async def test_each_trouble_with_avito_is_told_and_heals_by_itself(tmp_path: Path) -> None:
    """Each in a system of its own; all at once, since they mostly wait."""
    async with AsyncExitStack() as stack:
        systems = [await stack.enter_async_context(watched(tmp_path / name)) for name in TROUBLES]

        stories = map(lambda trouble, system: trouble(system), TROUBLES.values(), systems)
        ends = await asyncio.gather(*stories, return_exceptions=True)

        failed = {
            name: end for name, end in zip(TROUBLES, ends, strict=True) if isinstance(end, BaseException)
        }
        if failed:
            raise BaseExceptionGroup("; ".join(failed), list(failed.values()))


async def test_a_reply_waits_for_good_keys_and_says_so(tmp_path: Path) -> None:
    async with open_conversation(tmp_path) as conversation:
        avito = conversation.system.avito
        await avito.strike("token", status=200, body='{"error": "unauthorized_client"}')
        await avito.ask("tokens/revoke")
        ref = await conversation.say("Да")

        async def tells() -> bool:
            item = await conversation.reply(ref)
            return item is not None and (item["state"], item["code"]) == ("queued", "keys_refused")

        await until(tells, within=20)
        await avito.calm()
        await conversation.sent("Да", within=90)

        assert len(await conversation.truth()) == 1
