"""A token is made only by an owner, even if the owner is losing that role at the same moment."""

import time
from functools import partial

import pytest
from redis.asyncio import Redis

from push_gateway.auth import operators, staff
from push_gateway.auth.access import Role
from push_gateway.auth.staff import Operator, StaffError
from push_gateway.auth.tokens import Tokens
from shared.redis import keys

pytestmark = pytest.mark.anyio


async def hire(redis: Redis, name: str, role: Role) -> None:
    made = Operator(name, role, "no hash", time.time())
    await operators.change(redis, lambda _: made)


@pytest.mark.parametrize("change", [{"disabled": True}, {"role": "operator"}])
async def test_an_operator_who_is_no_owner_any_more_makes_no_token(
    store: Redis, change: dict[str, object]
) -> None:
    await hire(store, "anna", "owner")
    await hire(store, "boris", "owner")
    await operators.change(store, partial(staff.with_change, name="boris", **change))  # type: ignore[arg-type]

    with pytest.raises(StaffError) as error:
        await Tokens(store).add("crm", "reply", "boris")

    assert error.value.code == "forbidden"
    assert await Tokens(store).all() == []


async def test_only_the_tokens_of_one_maker_end(store: Redis) -> None:
    await hire(store, "anna", "owner")
    await hire(store, "boris", "owner")
    tokens = Tokens(store)
    for name, by in (("crm", "boris"), ("desk", "anna"), ("screen", "make token")):
        await tokens.add(name, "read", by)

    ended = await tokens.revoke_made_by("boris")

    assert [token.name for token in ended] == ["crm"]
    assert sorted(token.name for token in await tokens.all()) == ["desk", "screen"]


async def test_access_ends_even_if_redis_refuses_the_record_of_it(
    store: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    await hire(store, "anna", "owner")
    await hire(store, "boris", "owner")
    token, _ = await Tokens(store).add("crm", "read", "boris")
    await store.execute_command("SET", keys.ACCESS_ENDED, "takes no note")

    changed = await operators.change(store, partial(staff.with_change, name="boris", disabled=True))
    ended = await Tokens(store).revoke_made_by("boris")

    assert changed is not None
    assert changed.disabled
    assert [one.id for one in ended] == [token.id]
    assert [one.ended for one in caplog.records] == [["operator boris"], [f"token {token.id}"]]  # type: ignore[attr-defined]
