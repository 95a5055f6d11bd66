"""Each finding is made by facts that show it, and is gone once they are mended."""

import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from redis.exceptions import AuthenticationError, InvalidResponse, NoPermissionError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError

from avito_live.doctor import (
    avito_checks,
    certificate_checks,
    disk_checks,
    dns_checks,
    redis_checks,
    settings_checks,
    system_checks,
    webhook_checks,
    websocket_checks,
)
from avito_live.doctor.disk_checks import Disk
from avito_live.doctor.redis_checks import RedisFacts
from avito_live.doctor.rows import FINDINGS, Row
from avito_live.doctor.websocket_checks import HELD_S, SocketFacts
from avito_live.env_lines import lines_of
from avito_live.webhook_setup.probe import Answer
from shared.status import Vitals, judge
from tests.scripts.doctor import (
    test_certificates,
    test_doctor,
    test_proxies,
    test_redis,
    test_redis_certificates,
)
from worker.avito.errors import (
    AvitoError,
    BadKeys,
    Forbidden,
    NotFound,
    NotPaid,
    RateLimited,
    Unavailable,
    Untrusted,
)
from worker.avito.responses import AvitoAccount
from worker.sync.subscription.watcher import ListedUrls

Judged = Callable[[], Iterable[Row]]

URL, PUBLIC = "https://panel.example.org/x", ["93.184.216.34"]
INFO = {
    "run_id": "r",
    "redis_version": "8.0.2",
    "used_memory": 50,
    "maxmemory": 0,
    "aof_enabled": 1,
    "role": "master",
}
OURS = Answer(200, 12, is_ours=True)
LISTED = ListedUrls(proving=("https://panel.example.org/s",))
GIB = 1024**3
ALIVE: dict[str, Any] = {"version": "2.0", "files": 90, "most_files": 65_536}
LIVING: dict[Any, Any] = {part: {"one": ALIVE} for part in ("ingest", "worker", "gateway")}
STATUS: dict[str, Any] = {
    "mode": "webhook",
    "reason": None,
    "last_webhook_at": 900.0,
    "last_canary_at": 999.0,
    "inbox": {"waiting": 0, "oldest_s": None},
    "dead": 0,
    "spooled": 0,
    "avito": "ok",
    "sweep_error": None,
    "alarms": [],
}


def settings(
    *,
    modes: Mapping[str, int] = {"/x/.env": 0},
    text: str = "DOMAIN='a$b'\n",
    has_address: bool = True,
    problems: Iterable[str] = (),
    trusts_proxy: bool = True,
) -> Judged:
    return lambda: settings_checks.judge(
        has_address=has_address,
        modes=modes,
        problems=problems,
        differences=len(lines_of(text, ".env").differences),
        trusts_proxy=trusts_proxy,
    )


def redis(skew_s: float = 0.0, overcommit: str = "1", *, by_sentinel: bool = False, **info: Any) -> Judged:
    return lambda: redis_checks.judge(RedisFacts(INFO | info, skew_s, overcommit, by_sentinel))


def disk(free: int = 30 * GIB, inodes: int | None = 100_000) -> Judged:
    return lambda: disk_checks.judge([Disk("/var", 100 * GIB, free, inodes)])


def part(which: str, **facts: Any) -> Judged:
    return lambda: system_checks.judge_services(LIVING | {which: {"one": ALIVE | facts}}, "mark")


def services(**parts: Any) -> Judged:
    return lambda: system_checks.judge_services(LIVING | parts, "mark")


def status(*, wanted: bool | None = True, **facts: Any) -> Judged:
    return lambda: system_checks.judge_status(STATUS | facts, 1000.0, wanted=wanted)


def name(addresses: list[str], url: str = URL, *, silent: bool = False) -> Judged:
    return lambda: dns_checks.judge(url, addresses, meant=False, silent=silent)


def behind(answer: Answer | None) -> Judged:
    return lambda: dns_checks.judge_places({"93.184.216.34": OURS, "2001:db8::1": answer})


def webhook(**answer: Any) -> Judged:
    return lambda: [webhook_checks.judge(replace(Answer(404, 12), **answer))]


def websocket(**facts: Any) -> Judged:
    return lambda: [websocket_checks.judge(SocketFacts(**facts))]


def avito(error: AvitoError) -> Judged:
    return lambda: [avito_checks.trouble(error)]


def clock(skew_s: float | None) -> Judged:
    return lambda: [avito_checks.judge_clock(skew_s)]


