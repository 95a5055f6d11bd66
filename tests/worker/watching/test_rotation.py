"""Which secrets prove, and which URLs are ours, while one secret replaces another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from shared.settings import Environment
from shared.webhook_secrets import Rotation, accepted, load, read, save
from worker.settings import read_address

NOW = 1_757_400_000.0
CHANGED = Rotation("new", "old", NOW + 86_400)


def test_for_a_day_both_prove_and_the_new_one_is_in_use() -> None:
    assert accepted(("old",), CHANGED, NOW) == ("new", "old")


def test_after_a_day_the_old_one_ends_in_a_service_that_was_never_restarted() -> None:
    assert accepted(("old",), CHANGED, NOW + 86_401) == ("new",)


def test_after_a_day_the_old_one_ends_though_env_still_names_it() -> None:
    assert accepted(("new", "old"), CHANGED, NOW + 86_401) == ("new",)


def test_a_change_of_another_time_says_nothing_of_a_secret_set_by_hand() -> None:
    assert accepted(("by hand",), CHANGED, NOW) == ("by hand",)


def test_a_change_that_was_put_back_leaves_the_old_one_alone() -> None:
    assert accepted(("old",), Rotation("old", "new", 0.0), NOW) == ("old",)


@given(st.dictionaries(st.sampled_from([b"current", b"previous", b"until"]), st.binary(max_size=8)))
def test_a_record_nobody_can_read_is_none(fields: dict[bytes, bytes]) -> None:
    rotation = read(fields)

    assert rotation is None or isinstance(rotation, Rotation)


@pytest.mark.anyio
async def test_a_change_is_read_as_it_was_written(real_redis: Redis) -> None:
    assert await load(real_redis) is None

    await save(real_redis, CHANGED)

    assert await load(real_redis) == CHANGED


@pytest.mark.parametrize(
    ("environ", "ours"),
    [
        (
            {"DOMAIN": "panel.example.org", "WEBHOOK_SECRET": "old"},
            [
                "https://panel.example.org/admin/avito/webhook/new",
                "https://panel.example.org/admin/avito/webhook/old",
            ],
        ),
        (
            {"WEBHOOK_URL": "http://127.0.0.1:8001/hook/old", "WEBHOOK_SECRET": "old"},
            ["http://127.0.0.1:8001/hook/new", "http://127.0.0.1:8001/hook/old"],
        ),
        ({"WEBHOOK_URL": "https://tunnel.example/x", "WEBHOOK_SECRET": "old"}, ["https://tunnel.example/x"]),
        ({"DOMAIN": "panel.example.org"}, []),
        ({"WEBHOOK_SECRET": "old"}, []),
    ],
    ids=["domain", "whole url", "url without our secret", "no secret", "no domain"],
)
def test_both_urls_are_ours(environ: dict[str, str], ours: list[str]) -> None:
    address = read_address(Environment(environ))

    assert list(address.proving(accepted(address.secrets, CHANGED, NOW)).ours) == ours
