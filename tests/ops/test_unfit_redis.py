"""A Redis that keeps something from our user, as managed ones do."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from shared.redis import keys
from testbed import ACCOUNT, System, running_system, until
from tests.scripts.running import avito_live

pytestmark = pytest.mark.anyio
PARTS = ("ingest", "worker", "gateway")
ALL = ("on", ">x", "~*", "&*", "+@all")
SAYS_SO = "shared.redis.unfit"


async def permit(system: System, *rules: str) -> None:
    async with Redis(port=system.redis_server.port) as redis:
        await redis.execute_command("ACL", "SETUSER", "avito", *rules)


async def test_hidden_info_is_named_in_one_plain_line_and_all_work_as_soon_as_it_is_allowed(
    tmp_path: Path,
) -> None:
    async with running_system(tmp_path) as system:
        await permit(system, *ALL, "-@dangerous")
        system.environ["REDIS_URL"] = f"redis://avito:x@127.0.0.1:{system.redis_server.port}/0"
        for name in PARTS:
            system.launch(name)
        logs = {name: system.part(name).log for name in PARTS}
        await until(lambda: SAYS_SO in system.part("worker").tail())
        await until(lambda: SAYS_SO in system.part("gateway").tail())
        assert (await system.http.get(f"{system.url('gateway')}/readyz")).status_code == 503

        await permit(system, "+info")
        for name in PARTS:
            await system.part(name).ready()

        said = {name: log.read_text() for name, log in logs.items()}
        assert [name for name in PARTS if "Traceback" in said[name]] == []
        assert {name: said[name].count(SAYS_SO) for name in PARTS} == {"ingest": 0, "worker": 1, "gateway": 1}
        assert all("+info" in line for text in said.values() for line in text.splitlines() if SAYS_SO in line)


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


async def test_the_doctor_says_which_right_is_missing(tmp_path: Path) -> None:
    async with running_system(tmp_path) as system:
        await permit(system, *ALL, "-@dangerous")
        system.environ["REDIS_URL"] = f"redis://avito:x@127.0.0.1:{system.redis_server.port}/0"

        done = await asyncio.to_thread(avito_live, tmp_path, "doctor", **system.settings | system.environ)

        assert (done.returncode, done.stderr) == (1, "")
        assert "ACL SETUSER … +info" in done.stdout
