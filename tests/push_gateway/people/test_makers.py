"""A token needs a maker who may make it, also in the moment in which he loses the right."""

import time
from functools import partial

import pytest
from redis.asyncio import Redis

from push_gateway.access import Role
from push_gateway.people import operators, staff
from push_gateway.people.staff import Operator, StaffError
from push_gateway.people.tokens import Tokens

pytestmark = pytest.mark.anyio


async def hire(redis: Redis, name: str, role: Role) -> None:
    made = Operator(name, role, "no hash", time.time())
    await operators.change(redis, lambda _: made)


@pytest.mark.parametrize("change", [{"disabled": True}, {"role": "operator"}])
async def test_who_lost_the_right_meanwhile_makes_no_token(store: Redis, change: dict[str, object]) -> None:
    await hire(store, "anna", "owner")
    await hire(store, "boris", "owner")
    await operators.change(store, partial(staff.with_change, name="boris", **change))  # type: ignore[arg-type]

    with pytest.raises(StaffError) as error:
        await Tokens(store).add("crm", "reply", "boris")

    assert error.value.why == "forbidden"
    assert await Tokens(store).everyone() == []


async def test_only_the_tokens_of_one_maker_end(store: Redis) -> None:
    await hire(store, "anna", "owner")
    await hire(store, "boris", "owner")
    tokens = Tokens(store)
    for name, by in (("crm", "boris"), ("desk", "anna"), ("screen", "make token")):
        await tokens.add(name, "read", by)

    ended = await tokens.revoke_made_by("boris")

    assert [token.name for token in ended] == ["crm"]
    assert sorted(token.name for token in await tokens.everyone()) == ["desk", "screen"]
