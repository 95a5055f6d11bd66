"""Operators who reply, and owners who change the secret, while something is wrong."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from uuid import uuid4

import httpx2

from chaos.faults.store import aof
from chaos.stage import Stage
from chaos.traffic import every
from shared.redis import keys
from shared.wires import jobs
from testbed.panel_client import PANEL
from testbed.system import ACCOUNT
from testbed.waiting import meanwhile, until

_A_SHOPS_BUDGET = "300"
_WAIT = 0.2
"""The share of the chats that wait at once, however slowly a busy machine takes the webhooks."""
_SETTLED_WITHIN_S = 60.0


@asynccontextmanager
async def new_chats(stage: Stage, count: int) -> AsyncIterator[None]:
    """Let buyers write in `count` new chats; then an operator replies in an old one.

    The worker has the call budget of a real shop, so most of the chats wait to be enriched.
    """
    await stage.system.restart("worker", AVITO_RPM=_A_SHOPS_BUDGET)
    chats = [await stage.avito.chat() for _ in range(count)]
    await stage.avito.burst(messages=3 * count, chat_ids=chats, rate=200)
    async with stage.system.redis as redis:

        async def wait_in_line() -> bool:
            return bool(await redis.zcard(keys.to_enrich(ACCOUNT)) > count * _WAIT)

        await until(wait_in_line, within=60)
    overtaken = await _enriched_before_a_reply(stage)
    if overtaken > jobs.ENRICHMENT.slots:
        stage.notes.append(f"a reply left after {overtaken} chats were enriched")
    yield
    await stage.system.restart("worker")


async def _enriched_before_a_reply(stage: Stage) -> int:
    """Reply, and return how many chats the worker fetched between the 202 and the call to Avito."""
    began = float((await stage.avito.truth("calls"))["now"])

    async def names() -> list[str]:
        return [call["operation"] for call in await stage.avito.calls(began)]

    async def is_sent() -> bool:
        return "send" in await names()

    await _reply(stage, stage.system.chats[0])
    before = await names()  # a busy machine takes its time to answer 202
    await until(is_sent, within=120)
    operations = await names()
    return operations[len(before) : operations.index("send")].count("chat")


@asynccontextmanager
async def rotated(stage: Stage, times: int) -> AsyncIterator[None]:
    """Change the secret `times` times by the owner's command; the services are not restarted."""
    home = stage.system.folder / "owner"
    if not home.exists():
        home.mkdir()
        lines = [f"{name}={text}\n" for name, text in stage.system.settings.items()]
        (home / ".env").write_text("".join(lines))
    command = [sys.executable, "-m", "avito_live", "rotate-secret", "--yes", "--lang", "en"]
    environ = {"PATH": os.environ["PATH"], "AVITO_LIVE_HOME": str(home)}
    for _ in range(times):
        done = await asyncio.to_thread(
            subprocess.run, command, env=environ, stdin=-3, capture_output=True, text=True, timeout=120
        )
        if done.returncode:
            stage.notes.append(f"rotate-secret failed: {done.stdout}{done.stderr}")
        await asyncio.sleep(stage.chance.uniform(0.2, 1.0))
    yield


@asynccontextmanager
async def sent_replies_lost(stage: Stage) -> AsyncIterator[None]:
    """Delay replies at Avito, then cut the power: the AOF ends before they were sent."""
    await stage.avito.strike("send", status=429, headers={"Retry-After": "3"}, count=1)
    texts = {await _reply(stage, chat) for chat in stage.system.chats[:5]}
    await asyncio.sleep(1.2)  # until it is on disk that they wait
    file = aof(stage)
    size = file.stat().st_size
    await until(lambda: _are_sent(stage, texts), within=_SETTLED_WITHIN_S)
    await stage.system.kill("redis")
    os.truncate(file, size)
    yield
    await stage.avito.calm()
    await stage.system.start("redis")
    await _settle(stage, texts)