def subscription(listed: ListedUrls = LISTED, *, wanted: bool | None = True, refused: bool = False) -> Judged:
    return lambda: [avito_checks.judge_subscription(listed, wanted=wanted, refused=refused)]


def texts(*said: bytes) -> Judged:
    return lambda: [avito_checks.judge_texts([*said])]


STUB = '{"text": "Перейдите на подписку с API мессенджера"}'.encode()
WELL: dict[str, Judged] = {
    "settings": settings(),
    "disk": disk(),
    "redis": redis(),
    "services": services(worker={"one": ALIVE | {"keys": "mark"}}),
    "status": status(),
    "dns": name(PUBLIC),
    "places": behind(OURS),
    "no route to it": behind(None),
    "webhook": webhook(status=200, is_ours=True),
    "body": lambda: webhook_checks.judge_body(OURS),
    "upgrade": lambda: webhook_checks.judge_upgrade(OURS),
    "upload": lambda: webhook_checks.judge_upload(b"HTTP/1.1 401 Unauthorized\r\n\r\n"),
    "an upload without an answer": lambda: webhook_checks.judge_upload(b""),
    "websocket": websocket(held_s=HELD_S),
    "websocket without a session": websocket(code=4401),
    "clock": clock(2.0),
    "subscription": subscription(),
    "subscription that is not wanted": subscription(ListedUrls(), wanted=False),
    "texts": texts(b'{"text": "hello"}', b"{}"),
    "polling that is wanted": status(mode="polling", wanted=False),
}
"""Facts of a system in which all is right; the ill ones below differ in one of them."""

