"""What only owners may do, and how quickly it takes effect."""

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import repeat
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from push_gateway.auth import sessions
from push_gateway.auth.staff import LONGEST_PASSWORD
from shared.redis import keys
from shared.wires import inbox
from testbed import USERNAME, System, until
from tests.push_gateway.panel import COLLEAGUES_PASSWORD, PATH, Panel, refusal
from tests.push_gateway.shared_by_module import module_panel, module_system
from tests.support import bare_http

pytestmark = pytest.mark.anyio
API = "api/owner"
system = module_system("gateway", TRUSTED_PROXIES="127.0.0.1")
owner = module_panel()


async def add(
    owner: Panel, name: str, role: str = "operator", password: str = COLLEAGUES_PASSWORD
) -> httpx2.Response:
    return await owner.post("owner/operators", name=name, password=password, role=role)


@asynccontextmanager
async def logged_in(owner: Panel, name: str, role: str = "operator") -> AsyncIterator[Panel]:
    """Add an operator and open the operator's browser."""
    assert (await add(owner, name, role)).status_code == 201
    async with Panel.at(owner.base) as panel:
        assert (await panel.log_in(name, COLLEAGUES_PASSWORD)).status_code == 303
        yield panel


OWNERS = [
    ("GET", "operators"),
    ("POST", "operators"),
    ("POST", "operators/olga/disable"),
    ("POST", "operators/olga/enable"),
    ("POST", "operators/olga/role"),
    ("POST", "operators/olga/password"),
    ("POST", "operators/olga/end-sessions"),
    ("GET", "sessions"),
    ("POST", "sessions/x/end"),
    ("GET", "tokens"),
    ("POST", "tokens"),
    ("POST", "tokens/x/revoke"),
    ("GET", "dead"),
    ("POST", "dead/redrive"),
    ("POST", "dead/1-1/redrive"),
    ("GET", "status"),
]


async def test_an_operator_manages_nothing(owner: Panel) -> None:
    async with logged_in(owner, "only-operator") as operator:
        for method, path in OWNERS:
            answer = await operator.http.request(method, f"{PATH}{API}/{path}", json={})
            assert refusal(answer) == (403, "forbidden"), path


async def test_managing_needs_a_session_and_our_own_page(owner: Panel) -> None:
    async with Panel.at(owner.base) as stranger:
        for method, path in OWNERS:
            answer = await stranger.http.request(method, f"{PATH}{API}/{path}", json={})
            assert refusal(answer) == (401, "no_session"), path
    for method, path in OWNERS:
        if method == "POST":
            evil = {"Origin": "https://evil.example"}
            answer = await owner.http.post(f"{PATH}{API}/{path}", json={}, headers=evil)
            assert refusal(answer) == (403, "foreign_origin"), path