@asynccontextmanager
async def token_slow(stage: Stage) -> AsyncIterator[None]:
    """Expire the token when a reply is sent, issue the next one late, and accept the reply late."""
    await stage.avito.calm()
    await stage.avito.strike("send", status=401, count=1)
    await stage.avito.strike("send", delay_s=7.5, count=1)
    await stage.avito.strike("token", delay_s=6.5, count=1)
    text = await _reply(stage, stage.system.chats[0])
    yield
    await until(lambda: _are_sent(stage, {text}), within=_SETTLED_WITHIN_S)
    await _settle(stage, {text})


@asynccontextmanager
async def master_switched(stage: Stage, times: int) -> AsyncIterator[None]:
    """Replace the master several times while a program replies to buyers through all gateways.

    After each change a reply must be accepted again; in the end every accepted one must be at Avito, and
    each reply at most once.
    """
    assert stage.group is not None  # noqa: S101 - the experiment's setup asks for it
    await stage.avito.calm()  # an unconfirmed reply is looked for in Avito's lists
    await until(lambda: all(stage.screen.threads.get(chat) for chat in stage.system.chats), within=60)
    told: dict[str, int] = {}

    def accepted() -> set[str]:
        return {text for text, status in told.items() if status == httpx2.codes.ACCEPTED}

    def more_than(count: int) -> bool:
        return len(accepted()) > count

    async def post(number: int) -> None:
        text = f"answer {number}"
        gateway, chat = (names[number % len(names)] for names in (stage.screen.gateways, stage.system.chats))
        told[text] = 0
        with suppress(httpx2.HTTPError):
            told[text] = await _post(stage, gateway, chat, text)

    async with asyncio.TaskGroup() as posts:

        async def reply_on() -> None:
            async for number in every(1 / 8):
                posts.create_task(post(number))

        async with meanwhile(reply_on()):
            for number in range(times):
                await asyncio.sleep(1)
                await asyncio.to_thread(stage.group.switch, number % len(stage.group.ports))
                before = len(accepted())
                await until(partial(more_than, before), within=_SETTLED_WITHIN_S)
    with suppress(AssertionError):  # missing replies are counted below
        await until(lambda: _are_sent(stage, accepted()), within=_SETTLED_WITHIN_S)
    there = await _at_avito(stage)
    counts = {
        "accepted replies lost": len(accepted() - there.keys()),
        "replies sent again": sum(max(0, there[text] - 1) for text in told),
    }
    stage.notes += [f"{count} {words}" for words, count in counts.items() if count]
    yield


async def _reply(stage: Stage, chat: str) -> str:
    """Write a reply as an operator does and return its text, which is unique."""
    text = f"Ответ {uuid4().hex}"
    status = await _post(stage, stage.screen.gateways[0], chat, text)
    assert status == httpx2.codes.ACCEPTED, status  # noqa: S101 - nothing is broken yet
    return text


async def _post(stage: Stage, gateway: str, chat: str, text: str) -> int:
    body = {"text": text, "ref": uuid4().hex}
    async with stage.screen.at(gateway) as panel:
        return (await panel.http.post(f"{PANEL}api/chats/{chat}/messages", json=body)).status_code


async def _at_avito(stage: Stage) -> Counter[str]:
    """Return how often each text is at Avito."""
    chats = (await stage.avito.truth())["chats"]
    return Counter(message["content"].get("text", "") for chat in chats for message in chat["messages"])


async def _are_sent(stage: Stage, texts: set[str]) -> bool:
    return texts <= (await _at_avito(stage)).keys()


async def _settle(stage: Stage, texts: set[str]) -> None:
    """Wait until no reply is waiting, and note each that did not reach its buyer exactly once."""
    async with stage.system.redis as redis:

        async def ended() -> bool:
            return not await redis.exists(keys.OUTBOX_WAITING)

        await until(ended, within=_SETTLED_WITHIN_S)
    times = await _at_avito(stage)
    stage.notes += [f"a reply is at Avito {times[text]} times" for text in texts if times[text] != 1]
