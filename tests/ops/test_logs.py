"""The logs of one message and one reply through the whole system, and what they must not contain."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from testbed import PASSWORD, SECRET, System, running_system, until
from tests.push_gateway.panel import PATH, Panel

pytestmark = pytest.mark.anyio

PARTS = ("ingest", "worker", "gateway")
TEXT = "Здравствуйте, мой номер +7 916 555-01-42, звоните"
ANSWER = "Добрый день! Карта 2200 7001 2345 6789"
NAME = "Веломир-Покупатель"
NEVER = (
    "916 555-01-42",
    "звоните",
    "Здравствуйте",
    "Добрый день",
    "2200 7001",
    NAME,
    SECRET,
    PASSWORD,
    "sim-secret",
    "e2e-session-Yp3vQ8sLk1Wd6Zr0",
    "Bearer ",
)


def lines(system: System) -> dict[str, list[dict[str, Any]]]:
    """Every log line of every part; each must be JSON."""
    return {
        name: [orjson.loads(line) for line in system.part(name).tail(10**6).splitlines()] for name in PARTS
    }


def following(system: System, trace: str) -> dict[str, list[str]]:
    """What each part said with this trace."""
    return {
        name: [line["event"] for line in said if line.get("trace") == trace]
        for name, said in lines(system).items()
    }


async def stage(system: System) -> tuple[str, str, str, list[str]]:
    """Send a message, a reply and a forged webhook; return chat, message, ref and tokens used."""
    await system.avito.subscribe(system.webhook_url)
    async with Panel.at(system.url("gateway")) as panel:
        await panel.log_in()
        cookies = list(panel.http.cookies.values())
        async with panel.socket() as socket:
            chat = await system.avito.chat(buyer={"name": NAME})
            message = await system.avito.write(chat, TEXT)
            await socket.read_type("message")
            while not (await socket.read_type("chat"))["chat"]["buyer"]:
                pass
            body = {"text": ANSWER, "ref": "ref-of-the-answer"}
            answer = await panel.http.post(f"{PATH}api/chats/{chat}/messages", json=body)
            assert answer.status_code == 202
            while (await socket.read_type("outbox"))["item"]["state"] != "sent":
                pass
        await panel.http.post(f"{PATH}login", data={"username": "olga", "password": "not-the-Password-77"})
    await system.http.post(system.webhook_url, content=f'{{"broken": "{TEXT}"}}'.encode())
    await system.http.post(f"{system.url('ingest')}/admin/avito/webhook/guess-{SECRET}", content=b"{}")
    async with system.redis as redis:
        token = await redis.get("avito:301200100:token")
    return chat, message, "ref-of-the-answer", [*cookies, (token or b"").decode(), "not-the-Password-77"]


async def test_one_word_follows_a_message_through_all_parts_and_nothing_private_is_logged(
    tmp_path: Path,
) -> None:
    environ = {"LOG_FORMAT": "json", "LOG_LEVEL": "DEBUG"}
    async with running_system(tmp_path, *PARTS, environ=environ) as system:
        chat, message, ref, tokens = await stage(system)
        await until(lambda: "worker.enrich.done" in system.part("worker").tail(10**6))

        said = lines(system)["worker"]
        committed = next(line for line in said if line.get("message_id") == message)
        way = following(system, committed["trace"])
        answered = following(system, ref)
        whole = "\n".join(system.part(name).tail(10**6) for name in PARTS)

    assert committed["event"] == "worker.intake.committed"
    assert committed["chat"] == chat
    assert way["ingest"] == ["ingest.accepted"]
    assert set(way["gateway"]) == {"push_gateway.ws.relayed"}
    assert way["worker"][0] == "worker.intake.committed"
    assert {"worker.avito.call", "worker.enrich.done"} <= set(way["worker"])
    assert {"worker.outbox.try", "worker.avito.call", "worker.outbox.sent"} <= set(answered["worker"])
    for private in (*NEVER, *tokens):
        assert private
        assert private not in whole, private
        assert orjson.dumps(private).decode().strip('"') not in whole, private


async def test_text_logs_name_the_part_the_event_and_the_trace(tmp_path: Path) -> None:
    async with running_system(tmp_path, *PARTS) as system:
        await stage(system)
        text = system.part("worker").tail(10**6)
        logged = [system.part(name).tail(10**6).splitlines() for name in PARTS]

    committed = re.search(r"worker\.intake: worker\.intake\.committed trace=([0-9a-f]+) chat=", text)
    assert committed
    shape = re.compile(
        r"\d\d:\d\d:\d\d\.\d{3} (DEBUG|INFO|WARNING|ERROR) +(ingest|worker|push_gateway|shared|arq)"
    )
    for part in logged:
        for line in part:
            assert shape.match(line), line
