"""Callers that were seen a moment ago, by a steady clock: a changed wall clock makes no difference."""

import pytest
from redis.asyncio import Redis

from push_gateway.auth.caller_cache import FRESH_FOR
from push_gateway.auth.tokens import Tokens

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("step", [-3600.0, 3600.0])
async def test_a_revoked_token_is_out_within_seconds_though_the_clock_is_set(
    store: Redis, step: float
) -> None:
    wall, steady = [1_800_000_000.0], [100.0]
    tokens = Tokens(store, lambda: wall[0], lambda: steady[0])
    token, text = await tokens.add("crm", "read", "make token")
    assert await tokens.find(text) is not None
    await Tokens(store).revoke(token.id)

    wall[0] += step
    steady[0] += FRESH_FOR

    assert await tokens.find(text) is None
