"""A Redis that keeps INFO from our user, as managed ones do."""

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis

from testbed import System, running_system, until
from tests.scripts.running import avito_live

pytestmark = pytest.mark.anyio
PARTS = ("ingest", "worker", "gateway")
SAYS_SO = "shared.redis.no_run_id"


async def permit(system: System, *rules: str) -> None:
    async with Redis(port=system.redis_server.port) as redis:
        await redis.execute_command("ACL", "SETUSER", "avito", "on", ">x", "~*", "&*", "+@all", *rules)


async def test_it_is_named_in_one_plain_line_and_all_work_as_soon_as_info_is_allowed(tmp_path: Path) -> None:
    async with running_system(tmp_path) as system:
        await permit(system, "-@dangerous")
        system.environ["REDIS_URL"] = f"redis://avito:x@127.0.0.1:{system.redis_server.port}/0"
        for name in PARTS:
            system.launch(name)
        logs = {name: system.part(name).log for name in PARTS}
        await until(lambda: SAYS_SO in system.part("worker").tail())
        await until(lambda: SAYS_SO in system.part("gateway").tail())
        assert (await system.http.get(f"{system.url('gateway')}/readyz")).status_code == 503
        done = await asyncio.to_thread(avito_live, tmp_path, "doctor", **system.settings | system.environ)
        assert (done.returncode, done.stderr) == (1, "")
        assert "ACL SETUSER … +info" in done.stdout

        await permit(system, "+info")
        for name in PARTS:
            await system.part(name).ready()

        said = {name: log.read_text() for name, log in logs.items()}
        assert [name for name in PARTS if "Traceback" in said[name]] == []
        assert {name: said[name].count(SAYS_SO) for name in PARTS} == {"ingest": 0, "worker": 1, "gateway": 1}
        assert all("+info" in line for text in said.values() for line in text.splitlines() if SAYS_SO in line)
