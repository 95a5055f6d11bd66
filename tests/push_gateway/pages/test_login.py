"""Logging in and out."""

import time
import unicodedata
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Literal

import pytest

from push_gateway.auth import login_attempts, operators
from push_gateway.ws.socket_limiter import PER_SESSION
from shared.redis import keys
from testbed import PASSWORD, USERNAME, System, until
from tests.push_gateway.panel import PATH, Panel
from tests.push_gateway.processes import running
from tests.push_gateway.shared_by_module import module_system

pytestmark = pytest.mark.anyio
system = module_system("gateway", TRUSTED_PROXIES="127.0.0.1")
networks = count(1)


@pytest.fixture
async def stranger(system: System, anyio_backend: str) -> AsyncIterator[Panel]:
    """A browser that has not logged in, in a network of its own: failed logins are counted by it."""
    async with Panel.at(system.url("gateway")) as opened:
        opened.http.headers["X-Forwarded-For"] = f"10.0.{next(networks)}.1"
        yield opened


async def test_the_right_password_leads_to_the_panel_with_a_cookie_scripts_cannot_read(
    stranger: Panel,
) -> None:
    answer = await stranger.log_in()

    assert (answer.status_code, answer.headers["Location"]) == (303, PATH)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert (await stranger.http.get(PATH)).status_code == 200


async def test_behind_https_the_cookie_is_secure_and_browsers_stay_there(stranger: Panel) -> None:
    page = stranger.base.replace("http:", "https:")
    answer = await stranger.log_in(Origin=page, **{"X-Forwarded-Proto": "https"})

    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    ("name", "password"),
    [(USERNAME, "wrong"), ("nobody", PASSWORD), (USERNAME, ""), ("", ""), ("x" * 500, "y" * 5_000)],
)
async def test_every_wrong_login_gets_the_same_answer(stranger: Panel, name: str, password: str) -> None:
    answer = await stranger.log_in(name, password)

    assert answer.status_code == 401
    assert "Неверное имя или пароль." in answer.text
    assert "Set-Cookie" not in answer.headers


async def test_the_operators_language_is_spoken(stranger: Panel) -> None:
    for cookies in ("lang=en", "lang=de_DE; x=1;; lang=en; lang=ru"):
        stranger.http.headers["Cookie"] = cookies
        assert "Wrong name or password." in (await stranger.log_in("nobody", "x")).text


async def test_pages_lead_to_the_login_and_logging_out_ends_the_session(
    system: System, stranger: Panel
) -> None:
    answer = await stranger.http.get(PATH)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PATH}login")
    async with system.redis as redis:
        others = await redis.smembers(keys.sessions_of(USERNAME))
    await stranger.log_in()
    cookies = dict(stranger.http.cookies)

    await stranger.http.post(f"{PATH}logout")

    stranger.http.cookies.update(cookies)
    assert (await stranger.http.get(f"{PATH}api/chats")).status_code == 401
    async with system.redis as redis:
        assert await redis.smembers(keys.sessions_of(USERNAME)) == others


@pytest.mark.parametrize(
    "lines",
    [
        ['prefs={"a":1}; flag; avito_session=%s'],
        ["foo bar=1; a[b]=1; имя=я; x=1;; =y; avito_session=%s; p=(1)"],
        ["long=" + "x" * 12_000 + "; avito_session=%s"],
        [*(f"a{n}={n}" for n in range(180)), "avito_session=%s"],
        ["a=1", "avito_session=%s"],
        ["avito_session=%s", "a=1"],
        ["avito_session=%s; avito_session=stale"],
        ["avito_session=stale; avito_session=%s"],
    ],
)
async def test_the_session_is_valid_beside_any_other_cookies(stranger: Panel, lines: list[str]) -> None:
    await stranger.log_in()
    token = stranger.http.cookies["avito_session"]
    stranger.http.cookies.clear()
    cookies = [(b"Cookie", line.replace("%s", token).encode()) for line in lines]
    of_socket = [("Cookie", value.decode("latin-1")) for _, value in cookies]

    assert (await stranger.http.get(f"{PATH}api/chats", headers=cookies)).status_code == 200
    async with stranger.socket(additional_headers=of_socket) as socket:
        assert (await socket.read())["type"] == "hello"
    left = await stranger.http.post(f"{PATH}logout", headers=[*cookies, (b"Origin", stranger.base.encode())])
    assert left.status_code == 303
    assert (await stranger.http.get(f"{PATH}api/chats", headers=cookies)).status_code == 401


