"""Reads REDIS_URL and checks the files that it names, without redis-py: it is slow to import."""

from typing import Any
from urllib.parse import parse_qsl, unquote

from shared.redis import redis_url, sentinel_url, tls_files
from shared.settings import Environment


def read_url(environment: Environment) -> str:
    """Read REDIS_URL, with the login of the Sentinels; an invalid one is added to the problems."""
    given = environment.text("REDIS_URL")
    login = {name: environment.optional(name) for name in sentinel_url.LOGIN.values()}
    if problem := redis_url.problem(given) or _tls_problem(redis_url.normal(given)):
        environment.problems.append(problem)
    return sentinel_url.with_sentinel_login(given, login)


def _tls_problem(url: str) -> str:
    """Return what is wrong with the files and ciphers of TLS, '' for nothing."""
    options = _tls_options(url)
    return "" if options is None else tls_files.problem(options)


def _tls_options(url: str) -> dict[str, Any] | None:
    """Return the options as the connection gets them; None for one without TLS."""
    if sentinel_url.names_sentinels(url):
        options = sentinel_url.parse(url).options
        return options if "ssl" in options else None
    if not url.startswith("rediss:"):
        return None
    # redis-py decodes each value once more.
    return {name: unquote(value) for name, value in parse_qsl(url.partition("?")[2])}
