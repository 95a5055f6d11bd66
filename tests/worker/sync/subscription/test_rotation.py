"""Which secrets are valid, and which URLs are ours, during a rotation."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from shared.accounts.webhook_secrets import Rotation, accepted_secrets, load, read, restore, rotate, save
from shared.settings import Environment
from worker.settings import read_address

NOW = 1_757_400_000.0
CHANGED = Rotation("new", "old", NOW + 86_400)


def test_for_a_day_both_secrets_are_valid_and_the_new_one_is_in_use() -> None:
    assert accepted_secrets(("old",), CHANGED, NOW) == ("new", "old")


def test_after_a_day_the_old_secret_ends_in_a_service_that_was_never_restarted() -> None:
    assert accepted_secrets(("old",), CHANGED, NOW + 86_401) == ("new",)


def test_after_a_day_the_old_secret_ends_although_env_still_names_it() -> None:
    assert accepted_secrets(("new", "old"), CHANGED, NOW + 86_401) == ("new",)


def test_an_earlier_rotation_does_not_affect_a_secret_set_by_hand() -> None:
    assert accepted_secrets(("by hand",), CHANGED, NOW) == ("by hand",)


def test_a_rotation_that_was_undone_leaves_the_old_secret_valid() -> None:
    assert accepted_secrets(("old",), Rotation("old", "new", 0.0), NOW) == ("old",)


def test_a_service_that_was_never_restarted_follows_every_later_rotation() -> None:
    second = rotate(replace(CHANGED, until=NOW), "new", "newer", NOW)
    third = rotate(second, "newer", "newest", NOW + 100_000)

    assert accepted_secrets(("old",), second, NOW) == ("newer", "new")
    assert accepted_secrets(("new", "old"), second, NOW) == ("newer", "new")
    assert accepted_secrets(("old",), third, NOW + 100_000) == ("newest", "newer")


def test_the_settings_win_over_an_earlier_rotation() -> None:
    old_change = replace(CHANGED, current="b", previous="a", until=NOW - 30 * 86_400)

    assert accepted_secrets(("c", "b"), old_change, NOW) == ("c", "b")
    assert accepted_secrets(("c", "b"), replace(old_change, until=NOW + 1), NOW) == ("c", "b")


def test_a_secret_put_back_by_hand_in_front_of_the_one_that_replaced_it_is_in_use() -> None:
    assert accepted_secrets(("old", "new"), CHANGED, NOW + 86_401) == ("old", "new")


def test_another_secret_that_the_settings_name_stays_valid() -> None:
    assert accepted_secrets(("old", "of a partner"), CHANGED, NOW) == ("new", "old", "of a partner")


def test_a_record_of_the_previous_version_is_read() -> None:
    assert read({b"current": b"new", b"previous": b"old", b"until": b"1.5"}) == Rotation("new", "old", 1.5)


SECRETS = st.lists(st.integers(0, 9_999).map("secret-{}".format), min_size=2, max_size=9, unique=True)


@given(SECRETS, st.data())
def test_the_secret_in_use_is_valid_and_retired_ones_are_not_whenever_a_service_started(
    secrets: list[str], data: st.DataObject
) -> None:
    """Some rotations, each a day or more after the one before; a service started at any time between."""
    record, now = None, NOW
    for old, new in pairwise(secrets):
        now += data.draw(st.floats(86_400, 1e7))
        record = rotate(record, old, new, now)
    started = data.draw(st.integers(0, len(secrets) - 1))
    own = tuple(secrets[started::-1][:2])

    within, after = accepted_secrets(own, record, now + 86_399), accepted_secrets(own, record, now + 86_401)

    assert within == (secrets[-1], secrets[-2])
    assert after == (secrets[-1],)


@given(SECRETS, st.lists(st.text(min_size=1), min_size=1, max_size=2), st.floats(0, 1e10))
def test_a_secret_that_no_rotation_names_is_always_valid(
    secrets: list[str], own: list[str], now: float
) -> None:
    record = None
    for old, new in pairwise(secrets):
        record = rotate(record, old, new, NOW)
    settings = (f"by hand {own[0]}", *own[1:])

    assert accepted_secrets(settings, record, now) == settings


@given(st.dictionaries(st.sampled_from([b"current", b"previous", b"until"]), st.binary(max_size=8)))
def test_an_unreadable_record_is_none(fields: dict[bytes, bytes]) -> None:
    rotation = read(fields)

    assert rotation is None or isinstance(rotation, Rotation)


@pytest.mark.anyio
async def test_a_rotation_is_read_as_it_was_written(real_redis: Redis) -> None:
    assert await load(real_redis) is None

    await save(real_redis, CHANGED)

    assert await load(real_redis) == CHANGED


@pytest.mark.anyio
async def test_undoing_a_rotation_restores_the_record_before_it(real_redis: Redis) -> None:
    for before in (None, Rotation("b", "a", 5.0, ("0123456789ab",))):
        await restore(real_redis, before)
        await save(real_redis, rotate(before, "b", "c", NOW))

        await restore(real_redis, before)

        assert await load(real_redis) == before


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

    assert list(address.proving(accepted_secrets(address.secrets, CHANGED, NOW)).ours) == ours
