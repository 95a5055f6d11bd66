"""A Redis that keeps something from our user, as managed ones do."""

import asyncio
import time
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from redis.asyncio import Redis

from shared.redis import keys
from testbed import ACCOUNT, System, running_system, shown, truth, until
from tests.scripts.running import avito_live
from tests.support.managed_redis import KEPT_BACK, forbid, unknown

pytestmark = pytest.mark.anyio
PARTS = ("ingest", "worker", "gateway")
ALL = ("on", ">x", "~*", "&*", "+@all")
SAYS_SO = "shared.redis.unfit"


async def permit(system: System, *rules: str) -> None:
    async with Redis(port=system.redis_server.port) as redis:
        await redis.execute_command("ACL", "SETUSER", "avito", *rules)


async def test_a_right_that_is_taken_away_makes_no_dead_letter_of_a_webhook(tmp_path: Path) -> None:
    async with running_system(tmp_path) as system, Redis(port=system.redis_server.port) as redis:
        await permit(system, *ALL)
        system.environ["REDIS_URL"] = f"redis://avito:x@127.0.0.1:{system.redis_server.port}/0"
        await system.start("ingest", "worker")
        await permit(system, "resetchannels")
        await until(
            lambda: any(words in system.part("worker").tail() for words in (SAYS_SO, "can't publish"))
        )
        await system.http.post(system.webhook_url, json=short_message("one"))

        await permit(system, "allchannels")

        await until(lambda: redis.exists(keys.thread(ACCOUNT, "one")))
        assert not await redis.exists(keys.DEAD)


def short_message(chat_id: str) -> dict[str, Any]:
    words = {"id": "m1", "chat_id": chat_id, "author_id": 205006007, "content": {"text": "Доброе утро"}}
    return {"message": {**words, "created": int(time.time()), "type": "text"}}


async def test_with_all_that_providers_keep_back_everything_works_and_each_process_says_so_once(
    tmp_path: Path,
) -> None:
    async with running_system(tmp_path) as system:
        forbidden, absent = KEPT_BACK[::2], KEPT_BACK[1::2]
        login = forbid(system.redis_server.port, forbidden).partition("@")[0]
        with unknown(system.redis_server.port, absent) as url:
            system.environ["REDIS_URL"] = url.replace("redis://", f"{login}@")
            await system.start(*PARTS)
            await system.avito.subscribe(system.webhook_url)
            before = await system.avito.write(await system.avito.chat(), "Здравствуйте")
            await until(lambda: is_shown(system, before))
            load = asyncio.create_task(system.avito.burst(messages=100, chats=5, rate=50))
            path = tmp_path / "one.tar"
            made = await command(system, "backup", path)
            await load
            checked = await command(system, "restore-check", path)
            status = await command(system, "status")
            doctor = await command(system, "doctor")
            await until(lambda: all_is_shown(system))
            logs = {name: system.part(name).log.read_text() for name in PARTS}

    assert (made.returncode, checked.returncode, status.returncode) == (0, 0, 0), made.stderr + checked.stdout
    assert "alarm" not in status.stdout
    assert "✗ Redis" not in doctor.stdout
    assert {name: log.count("shared.redis.less_sure") for name, log in logs.items()} == dict.fromkeys(
        PARTS, 1
    )
    assert [name for name, log in logs.items() if "Traceback" in log or " ERROR " in log] == []


async def command(system: System, *arguments: object) -> CompletedProcess[str]:
    given = system.settings | system.environ
    return await asyncio.to_thread(avito_live, system.folder, *map(str, arguments), **given)


async def is_shown(system: System, message_id: str) -> bool:
    async with system.redis as redis:
        return message_id in str(await shown(redis, ACCOUNT))


async def all_is_shown(system: System) -> bool:
    async with system.redis as redis:
        return await shown(redis, ACCOUNT) == await truth(system.avito)
