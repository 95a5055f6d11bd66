"""URLs of Sentinels."""

import pytest

from shared.redis import sentinel_url
from shared.redis.url_setting import read_url
from shared.settings import Environment

HOME = "redis+sentinel://h1:1,h2:2/main/3"


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        ("h1:1,h2", [("h1", 1), ("h2", 26379)]),
        ("[::1]:1,[fd00::2]", [("::1", 1), ("fd00::2", 26379)]),
        ("h1:1,[::1]:2", [("h1", 1), ("::1", 2)]),
    ],
)
def test_every_sentinel_is_named_by_host_and_port(hosts: str, expected: list[tuple[str, int]]) -> None:
    assert sentinel_url.parse(f"redis+sentinel://:s@{hosts}/main/0").hosts == expected


def test_credentials_master_and_database_are_read() -> None:
    parts = sentinel_url.parse("redis+sentinel://ann:p%40s@h1:1/main/3?ssl_ca_certs=/ca.pem")

    assert (parts.login, parts.master, parts.db) == ({"username": "ann", "password": "p@s"}, "main", 3)
    assert parts.options == {"ssl_ca_certs": "/ca.pem"}


def test_the_sentinels_have_a_login_of_their_own_from_the_settings() -> None:
    values = {"REDIS_URL": HOME, "REDIS_SENTINEL_USERNAME": "eye", "REDIS_SENTINEL_PASSWORD": "a/b@c?d e"}
    environment = Environment(values)

    url = read_url(environment)
    parts = sentinel_url.parse(url)

    assert environment.problems == []
    assert parts.sentinel_options == {"username": "eye", "password": "a/b@c?d e"}
    assert (parts.login, parts.options) == ({}, {})
    assert sentinel_url.with_sentinel_login(url, values) == url


@pytest.mark.parametrize(
    ("url", "of_redis", "of_sentinels"),
    [
        ("redis+sentinel://h/main/0", None, None),
        ("redis+sentinel://h/main/0?ssl=true&ssl_ca_certs=/ca.pem", "/ca.pem", None),
        ("rediss+sentinel://h/main/0?ssl_ca_certs=/ca.pem", "/ca.pem", "/ca.pem"),
    ],
)
def test_the_scheme_tells_who_is_spoken_to_by_tls(
    url: str, of_redis: str | None, of_sentinels: str | None
) -> None:
    parts = sentinel_url.parse(url)
    told = [
        (options.get("ssl"), options.get("ssl_ca_certs"))
        for options in (parts.options, parts.sentinel_options)
    ]

    assert told == [("true" if path else None, path) for path in (of_redis, of_sentinels)]
