"""What `make up` says once everything is ready."""

from pathlib import Path

import pytest
from redis.asyncio import Redis

from push_gateway.auth import operators
from push_gateway.auth.staff import Operator, Staff
from testbed import RedisServer
from tests.scripts.running import avito_live

pytestmark = pytest.mark.anyio

GIVEN = {
    "DOMAIN": "panel.example.org",
    "ADMIN_USERNAME": "owner",
    "ADMIN_PASSWORD": "of-the-first-start",
}


async def said_when_the_password_is(password: str, redis: Redis, url: str, home: Path) -> str:
    owner = operators.make_operator("owner", password, "owner", 1.0)

    def begin(staff: Staff) -> Operator:
        return owner

    await operators.change(redis, begin)
    done = avito_live(home, "compose-banner", REDIS_URL=url, **GIVEN)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_it_names_address_login_and_next_step(
    tmp_path: Path, real_redis: Redis, redis_server: RedisServer
) -> None:
    said = await said_when_the_password_is("of-the-first-start", real_redis, redis_server.url, tmp_path)

    assert "https://panel.example.org/admin/avito/" in said
    assert "of-the-first-start" in said
    assert "make subscribe" in said
    assert "Stop with `make down`" in said


async def test_a_password_that_was_changed_since_is_not_told_as_if_it_were_right(
    tmp_path: Path, real_redis: Redis, redis_server: RedisServer
) -> None:
    said = await said_when_the_password_is("changed-in-the-panel", real_redis, redis_server.url, tmp_path)

    assert "of-the-first-start" not in said
    assert "the one you chose" in said


def test_where_redis_does_not_answer_it_still_says_the_address(tmp_path: Path) -> None:
    done = avito_live(tmp_path, "compose-banner", REDIS_URL="redis://127.0.0.1:1/0", **GIVEN)

    assert (done.returncode, done.stderr) == (0, "")
    assert "https://panel.example.org/admin/avito/" in done.stdout
