"""Operators, tokens and sessions as another version, or a hand, has written them."""

import time

import orjson
import pytest
from redis.asyncio import Redis

from push_gateway.auth import operators
from push_gateway.auth.operators import make_operator
from push_gateway.auth.sessions import Sessions
from push_gateway.auth.staff import StaffError, with_new
from push_gateway.auth.tokens import Tokens
from shared.redis import keys

pytestmark = pytest.mark.anyio


async def change_record(redis: Redis, key: str, name: str, **fields: object) -> None:
    stored = orjson.loads(await redis.hget(key, name) or b"{}")
    await redis.hset(key, name, orjson.dumps(stored | fields))


@pytest.fixture
async def olga(real_redis: Redis) -> Redis:
    """Return a Redis with one owner."""
    await operators.ensure_first(real_redis, "olga", "Zima-2026-sneg")
    return real_redis


async def test_a_further_field_of_an_operator_does_not_count(olga: Redis) -> None:
    await change_record(olga, keys.OPERATORS, "olga", phone="later")

    (operator,) = (await operators.all_operators(olga)).values()
    assert (operator.name, operator.role) == ("olga", "owner")


@pytest.mark.parametrize("stored", ["{", '{"role": "queen", "password_hash": "x", "created": 1}'])
async def test_an_operator_who_cannot_be_read_is_not_replaced(olga: Redis, stored: str) -> None:
    await olga.hset(keys.OPERATORS, "olga", stored)
    other = make_operator("olga", "Osen-2026-list", "operator", time.time())

    with pytest.raises(StaffError):
        await operators.change(olga, lambda staff: with_new(staff, other))
    await operators.ensure_first(olga, "olga", "Vesna-2026-sok")

    assert await olga.hget(keys.OPERATORS, "olga") == stored.encode()


async def test_a_token_with_a_further_field_is_listed_and_revoked_with_its_maker(olga: Redis) -> None:
    tokens = Tokens(olga)
    made, text = await tokens.add("crm", "reply", "olga")
    await change_record(olga, keys.TOKENS, made.id, expires=5)

    assert [token.id for token in await tokens.all()] == [made.id]
    assert [token.id for token in await tokens.revoke_made_by("olga")] == [made.id]
    assert await Tokens(olga).find(text) is None


async def test_a_token_that_cannot_be_listed_is_not_valid(olga: Redis) -> None:
    tokens = Tokens(olga)
    made, text = await tokens.add("crm", "reply", "olga")
    stored = orjson.loads(await olga.hget(keys.TOKENS, made.id) or b"{}")
    del stored["by"]
    await olga.hset(keys.TOKENS, made.id, orjson.dumps(stored))

    assert await tokens.all() == []
    assert await tokens.find(text) is None


async def test_a_session_that_cannot_be_read_is_none(olga: Redis) -> None:
    sessions = Sessions(olga, b"secret")
    operator = (await operators.all_operators(olga))["olga"]
    token = await sessions.open(operator, "203.0.113.9", "browser")
    await olga.hset(keys.session(sessions.digest(token)), "created", "yesterday")

    assert await sessions.find(token, fresh=True) is None