async def test_the_session_changes_at_each_login(stranger: Panel) -> None:
    await stranger.log_in()
    first = dict(stranger.http.cookies)
    await stranger.log_in()
    second = dict(stranger.http.cookies)

    assert first != second
    stranger.http.cookies.clear()
    stranger.http.cookies.update(first)
    assert (await stranger.http.get(f"{PATH}api/chats")).status_code == 401


async def test_neither_token_nor_password_is_stored_or_logged(system: System, stranger: Panel) -> None:
    await stranger.log_in()
    await stranger.log_in(USERNAME, "a-wrong-password")
    token = stranger.http.cookies["avito_session"]

    async with system.redis as redis:
        stored = b""
        for key in await redis.keys():
            dumped: bytes | None = await redis.execute_command("DUMP", key)
            stored += key + (dumped or b"")
    log = system.part("gateway").log.read_text()

    for secret in (token, PASSWORD, "a-wrong-password"):
        assert secret.encode() not in stored
        assert secret not in log


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "garbage"])
async def test_a_foreign_page_can_neither_log_in_nor_out(stranger: Panel, origin: str) -> None:
    assert (await stranger.log_in(Origin=origin)).status_code == 403
    await stranger.log_in()
    answer = await stranger.http.post(f"{PATH}logout", headers={"Origin": origin})

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "foreign_origin")
    assert (await stranger.http.get(f"{PATH}api/chats")).status_code == 200


async def test_a_write_without_an_origin_is_refused(stranger: Panel) -> None:
    del stranger.http.headers["Origin"]

    assert (await stranger.log_in()).status_code == 403


async def test_the_host_that_a_trusted_proxy_names_is_our_own(stranger: Panel) -> None:
    forwarded = {"Origin": "https://panel.example", "X-Forwarded-Host": "panel.example"}

    assert (await stranger.log_in(**forwarded)).status_code == 303


@pytest.mark.parametrize(("scheme", "taken"), [("https", True), ("http", False)])
async def test_a_page_by_plain_http_is_foreign_to_a_panel_by_https(
    stranger: Panel, scheme: str, taken: bool
) -> None:
    origin = f"{scheme}://panel.example"
    behind = {"X-Forwarded-Host": "panel.example", "X-Forwarded-Proto": "https"}
    await stranger.log_in()
    cookie = {"Cookie": stranger.cookie}

    async with stranger.socket(origin=origin, additional_headers=behind | cookie) as socket:
        if taken:
            assert (await socket.read())["type"] == "hello"
        else:
            assert await socket.close_code() == 4403
    assert (await stranger.log_in(Origin=origin, **behind)).status_code == (303 if taken else 403)


async def test_behind_a_proxy_that_is_not_declared_a_page_by_https_logs_in(stranger: Panel) -> None:
    """Only the browser knows then that the site is https, and that a page by plain HTTP is another one."""
    host = {"Host": "panel.example", "Origin": "https://panel.example", "Sec-Fetch-Site": "same-origin"}

    assert (await stranger.log_in(**host)).status_code == 303
    foreign = host | {"Origin": "http://panel.example", "Sec-Fetch-Site": "cross-site"}
    assert (await stranger.log_in(**foreign)).status_code == 403


@pytest.mark.parametrize(("name", "kept", "typed"), [("Андрей", "NFC", "NFD"), ("Сергей", "NFD", "NFC")])
async def test_an_operator_logs_in_with_the_name_in_any_unicode_form(
    system: System, stranger: Panel, name: str, kept: Literal["NFC", "NFD"], typed: Literal["NFC", "NFD"]
) -> None:
    made = operators.make_operator("x", PASSWORD, "operator", time.time())
    async with system.redis as redis:
        as_before = replace(made, name=unicodedata.normalize(kept, name))
        await operators.change(redis, lambda _: as_before)

    assert (await stranger.log_in(unicodedata.normalize(typed, name))).status_code == 303


