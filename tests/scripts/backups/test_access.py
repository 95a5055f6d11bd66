"""A restore revives no access that ended since the backup, and lists the access that remains."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from avito_live.backups import ended_access
from avito_live.erasure import record
from push_gateway.auth import operators, staff
from push_gateway.auth.passwords import Passwords, hash_password
from push_gateway.auth.sessions import Sessions
from push_gateway.auth.tokens import Tokens
from shared.redis import keys
from shared.wires import revocations
from shared.wires.revocations import Revocation
from testbed import RedisServer
from tests.scripts.backups.restoring import Shop, opened
from tests.scripts.running import avito_live

pytestmark = pytest.mark.anyio
PASSWORD = "amber-Kettle-90"


@pytest.fixture
async def shop(tmp_path: Path, redis_server: RedisServer, anyio_backend: str) -> AsyncIterator[Shop]:
    """Two owners and an operator, a token of a till."""
    async with opened(tmp_path, redis_server) as shop:
        await shop.ask("HSET", keys.STATE, "epoch", "of-then", "seq", 0, "layout", 2)
        for name, role in (("olga", "owner"), ("oleg", "owner"), ("anna", "operator")):
            made = operators.make_operator(name, PASSWORD, role, 1.0)  # type: ignore[arg-type]  # both are roles
            await operators.change(shop.redis, lambda _, made=made: made)  # type: ignore[misc]  # is bound
        yield shop


def owners_command(shop: Shop, *arguments: str) -> None:
    done = avito_live(shop.home, *arguments, REDIS_URL=shop.server.url)
    assert done.returncode == 0, done.stderr


async def may_log_in(shop: Shop, name: str) -> bool:
    return await Passwords().check(await operators.find(shop.redis, name), PASSWORD)


async def test_a_token_revoked_since_stays_revoked(shop: Shop) -> None:
    tokens = Tokens(shop.redis)
    gone, text = await tokens.add("till", "reply", "olga")
    kept, _ = await tokens.add("report", "read", "olga")
    path = await shop.back_up()
    owners_command(shop, "token", "revoke", gone.id)

    said = await shop.restore(path)

    assert [token.id for token in await tokens.all()] == [kept.id]
    assert await Tokens(shop.redis).find(text) is None
    assert f"token {gone.id} (till)" in said
    assert f"Tokens that work: {kept.id} (report, read)." in said
    assert "make token DO=revoke ID=" in said


async def test_what_was_ended_in_the_panel_is_known_once_a_backup_was_made(shop: Shop) -> None:
    path = await shop.back_up("older")
    for change in (
        lambda all_: staff.with_change(all_, "anna", disabled=True),
        lambda all_: staff.with_change(all_, "oleg", role="operator"),
    ):
        await operators.change(shop.redis, change)
    await shop.back_up("newer")

    said = await shop.restore(path)

    after = await operators.all_operators(shop.redis)
    assert (after["anna"].disabled, after["oleg"].role) == (True, "operator")
    assert "anna is disabled; oleg is no owner" in said or "oleg is no owner; anna is disabled" in said
    assert "Can log in with their password of that time: " in said
    assert "anna (operator)" not in said


async def test_a_password_changed_since_opens_nothing(shop: Shop) -> None:
    path = await shop.back_up()
    changed = staff.with_change(
        await operators.all_operators(shop.redis),
        "olga",
        password_hash=hash_password("copper-Lamp-17"),
    )
    await operators.change(shop.redis, lambda _: changed)
    await ended_access.keep_up(shop.home, shop.redis)

    said = await shop.restore(path)

    assert not await may_log_in(shop, "olga")
    assert await may_log_in(shop, "oleg")
    assert "Need a new password: olga: make operator NAME=… DO=password" in said


async def test_even_the_last_owner_of_that_time_stays_disabled(shop: Shop) -> None:
    for name in ("oleg", "olga"):
        await revocations.record(shop.redis, [Revocation("operator", name, 5.0)])
    await ended_access.keep_up(shop.home, shop.redis)
    await shop.redis.delete(keys.ACCESS_ENDED)
    path = await shop.back_up()

    said = await shop.restore(path)

    assert not await may_log_in(shop, "olga")
    assert "No owner can log in: make operator NAME=… ROLE=owner" in said


async def test_what_was_given_again_before_the_backup_is_not_taken_again(shop: Shop) -> None:
    for disabled in (True, False):
        await operators.change(
            shop.redis,
            lambda all_, disabled=disabled: staff.with_change(all_, "anna", disabled=disabled),  # type: ignore[misc]
        )
        await ended_access.keep_up(shop.home, shop.redis)
    path = await shop.back_up()

    said = await shop.restore(path)

    assert await may_log_in(shop, "anna")
    assert "ended again" not in said


async def test_no_session_is_restored(shop: Shop) -> None:
    operator = await operators.find(shop.redis, "anna")
    assert operator
    cookie = await Sessions(shop.redis, b"secret").open(operator, "127.0.0.1", "browser")
    path = await shop.back_up()

    said = await shop.restore(path)

    assert await Sessions(shop.redis, b"secret").find(cookie) is None
    assert await Sessions(shop.redis, b"secret").of("anna") == []
    assert "every operator logs in again" in said


async def test_what_the_settings_and_avito_say_better_is_left_out_and_said(shop: Shop) -> None:
    await shop.ask("HSET", keys.FACTS, "wanted", 1, "mode", "webhook", "subscribed_since", 5)
    await shop.ask("HSET", keys.ROTATION, "current", "b", "previous", "a", "until", 1)
    path = await shop.back_up()

    said = await shop.restore(path)

    assert not await shop.redis.exists(keys.FACTS, keys.ROTATION)
    assert "whether webhooks are wanted" in said
    assert "a change of the webhook's secret" in said


def test_an_incomplete_line_of_the_record_spoils_no_other(tmp_path: Path) -> None:
    record.append(tmp_path, "one.jsonl", [{"n": 1}])
    with (tmp_path / "var/one.jsonl").open("ab") as file:
        file.write(b'{"n": 2')

    record.append(tmp_path, "one.jsonl", [{"n": 3}])

    assert record.read(tmp_path, "one.jsonl") == [{"n": 1}, {"n": 3}]
