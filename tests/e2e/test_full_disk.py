"""A full disk: said in words everywhere, nothing is lost, and all goes on by itself once there is room."""

import os
import resource
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from shared.redis.info import REFUSAL_WORDS
from testbed import System, running_system, until
from tests.e2e.watching import until_status
from tests.push_gateway.panel import Panel, Socket
from tests.scripts.running import avito_live

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
QUICK = {"POLL_INTERVAL_S": "1", "SWEEP_INTERVAL_S": "3"}


@pytest.fixture
def redis_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A redis-server that is told of a file that may not grow, as of a full disk, instead of being killed."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server is installed")
    wrapper = tmp_path / "bin" / "redis-server"
    wrapper.parent.mkdir()
    wrapper.write_text(f"#!/bin/sh\ntrap '' XFSZ\nexec {program} \"$@\"\n")
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", str(wrapper.parent), prepend=os.pathsep)


@asynccontextmanager
async def full_disk(system: System, *parts: str) -> AsyncIterator[None]:
    """Let no file of these processes grow."""
    for part in parts:
        _, hard = resource.prlimit(system.part(part).running.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(system.part(part).running.pid, resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        for part in parts:
            resource.prlimit(system.part(part).running.pid, resource.RLIMIT_FSIZE, (hard, hard))


@asynccontextmanager
async def logged_in(panel: Panel) -> AsyncIterator[Socket]:
    await panel.log_in()
    async with panel.socket() as socket:
        yield socket


@pytest.mark.usefixtures("redis_on_path")
async def test_a_full_disk_is_said_everywhere_and_all_goes_on_by_itself(tmp_path: Path) -> None:
    async with running_system(tmp_path, environ=QUICK, redis_options=("--appendonly", "yes")) as system:
        await system.avito.subscribe(system.webhook_url)
        await system.start("ingest", "worker", "gateway")
        await until_status(system, lambda now: now["status"] == "ok")
        chat = await system.avito.chat()
        async with Panel.at(system.url("gateway")) as panel, logged_in(panel) as socket:
            async with full_disk(system, "redis", "ingest"):
                await system.avito.write(chat, "на полный диск")
                link = await socket.read_type("link")
                await system.avito.write(chat, "ещё одно")
                told = await until_status(
                    system, lambda now: now["alarms"] == ["aof_failing", "spool_failing"]
                )
                shown = avito_live(tmp_path, "status", REDIS_URL=system.redis_server.url)
                async with panel.socket() as later:
                    greeted = await later.read_type("link")

            assert link == greeted == {"type": "link", "state": "catching_up", "code": "aof_failing"}
            assert (told["status"], told["reason"]) == ("down", REFUSAL_WORDS["aof_failing"])
            assert shown.returncode == 1
            assert "Redis cannot write its append-only file" in shown.stdout
            assert "refused" not in shown.stdout

            assert await socket.read_type("link") == {"type": "link", "state": "live"}
            healed = await until_status(system, lambda now: now["status"] == "ok" and now["alarms"] == [])
            assert healed["reason"] is None

            async def is_shown() -> bool:
                held = (await panel.get(f"api/chats/{chat}/messages"))["messages"]
                return {one["content"].get("text") for one in held} == {"на полный диск", "ещё одно"}

            await until(is_shown)