async def test_an_address_has_a_limited_number_of_attempts(stranger: Panel) -> None:
    statuses = [
        (await stranger.log_in(f"name-{n}", "x", **{"X-Forwarded-For": "203.0.113.5"})).status_code
        for n in range(login_attempts.BY_ADDRESS + 1)
    ]

    assert statuses == [401] * login_attempts.BY_ADDRESS + [429]
    answer = await stranger.log_in(**{"X-Forwarded-For": "203.0.113.5"})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= login_attempts.WINDOW


async def test_guessing_a_name_slows_the_guesser_down_and_never_locks_the_operator_out(
    stranger: Panel,
) -> None:
    statuses = [
        (await stranger.log_in(USERNAME, "x", **{"X-Forwarded-For": f"192.0.2.{n}"})).status_code
        for n in range(login_attempts.BY_NAME + 1)
    ]

    assert statuses == [401] * login_attempts.BY_NAME + [429]
    assert (await stranger.log_in(**{"X-Forwarded-For": "198.51.100.7"})).status_code == 303


async def test_the_right_password_forgives_the_typos_before_it(stranger: Panel) -> None:
    for _ in range(2):
        for _ in range(login_attempts.BY_NAME - 1):
            await stranger.log_in(USERNAME, "typo")
        assert (await stranger.log_in()).status_code == 303


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"\xff\xfe", 400),
        (b"username=%ff&password=x", 400),
        (b"a=1&" * 100, 400),
        (b"x" * 20_000, 413),
        (b"", 400),
        (b"{}", 401),
    ],
    ids=["not text", "escapes that are not text", "many fields", "too big", "empty", "not a form"],
)
async def test_an_invalid_form_gets_a_clear_answer(stranger: Panel, body: bytes, status: int) -> None:
    answer = await stranger.http.post(f"{PATH}login", content=body)

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("charset", "status"),
    [
        ("; charset=utf-8", 401),
        (';Charset = "UTF-8"', 401),
        ("; charset=punycode", 400),
        ("; charset=utf-8; charset=utf-7", 400),
        ("; charset*0=utf; charset*1=-16", 400),
        ("; charset=", 400),
    ],
)
async def test_a_form_is_read_in_utf_8_alone(stranger: Panel, charset: str, status: int) -> None:
    headers = {"Content-Type": f"application/x-www-form-urlencoded{charset}"}
    answer = await stranger.http.post(f"{PATH}login", content=b"username=x&password=y", headers=headers)

    assert answer.status_code == status


async def test_the_first_operator_is_created_once_and_kept(tmp_path: Path, anyio_backend: str) -> None:
    async with running(tmp_path, "gateway") as system, Panel.at(system.url("gateway")) as stranger:
        await system.restart("gateway", ADMIN_USERNAME="another", ADMIN_PASSWORD="quite-Different-99")

        assert (await stranger.log_in("another", "quite-Different-99")).status_code == 401
        assert (await stranger.log_in()).status_code == 303


async def test_without_any_operator_readiness_says_so(tmp_path: Path, anyio_backend: str) -> None:
    async with running(tmp_path) as system:
        system.launch("gateway", ADMIN_USERNAME="", ADMIN_PASSWORD="")
        gateway = system.part("gateway")

        await until(lambda: "push_gateway.no_operator" in gateway.log.read_text())

        async with Panel.at(gateway.url) as panel:
            answer = await panel.http.get("/readyz")
        assert answer.status_code == 503
        assert "ADMIN_USERNAME" in answer.json()["operators"]


async def test_sockets_of_one_session_are_limited_except_from_this_machine(
    system: System, stranger: Panel
) -> None:
    await stranger.log_in()
    cookie = f"avito_session={stranger.http.cookies['avito_session']}"
    through_proxy = {"Cookie": cookie, "X-Forwarded-For": "198.51.100.7"}
    async with AsyncExitStack() as stack:
        for _ in range(PER_SESSION):
            socket = await stack.enter_async_context(stranger.socket(additional_headers=through_proxy))
            await socket.read()

        async with stranger.socket(additional_headers=through_proxy) as refused:
            assert await refused.close_code() == 4429
        async with stranger.socket() as direct:
            assert (await direct.read())["type"] == "hello"
