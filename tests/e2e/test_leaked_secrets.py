"""A leaked secret: each step of docs/security.md on a running system."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import redis as sync_redis

from shared.redis import keys
from testbed import PASSWORD, USERNAME, System, until
from tests.ingest import process as ingest_process
from tests.push_gateway.panel import PATH, Panel, Socket
from tests.push_gateway.shared_by_module import module_system
from tests.scripts.running import avito_live

pytestmark = pytest.mark.anyio
NEW = "amber-Kettle-90"
system = module_system("gateway")


def run(system: System, *arguments: str, said: str = "") -> str:
    """Run a command as the owner of the server."""
    done = avito_live(system.folder, *arguments, said=said, REDIS_URL=system.redis_server.url)
    assert done.returncode == 0, done.stderr
    return done.stdout


@asynccontextmanager
async def its_socket(panel: Panel) -> AsyncIterator[Socket]:
    """Log in and hold a socket, as a thief of the secret does."""
    await panel.log_in()
    async with panel.socket() as socket:
        await socket.read()
        yield socket


async def test_a_changed_session_secret_ends_every_session(system: System) -> None:
    async with Panel.at(system.url("gateway")) as panel:
        await panel.log_in()

        await system.restart("gateway", SESSION_SECRET="another-secret-of-the-cookies-77")

        assert (await panel.http.get(f"{PATH}api/chats")).status_code == 401
        assert (await panel.log_in()).status_code == 303


async def test_a_changed_password_ends_sessions_of_the_old_one(system: System) -> None:
    async with Panel.at(system.url("gateway")) as thief, its_socket(thief) as socket:
        run(system, "operator", "password", USERNAME, said=f"{NEW}\n")

        assert await socket.close_code() == 4401
        assert (await thief.log_in(USERNAME, PASSWORD)).status_code == 401
        assert (await thief.log_in(USERNAME, NEW)).status_code == 303
    run(system, "operator", "password", USERNAME, said=f"{PASSWORD}\n")


async def test_ended_sessions_are_out_though_the_password_stays(system: System) -> None:
    async with Panel.at(system.url("gateway")) as thief, its_socket(thief) as socket:
        assert "sessions ended: " in run(system, "operator", "end-sessions", USERNAME)

        assert await socket.close_code() == 4401


async def test_a_revoked_token_opens_nothing_any_more(system: System) -> None:
    text = run(system, "token", "add", "crm", "--scope", "read").split()[0]
    bearer = {"Authorization": f"Bearer {text}"}
    async with Panel.at(system.url("gateway")) as program:
        async with program.socket(origin=None, additional_headers=bearer) as socket:
            await socket.read()

            run(system, "token", "revoke", text.split("_")[1])

            assert await socket.close_code() == 4401
        assert (await program.http.get(f"{PATH}api/chats", headers=bearer)).status_code == 401


async def test_the_old_secret_of_the_webhook_can_be_ended_at_once(system: System, tmp_path: Path) -> None:
    old, new = ingest_process.SECRET, "the-last-part-of-tomorrow"
    with (
        sync_redis.Redis.from_url(system.redis_server.url) as redis,
        ingest_process.running_ingest(system.redis_server.url, tmp_path) as ingest,
    ):
        redis.hset(keys.ROTATION, mapping={"current": new, "previous": old, "until": "99999999999"})
        await until(lambda: proves(ingest, redis, new))
        assert proves(ingest, redis, old)

        redis.hset(keys.ROTATION, "until", "0")

        await until(lambda: not proves(ingest, redis, old))
        assert proves(ingest, redis, new)


def proves(ingest: ingest_process.Ingest, redis: sync_redis.Redis, secret: str) -> bool:
    """Tell whether a post under this secret goes straight into the inbox."""
    redis.delete(keys.INBOX)
    assert ingest.post(b"{}", f"{ingest_process.PATH}/{secret}") == 200
    return len(ingest_process.kept(redis)) == 1