async def test_an_added_operator_can_log_in_and_is_listed(owner: Panel) -> None:
    async with logged_in(owner, "Анна К.") as operator:
        await operator.get("api/chats")

        listed = await owner.get(f"{API}/operators")

    (anna,) = [one for one in listed["operators"] if one["name"] == "Анна К."]
    assert (anna["role"], anna["disabled"], anna["sessions"]) == ("operator", False, 1)
    assert listed["you"] == USERNAME
    assert "hash" not in str(listed)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": USERNAME, "password": COLLEAGUES_PASSWORD, "role": "operator"}, (409, "operator_exists")),
        ({"name": "a/b", "password": COLLEAGUES_PASSWORD, "role": "operator"}, (422, "bad_name")),
        ({"name": "x", "password": "short", "role": "operator"}, (422, "bad_password")),
        ({"name": "x", "password": "password123", "role": "operator"}, (422, "bad_password")),
        ({"name": "x", "password": "z" * 2000, "role": "operator"}, (422, "bad_password")),
        ({"name": "x", "password": COLLEAGUES_PASSWORD, "role": "king"}, (422, "bad_role")),
        ({"name": 5, "password": COLLEAGUES_PASSWORD, "role": "operator"}, (422, "bad_name")),
        ({}, (422, "bad_name")),
    ],
)
async def test_an_invalid_operator_is_refused_with_a_reason(
    owner: Panel, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert refusal(await owner.post("owner/operators", **body)) == expected


async def test_a_disabled_operator_is_out_at_once_everywhere_until_enabled(owner: Panel) -> None:
    async with logged_in(owner, "vera") as vera, vera.socket() as socket:
        await socket.read()

        assert (await owner.post("owner/operators/vera/disable")).status_code == 200

        assert await socket.close_code() == 4401
        assert (await vera.http.get(f"{PATH}api/chats")).status_code == 401
        assert (await vera.log_in("vera", COLLEAGUES_PASSWORD)).status_code == 401
        await owner.post("owner/operators/vera/enable")
        assert (await vera.log_in("vera", COLLEAGUES_PASSWORD)).status_code == 303


@pytest.mark.parametrize(("name", "sign"), [("long", "ab1"), ("wide", "ёж🦔")])
async def test_the_longest_password_that_can_be_set_logs_in(owner: Panel, name: str, sign: str) -> None:
    password = (sign * LONGEST_PASSWORD)[:LONGEST_PASSWORD]
    assert (await add(owner, name, password=password)).status_code == 201

    async with Panel.at(owner.base) as browser:
        assert (await browser.log_in(name, password)).status_code == 303


async def test_a_new_password_ends_the_sessions_of_the_old_one(owner: Panel) -> None:
    async with logged_in(owner, "ivan") as ivan, ivan.socket() as socket:
        await socket.read()

        await owner.post("owner/operators/ivan/password", password="another-Lamp-55")

        assert await socket.close_code() == 4401
        assert (await ivan.log_in("ivan", COLLEAGUES_PASSWORD)).status_code == 401
        assert (await ivan.log_in("ivan", "another-Lamp-55")).status_code == 303


async def chats_by(base: str, token: str) -> int:
    """How a program with this token fares."""
    async with httpx2.AsyncClient(base_url=base, trust_env=False, timeout=20) as program:
        bearer = {"Authorization": f"Bearer {token}"}
        return (await program.get(f"{PATH}api/chats", headers=bearer)).status_code


async def made_by(panel: Panel, name: str) -> str:
    answer = await panel.post("owner/tokens", name=name, scope="reply")
    assert answer.status_code == 201
    return str(answer.json()["token"])


@pytest.mark.parametrize(("path", "body"), [("disable", {}), ("role", {"role": "operator"})])
async def test_tokens_end_at_every_gateway_with_their_makers_right(
    owner: Panel, system: System, path: str, body: dict[str, Any]
) -> None:
    await system.start("gateway-2")
    other = system.url("gateway-2")
    async with logged_in(owner, f"boris-{path}", "owner") as boris:
        token = await made_by(boris, f"desk {path}")
        assert await chats_by(other, token) == 200
        listed = await owner.get(f"{API}/operators")
        assert [one["tokens"] for one in listed["operators"] if one["name"] == f"boris-{path}"] == [
            [f"desk {path}"]
        ]
        headers = {"Authorization": f"Bearer {token}"}
        async with boris.socket(base=other, origin=None, additional_headers=headers) as socket:
            await socket.read()

            answer = await owner.post(f"owner/operators/boris-{path}/{path}", **body)

            assert answer.json()["tokens_ended"] == [f"desk {path}"]
            assert await socket.close_code() == 4401

    async def is_out() -> bool:
        return await chats_by(other, token) == 401

    await until(is_out)
    await system.stop("gateway-2")


async def test_tokens_of_a_disabled_operator_can_be_kept(owner: Panel) -> None:
    async with logged_in(owner, "gleb", "owner") as gleb:
        token = await made_by(gleb, "warehouse")

    answer = await owner.post("owner/operators/gleb/disable", keep_tokens=True)

    assert answer.json()["tokens_ended"] == []
    await owner.post("owner/operators/gleb/password", password="another-Lamp-55")
    assert await chats_by(owner.base, token) == 200
    assert refusal(await owner.post("owner/operators/gleb/disable", keep_tokens="yes")) == (
        422,
        "bad_keep_tokens",
    )


async def test_a_new_role_takes_effect_at_the_next_call(owner: Panel) -> None:
    async with logged_in(owner, "lev", "owner") as lev:
        await lev.get(f"{API}/operators")

        await owner.post("owner/operators/lev/role", role="operator")

        assert (await lev.http.get(f"{PATH}{API}/operators")).status_code == 403


async def test_the_last_owner_stays(owner: Panel) -> None:
    assert refusal(await owner.post(f"owner/operators/{USERNAME}/disable")) == (409, "last_owner")
    assert refusal(await owner.post(f"owner/operators/{USERNAME}/role", role="operator")) == (
        409,
        "last_owner",
    )


async def test_sessions_are_listed_and_ended_one_by_one(owner: Panel, system: System) -> None:
    async with logged_in(owner, "oleg") as first, Panel.at(owner.base) as second:
        await second.log_in(
            "oleg", COLLEAGUES_PASSWORD, **{"User-Agent": "the other one", "X-Forwarded-For": "198.51.100.9"}
        )
        async with first.socket() as kept, second.socket() as socket:
            await kept.read()
            await socket.read()
            listed = (await owner.get(f"{API}/sessions"))["sessions"]
            (other,) = [one for one in listed if one["agent"] == "the other one"]
            assert (other["operator"], other["address"], other["current"]) == ("oleg", "198.51.100.9", False)

            assert (await owner.post(f"owner/sessions/{other['id']}/end")).status_code == 200

            assert await socket.close_code() == 4401
            assert (await second.http.get(f"{PATH}api/chats")).status_code == 401
            assert (await first.http.get(f"{PATH}api/chats")).status_code == 200
    assert refusal(await owner.post(f"owner/sessions/{other['id']}/end")) == (404, "unknown_session")


async def test_all_sessions_of_one_operator_end_together(owner: Panel) -> None:
    async with logged_in(owner, "nina") as nina:
        answer = await owner.post("owner/operators/nina/end-sessions")

        assert answer.json() == {"ended": 1}
        assert (await nina.http.get(f"{PATH}api/chats")).status_code == 401
    assert refusal(await owner.post("owner/operators/nobody/end-sessions")) == (404, "unknown_operator")


async def test_an_idle_session_ends_and_use_keeps_it(owner: Panel, system: System) -> None:
    async with logged_in(owner, "yana") as yana, system.redis as redis:
        listed = (await owner.get(f"{API}/sessions"))["sessions"]
        (digest,) = [one["id"] for one in listed if one["operator"] == "yana"]
        assert 0 < await redis.ttl(keys.session(digest)) <= sessions.IDLE_FOR
        await redis.expire(keys.session(digest), 5)

        await yana.get("api/chats")

        assert await redis.ttl(keys.session(digest)) > sessions.IDLE_FOR - 60


async def test_a_session_ends_after_a_month_even_if_it_is_used(owner: Panel, system: System) -> None:
    async with logged_in(owner, "zoya") as zoya, system.redis as redis, zoya.socket() as socket:
        await socket.read()
        listed = (await owner.get(f"{API}/sessions"))["sessions"]
        (digest,) = [one["id"] for one in listed if one["operator"] == "zoya"]

        await redis.execute_command("HSET", keys.session(digest), "created", "1000000000.0")

        assert await socket.close_code() == 4401
        assert (await zoya.http.get(f"{PATH}api/chats")).status_code == 401


@pytest.mark.parametrize(
    "letter_id", ["0-0", "00-000", "٣-٣", "1", "-", "1-1\n", "+", "18446744073709551616-0", "x" * 300]
)
async def test_what_is_no_id_of_a_dead_letter_is_refused(owner: Panel, letter_id: str) -> None:
    page = await owner.http.get(f"{PATH}{API}/dead", params={"before": letter_id})
    put_back = await owner.http.post(f"{PATH}{API}/dead/{quote(letter_id)}/redrive")

    assert refusal(page) == (422, "bad_cursor")
    assert refusal(put_back) == (404, "unknown_letter")


async def test_dead_letters_are_listed_with_their_reasons_and_put_back(owner: Panel, system: System) -> None:
    async with system.redis as redis:
        for number in range(60):
            fields = [
                *inbox.write(inbox.Webhook(b"junk %d" % number, 5.0)),
                b"reason",
                b"not JSON",
                b"at",
                b"6.0",
            ]
            await redis.execute_command("XADD", keys.DEAD, "*", *fields)

        packed = inbox.Webhook(gzip.compress(b"{words"), 5.0, b"gzip")
        letter = await redis.execute_command("XADD", keys.DEAD, "*", *inbox.write(packed))
        assert (await owner.get(f"{API}/dead"))["dead"][0]["body"] == "{words"
        await redis.xdel(keys.DEAD, letter)

        first = await owner.get(f"{API}/dead")
        rest = await owner.get(f"{API}/dead", before=first["next"])
        assert (first["count"], len(first["dead"]), len(rest["dead"]), rest["next"]) == (60, 50, 10, None)
        newest = first["dead"][0]
        assert (newest["body"], newest["reason"], newest["at"], newest["accepted"]) == (
            "junk 59",
            "not JSON",
            6,
            5,
        )
        assert (newest["outcome"], newest["count"]) == ("", 1)
        assert (await owner.post(f"owner/dead/{newest['id']}/redrive")).status_code == 200
        assert refusal(await owner.post(f"owner/dead/{newest['id']}/redrive")) == (404, "unknown_letter")
        assert (await owner.post("owner/dead/redrive")).json() == {"redriven": 59}

        bodies = [inbox.read(fields).body for _, fields in await redis.xrange(keys.INBOX)]
        assert bodies == [b"junk 59", *(b"junk %d" % number for number in range(59))]
        assert await redis.xlen(keys.DEAD) == 0
    assert refusal(await owner.http.get(f"{PATH}{API}/dead", params={"before": "x"})) == (422, "bad_cursor")


async def test_the_owner_sees_how_every_process_is(owner: Panel) -> None:
    async def no_sockets_left() -> bool:  # a heartbeat tells it, a quarter of a second later
        parts = (await owner.get(f"{API}/status"))["parts"]
        return [part["clients"] for part in parts["gateway"]] == [0]

    await until(no_sockets_left)
    whole = await owner.get(f"{API}/status")

    assert whole["status"]["gateways"] == 1
    assert (whole["switches"], whole["parts"]["worker"]) == ([], [])


async def test_every_change_is_logged_with_who_made_it_and_no_password(owner: Panel, system: System) -> None:
    await add(owner, "boris", password="never-Shown-7")
    await owner.post("owner/operators/boris/password", password="nor-This-One-8")

    log = system.part("gateway").log.read_text()
    assert "push_gateway.owner.added" in log
    assert "push_gateway.owner.password" in log
    for secret in ("never-Shown-7", "nor-This-One-8"):
        assert secret not in log


async def test_who_asks_too_often_through_a_proxy_is_told_when_to_come_back(owner: Panel) -> None:
    async with logged_in(owner, "hasty") as hasty:
        cookies = "; ".join(f"{name}={value}" for name, value in hasty.http.cookies.items())
        headers = {"Cookie": cookies, "X-Forwarded-For": "198.51.100.7"}
        asked = bare_http.request("GET", f"{hasty.base}{PATH}api/events", headers)

        answers = await bare_http.send(hasty.base, repeat(asked), until=429)
        answer = next(one for one in answers if one.status_code != 200)

        assert refusal(answer) == (429, "too_often")
        assert int(answer.headers["Retry-After"]) >= 1
        assert (await owner.http.get(f"{PATH}api/events")).status_code == 200
        metrics = (await owner.http.get("/metrics")).text
    assert 'avito_live_gateway_refusals_total{code="too_often"}' in metrics
