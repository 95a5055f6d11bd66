"""Reads REDIS_URL from the settings. redis-py, which is slow to import, is needed for TLS alone."""

from shared.redis import redis_url, sentinel_url
from shared.settings import Environment


def read_url(environment: Environment) -> str:
    """Read REDIS_URL, with the login of the Sentinels; an invalid one is added to the problems."""
    given = environment.text("REDIS_URL")
    login = {name: environment.optional(name) for name in sentinel_url.LOGIN.values()}
    if problem := redis_url.problem(given) or _problem_of_files(redis_url.normal(given)):
        environment.problems.append(problem)
    return sentinel_url.with_sentinel_login(given, login)


def _problem_of_files(url: str) -> str:
    """Return what is wrong with the files of TLS that a URL names, '' for nothing."""
    if not url.startswith("rediss") and "ssl=true" not in url:
        return ""
    from shared.redis import connection  # noqa: PLC0415 # see above

    return connection.tls_problem(url)
