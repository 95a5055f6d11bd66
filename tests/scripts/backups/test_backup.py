"""Backup, its check, restore, and a buyer who asked to be forgotten, on the running system."""

import asyncio
import time
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from shared.redis import keys
from shared.wires.forgotten import key_of
from testbed import ACCOUNT, System, running_redis, shown, truth, until
from tests.e2e.watching import quick_system
from tests.push_gateway.panel import PATH, Panel
from tests.scripts.running import avito_live

PARTS = ("ingest", "worker", "gateway")
pytestmark = [pytest.mark.anyio, pytest.mark.slow]


def command(system: System, *arguments: str, **given: str) -> CompletedProcess[str]:
    """Run one of the owner's commands against the system, in its folder."""
    return avito_live(system.folder, *arguments, **{"REDIS_URL": system.redis_server.url, **given})


def backup(system: System, name: str) -> str:
    """Make a backup and return its path."""
    path = str(system.folder / f"{name}.tar")
    done = command(system, "backup", path)
    assert done.returncode == 0, done.stderr
    return path


async def lived_in(system: System) -> tuple[str, str]:
    """Let two buyers write, answer both, and return their chats."""
    await system.avito.subscribe(system.webhook_url)
    chats = [await system.avito.chat(buyer={"id": 700 + n, "name": f"Buyer{n}"}) for n in (1, 2)]
    async with Panel.at(system.url("gateway")) as panel:
        await panel.log_in()
        for number, chat in enumerate(chats, 1):
            await system.avito.write(chat, f"private words {number}")
            await until(lambda chat=chat: is_named(panel, chat))  # type: ignore[misc]  # the chat is bound
            body = {"text": f"answer {number}", "ref": f"ref-{number}"}
            await panel.http.post(f"{PATH}api/chats/{chat}/messages", json=body)
            await until(lambda chat=chat: is_answered(panel, chat))  # type: ignore[misc]  # the same
            note = {"text": f"private note {number}", "ref": f"note-{number}"}
            await panel.http.post(f"{PATH}api/chats/{chat}/notes", json=note)
        await panel.http.post(f"{PATH}api/quick-replies", json={"name": "hello", "text": "Hello!"})
    return chats[0], chats[1]


async def is_named(panel: Panel, chat: str) -> bool:
    rows = (await panel.get("api/chats"))["chats"]
    return any(row["id"] == chat and row["buyer"] for row in rows)


async def is_answered(panel: Panel, chat: str) -> bool:
    page = await panel.get(f"api/chats/{chat}/messages")
    return len(page["messages"]) == 2 and not page["outbox"]


async def everything(system: System) -> str:
    """Return every key, field and member of Redis as text, except the marks of the last sweep."""
    async with system.redis as redis:
        parts = []
        async for name in redis.scan_iter():
            kind = (await redis.type(name)).decode()
            read: dict[str, tuple[Any, ...]] = {
                "string": ("GET", name),
                "hash": ("HGETALL", name),
                "set": ("SMEMBERS", name),
                "zset": ("ZRANGE", name, 0, -1),
                "list": ("LRANGE", name, 0, -1),
                "stream": ("XRANGE", name, "-", "+"),
            }
            if kind == "none":  # it has expired since it was listed
                continue
            if name != keys.verified(ACCOUNT).encode():  # what Avito lists now, by id alone
                parts.append(f"{name!r} {await redis.execute_command(*read[kind])!r}")
    return "\n".join(parts)


async def test_a_backup_is_made_checked_and_brings_everything_to_another_redis(tmp_path: Path) -> None:
    async with quick_system(tmp_path, *PARTS, SWEEP_INTERVAL_S="1") as system:
        await lived_in(system)
        path = backup(system, "one")
        checked = command(system, "restore-check", path)
        refused = command(system, "restore", path)
        before = await truth(system.avito)
        await system.stop("worker", "gateway", "ingest")

        with running_redis(tmp_path / "another") as another:
            done = command(system, "restore", path, REDIS_URL=another.url)
            assert done.returncode == 0, done.stderr
            system.redis_server.kill()
            await system.start("worker", "gateway", "ingest", REDIS_URL=another.url)
            async with Panel.at(system.url("gateway")) as panel:
                logged_in = await panel.log_in()
                rows = (await panel.get("api/chats"))["chats"]
                quick = (await panel.get("api/quick-replies"))["quick_replies"]

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "The backup holds" in checked.stdout
    assert (refused.returncode, "not empty" in refused.stderr) == (1, True)
    assert logged_in.status_code == 303
    assert {row["id"] for row in rows} == set(before)
    assert [reply["name"] for reply in quick] == ["hello"]
    assert {row["buyer"]["name"] for row in rows} == {"Buyer1", "Buyer2"}


