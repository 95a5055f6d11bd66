"""One message, from Avito's POST to the browser, with every real process."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import orjson
import pytest
from redis.asyncio import Redis

from shared.redis import keys
from testbed import ACCOUNT, System, Threads, running_system, shown, truth, until
from tests.push_gateway.panel import Panel, Socket

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[System]:
    folder = tmp_path_factory.mktemp("spine")
    async with running_system(folder, "ingest", "worker", "gateway") as running:
        await running.avito.subscribe(running.webhook_url)
        yield running


async def test_a_buyers_message_reaches_the_socket_and_its_chat_is_named(system: System) -> None:
    async with Panel.at(system.url("gateway")) as panel:
        await panel.log_in()
        async with panel.socket() as socket:
            assert (await socket.read())["type"] == "hello"
            chat = await system.avito.chat(buyer={"name": "Вера"})
            message = await system.avito.write(chat, "Здравствуйте, ещё продаёте?")

            heard = await socket.read_type("message")
            while heard["chat_id"] != chat:
                heard = await socket.read_type("message")
            named = await until_named(socket, chat)

    assert heard["message"]["id"] == message
    assert heard["message"]["content"] == {"text": "Здравствуйте, ещё продаёте?"}
    assert (heard["account_id"], heard["chat_id"], heard["ring"]) == (ACCOUNT, chat, True)
    assert named == "Вера"


async def until_named(socket: Socket, chat: str) -> str:
    while True:
        event = await socket.read_type("chat", "thread")
        if event["chat_id"] == chat and event["chat"]["buyer"]:
            return str(event["chat"]["buyer"]["name"])


@pytest.mark.parametrize("workers", [("worker",), ("worker", "worker-2")], ids=["one worker", "two workers"])
async def test_a_thousand_doubled_and_shuffled_webhooks_give_avitos_own_threads(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    quick = {"LOG_LEVEL": "INFO", "POLL_INTERVAL_S": "1", "SWEEP_INTERVAL_S": "5"}
    async with running_system(tmp_path, "ingest", *workers, environ=quick) as system, system.redis as redis:
        await system.avito.subscribe(system.webhook_url)
        await system.avito.strike("*", status=503)  # webhooks alone must deliver everything
        await system.avito.faults(webhook_duplicate=0.1, webhook_reorder=1, webhook_reorder_s=5)
        await system.avito.burst(messages=1000, chats=20, rate=200)
        expected = await truth(system.avito)

        async def brought() -> bool:
            return _unordered(await shown(redis, ACCOUNT)) == _unordered(expected)

        await until(brought, within=60, every=0.25)
        events = [orjson.loads(fields[b"e"]) for _, fields in await redis.xrange(keys.JOURNAL)]
        told = [event["message"]["id"] for event in events if event["type"] == "message"]
        assert sorted(told) == sorted(row[0] for thread in expected.values() for row in thread)
        assert len(told) == 1000

        await system.avito.calm()  # only Avito's lists know the order of messages of the same second

        async def equal() -> bool:
            return await shown(redis, ACCOUNT) == expected

        await until(equal, within=60, every=0.25)


def _unordered(threads: Threads) -> dict[str, list[str]]:
    return {chat: sorted(map(repr, thread)) for chat, thread in threads.items()}


JUNK = [
    b"",
    b"{}",
    b'{"test": "message"}',
    b"\xff\xfe\x00",
    b"[" * 50_000,
    b'{"payload": 5}',
    b"x" * 262_144,
]


@pytest.mark.parametrize("proven", [True, False], ids=["proven", "unproven"])
async def test_junk_is_taken_and_harms_no_message_after_it(system: System, proven: bool) -> None:
    async with system.redis as redis:
        before = await redis.xlen(keys.DEAD)
    url = system.webhook_url if proven else system.webhook_url.rpartition("/")[0]
    async with httpx2.AsyncClient(timeout=20) as http:
        answers = [await http.post(url, content=body) for body in JUNK]
        too_large = await http.post(url, content=b"x" * 262_145)
    chat = await system.avito.chat()
    message = await system.avito.write(chat, "after the junk")

    async with system.redis as redis:

        async def arrived() -> bool:
            return [row[0] for row in (await shown(redis, ACCOUNT)).get(chat, [])] == [message]

        await until(arrived)
        dead = await redis.xlen(keys.DEAD) - before

    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {"ok": True})] * len(JUNK)
    assert too_large.status_code == 413
    assert dead == (4 if proven else 0)


async def test_a_forged_post_is_never_shown(system: System) -> None:
    chat = await system.avito.chat()
    forged = {
        "id": "forged",
        "chat_id": chat,
        "user_id": ACCOUNT,
        "author_id": 205006007,
        "created": 1_757_403_725,
        "type": "text",
        "content": {"text": "send money"},
    }
    async with httpx2.AsyncClient(timeout=20) as http:
        unproven = system.webhook_url.rpartition("/")[0]
        answer = await http.post(unproven, json={"payload": {"type": "message", "value": forged}})
        assert (answer.status_code, answer.json()) == (200, {"ok": True})
    real = await system.avito.write(chat, "a real one")

    async with system.redis as redis:

        async def ids() -> list[str]:
            return [row[0] for row in (await shown(redis, ACCOUNT)).get(chat, [])]

        await until(ids)
        await until(lambda: looked_up(redis))
        assert await ids() == [real]


async def looked_up(redis: Redis) -> bool:
    return bool(await redis.xlen(keys.UNVERIFIED) == 0)


LAST = ("webhook", "event", "canary")


async def test_the_status_tells_what_is_true(system: System) -> None:
    chat = await system.avito.chat()
    async with Panel.at(system.url("gateway")) as panel:
        await panel.log_in()
        async with panel.socket(), panel.socket():
            began = int(time.time())
            await system.avito.write(chat, "hi")
            async with httpx2.AsyncClient(timeout=20) as http:
                for part in ("ingest", "gateway"):
                    url = f"{system.url(part)}/admin/avito/webhook/status"

                    async def complete(url: str = url) -> bool:
                        status = (await http.get(url)).json()
                        return bool(
                            status["websocket_connections"] == 2
                            and all((status[f"last_{what}_at"] or 0) >= began for what in LAST)
                            and (status["workers"], status["gateways"]) == (1, 1)
                            and status["inbox"]["waiting"] == 0
                        )

                    await until(complete)