ILL: dict[str, Judged] = {
    "settings_wrong": settings(problems=["SESSION_SECRET is missing"]),
    "proxy_untrusted": settings(trusts_proxy=False),
    "no_domain": settings(has_address=False),
    "env_differs": settings(text="DOMAIN=a$b\n"),
    "secrets_readable": settings(modes={"/x/.env": 0, "/x/secrets/*": 0o644}),
    "keys_changed": part("worker", keys="other"),
    "disk_full": disk(free=GIB // 10),
    "disk_nearly_full": disk(free=10 * GIB),
    "no_inodes": disk(inodes=10),
    "clock_off": clock(-300.0),
    "clock_unknown": clock(None),
    "redis_clock_off": redis(skew_s=60.0),
    "redis_away": lambda: [redis_checks.trouble(RedisConnectionError("Error 111"))],
    "redis_troubled": lambda: [redis_checks.trouble(ResponseError("DB index is out of range"))],
    "redis_refuses": lambda: [redis_checks.trouble(AuthenticationError("invalid username-password pair"))],
    "redis_forbids": lambda: [redis_checks.trouble(NoPermissionError("No permissions to access a key"))],
    "redis_foreign": lambda: [redis_checks.trouble(InvalidResponse("Protocol error"))],
    "redis_too_old": redis(redis_version="6.0.16"),
    "redis_old": redis(redis_version="6.2.14"),
    "redis_unknown": redis(dragonfly_version="df-1.2"),
    "aof_failing": redis(aof_last_write_status="err"),
    "memory_nearly_full": redis(used_memory=90, maxmemory=100),
    "overcommit": redis(overcommit="0"),
    "nothing_runs": services(ingest={}, worker={}, gateway={}),
    "part_missing": services(worker={}),
    "versions_differ": part("worker", version="1.9"),
    "files_few": part("gateway", most_files=1024),
    "files_nearly_gone": part("ingest", files=60_000),
    "inbox_late": status(inbox={"waiting": 3, "oldest_s": 60.0}),
    "spooled": status(spooled=4),
    "spool_failing": status(alarms=["spool_failing"]),
    "canary_late": status(last_canary_at=900.0),
    "dead_letters": status(dead=2),
    "url_wrong": name(PUBLIC, "ftp://panel.example.org/x"),
    "dns_missing": name([]),
    "dns_silent": name([], silent=True),
    "dns_loopback": name(["127.0.1.1"]),
    "dns_private": name(["10.0.0.7"]),
    "dns_some_private": name([*PUBLIC, "fd00::7"]),
    "dns_elsewhere": behind(Answer(200, 9)),
    "dns_address_silent": behind(Answer(None, 6000, error="ConnectTimeout")),
    "webhook_slow": webhook(status=200, is_ours=True, ms=2600),
    "webhook_silent": webhook(status=None, error="ConnectTimeout"),
    "websocket_silent": websocket(error="TimeoutError", silent=True),
    "token_refused": avito(BadKeys("token", status=200)),
    "account_differs": lambda: [avito_checks.judge_account(AvitoAccount(7, "Shop"), 8)],
    "not_paid": avito(NotPaid("chats", status=402)),
    "cannot_read": avito(Forbidden("self", status=403)),
    "avito_busy": avito(RateLimited("self", retry_after=30)),
    "avito_silent": avito(Unavailable("token", why="no answer in time")),
    "avito_untrusted": avito(Untrusted("token")),
    "avito_odd": avito(NotFound("self", status=404)),
    "stub": texts(b"{}", STUB),
    "calls_keys_refused": status(avito="keys refused"),
    "calls_keys_or_tariff": status(avito="keys or tariff"),
    "calls_not_paid": status(avito="not paid"),
    "calls_avito_untrusted": status(avito="certificate not trusted"),
    "calls_avito_down": status(avito="down since 900"),
    "list_unread": status(sweep_error="timeout"),
    "subscription_not_taken": subscription(refused=True),
    "secret_changed": subscription(ListedUrls(stale=("https://panel.example.org/old",)), refused=True),
    "subscription_stale": subscription(ListedUrls(stale=("https://panel.example.org/old",))),
    "subscription_other": subscription(ListedUrls(others=("https://crm.example/x",))),
    "subscription_none": subscription(ListedUrls()),
    "by_polling": status(mode="polling", reason="webhooks do not arrive"),
    "none_yet": status(last_webhook_at=None),
}

ELSEWHERE = {
    *test_certificates.ILL,
    *test_certificates.OTHERS,
    *test_proxies.ILL,
    *test_proxies.WEBSOCKETS,
    *test_redis.ILL,
    *test_redis.OTHERS,
    *test_redis_certificates.ILL,
    *test_doctor.MADE,
    "certificate_refused",  # below
}
"""The findings that tests of their own make with a real server."""


def not_right(judged: Judged) -> list[str]:
    return [row.name for row in judged() if row.state != "right"]


@pytest.mark.parametrize("facts", WELL)
def test_nothing_is_found_where_all_is_right(facts: str) -> None:
    assert not_right(WELL[facts]) == []


@pytest.mark.parametrize("finding", ILL)
def test_one_fault_is_one_finding(finding: str) -> None:
    assert not_right(ILL[finding]) == [finding]


def test_every_finding_is_made_by_a_test() -> None:
    assert set(ILL) | ELSEWHERE == {name for name, one in FINDINGS.items() if one.state != "right"}


@pytest.mark.parametrize(
    ("error", "finding"),
    [
        (Unavailable("token", status=503), "avito_odd"),
        (Unavailable("token", status=200, why="no token in it"), "avito_odd"),
    ],
)
def test_an_answer_that_is_none_of_avitos_is_no_fault_of_the_keys(error: AvitoError, finding: str) -> None:
    assert avito_checks.trouble(error).name == finding


def test_what_no_list_of_errors_names_is_refused_all_the_same() -> None:
    error = ssl.SSLError(1, "x")
    error.reason = "DH_KEY_TOO_SMALL"

    assert certificate_checks.judge_error(error, "h").name == "certificate_refused"


DEGRADED = {
    "inbox_age": (
        Vitals(True, 1, 1, "webhook", inbox_age=60.0),
        status(inbox={"waiting": 1, "oldest_s": 60.0}),
    ),
    "canary_age": (Vitals(True, 1, 1, "webhook", canary_age=100.0), status(last_canary_at=900.0)),
    "spooled": (Vitals(True, 1, 1, "webhook", spooled=1), status(spooled=1)),
    "polling": (Vitals(True, 1, 1, "polling", True), status(mode="polling")),
    "unread lists": (Vitals(True, 1, 1, "webhook", unread_lists=2), status(sweep_error="timeout")),
    "keys": (Vitals(True, 1, 1, "webhook", avito="keys refused"), status(avito="keys refused")),
    "no worker": (Vitals(True, 0, 1, "webhook"), services(worker={})),
    "spool": (Vitals(True, 1, 1, "webhook", alarms=("spool_failing",)), status(alarms=["spool_failing"])),
    "alarms": (
        Vitals(True, 1, 1, "webhook", alarms=("may_evict",)),
        redis(maxmemory=100, maxmemory_policy="x"),
    ),
}


@pytest.mark.parametrize("why", DEGRADED)
def test_what_the_status_calls_degraded_is_found_here_too(why: str) -> None:
    vitals, judged = DEGRADED[why]

    assert judge(vitals) != "ok"
    assert not_right(judged) != []