async def test_what_a_buyer_asked_to_be_removed_is_gone_and_never_comes_back(tmp_path: Path) -> None:
    async with quick_system(tmp_path, *PARTS, SWEEP_INTERVAL_S="1") as system:
        gone, stays = await lived_in(system)
        path = backup(system, "before")
        async with Panel.at(system.url("gateway")) as panel:
            await panel.log_in()
            async with panel.socket() as socket:
                await socket.read_type("hello")
                done = command(system, "forget", "--yes", "--buyer", "701")
                assert done.returncode == 0, done.stderr
                again = await socket.read_type("hello")
            rows = (await panel.get("api/chats"))["chats"]
            missing = await panel.http.get(f"{PATH}api/chats/{gone}/messages")
        left = await everything(system)
        await swept_again(system)
        after_sweep = await everything(system)

        await system.stop("worker", "gateway", "ingest")
        with running_redis(tmp_path / "another") as another:
            restored = command(system, "restore", path, REDIS_URL=another.url)
            system.redis_server.kill()
            system.redis_server.port = another.port
            from_backup = await everything(system)

    assert again["recovered"] is False
    assert [row["id"] for row in rows] == [stays]
    assert missing.status_code == 404
    for held in (left, after_sweep, from_backup):
        assert gone not in held
        assert "private words 1" not in held
        assert "private note 1" not in held
        assert "answer 1" not in held
        assert "private words 2" in held
    assert "Forgotten again, as requested since then: 1 chats" in restored.stdout, restored.stderr


async def swept_again(system: System) -> None:
    """Wait until two more sweeps have begun: then one that began later than now has ended."""
    async with system.redis as redis:

        async def began() -> float:
            return float(await redis.execute_command("HGET", keys.sweep(ACCOUNT), "began") or 0)

        for _ in range(2):
            since, ends = await began(), time.monotonic() + 60
            while await began() == since:
                assert time.monotonic() < ends, "no sweep"
                await asyncio.sleep(0.1)


async def test_when_the_buyer_writes_again_only_what_is_new_is_held(tmp_path: Path) -> None:
    async with quick_system(tmp_path, *PARTS, SWEEP_INTERVAL_S="1") as system:
        gone, _ = await lived_in(system)
        done = command(system, "forget", "--yes", "--chat", gone)
        assert done.returncode == 0, done.stderr
        async with system.redis as redis:
            assert await redis.get(key_of(ACCOUNT, gone))
            # Avito's clock has whole seconds: what comes within the second of the request counts as older.
            asked = time.time()
            await until(lambda: int(time.time()) > asked)
            message = await system.avito.write(gone, "hello again")

            async def held() -> bool:
                return [row[0] for row in (await shown(redis, ACCOUNT)).get(gone, [])] == [message]

            await until(held, within=60)
            await swept_again(system)
            assert await held()
            assert await redis.execute_command("HGET", keys.FACTS, "sweep_missing") == b"0"


async def test_another_account_begins_without_a_trace_of_the_old_one(tmp_path: Path) -> None:
    async with quick_system(tmp_path, *PARTS, SWEEP_INTERVAL_S="1") as system:
        await lived_in(system)
        running = command(system, "account", str(ACCOUNT), AVITO_USER_ID="5")
        await system.stop("worker")
        same = command(system, "account", str(ACCOUNT), AVITO_USER_ID=str(ACCOUNT))
        done = command(system, "account", "--yes", str(ACCOUNT), AVITO_USER_ID="5")
        async with Panel.at(system.url("gateway")) as panel:
            logged_in = await panel.log_in()
            rows = (await panel.get("api/chats"))["chats"]
            quick = (await panel.get("api/quick-replies"))["quick_replies"]
        left = await everything(system)

    assert (running.returncode, "Stop them first" in running.stderr) == (1, True)
    assert (same.returncode, "still" in same.stderr) == (1, True)
    assert done.returncode == 0, done.stderr
    assert (logged_in.status_code, rows) == (303, [])
    assert [reply["name"] for reply in quick] == ["hello"]  # they belong to the team, not to an account
    assert "private words" not in left
