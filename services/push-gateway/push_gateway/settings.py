"""What the push gateway needs of the environment. It holds no Avito keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from push_gateway.access import normal_origin
from shared import forwarded
from shared.settings import Environment, Logging, read_logging

SHORTEST_PASSWORD = 8
_KNOWN_TO_ALL = ("admin", "avito", "password", "qwerty", "letmein", "welcome", "secret", "123")


@dataclass(frozen=True, slots=True)
class Settings:
    """The gateway's settings, checked."""

    redis_url: str = field(repr=False)
    host: str
    port: int
    session_secret: bytes = field(repr=False)
    admin_username: str
    admin_password: str = field(repr=False)
    allowed_origins: frozenset[str]
    trusted_proxies: tuple[forwarded.Network, ...]
    logging: Logging


def read_settings(values: Mapping[str, str]) -> Settings:
    """Read the environment; raises SettingsError that names every fault."""
    environment = Environment(values)
    settings = Settings(
        redis_url=environment.text("REDIS_URL"),
        host=environment.text("GATEWAY_HOST"),
        port=environment.port("GATEWAY_PORT"),
        session_secret=environment.text("SESSION_SECRET").encode(),
        admin_username=environment.text("ADMIN_USERNAME"),
        admin_password=environment.text("ADMIN_PASSWORD"),
        allowed_origins=_origins(environment),
        trusted_proxies=_proxies(environment),
        logging=read_logging(environment),
    )
    environment.problems += _first_operator_problems(settings)
    environment.finish()
    return settings


def password_problem(password: str, username: str) -> str | None:
    """Return what is wrong with a new password, in plain words; None when nothing is."""
    if len(password) < SHORTEST_PASSWORD:
        return f"is shorter than {SHORTEST_PASSWORD} characters"
    if len(set(password)) < 3 or password.lower() == username.lower():
        return "is too easy to guess"
    rest = password.lower()
    for word in _KNOWN_TO_ALL:
        rest = rest.replace(word, "")
    if len(rest.strip("0123456789!.-_")) == 0:
        return "is one of those that everybody tries first"
    return None


def _first_operator_problems(settings: Settings) -> list[str]:
    username, password = settings.admin_username, settings.admin_password
    if not password:
        return ["ADMIN_PASSWORD is missing: ADMIN_USERNAME is given"] if username else []
    if not username:
        return ["ADMIN_USERNAME is missing: ADMIN_PASSWORD is given"]
    problem = password_problem(password, username)
    return [f"ADMIN_PASSWORD {problem}"] if problem else []


def _origins(environment: Environment) -> frozenset[str]:
    origins = environment.words("ALLOWED_ORIGINS")
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
            environment.problems.append(
                f"ALLOWED_ORIGINS must be like https://panel.example.com, not {origin!r}"
            )
    return frozenset(normal_origin(origin) for origin in origins)


def _proxies(environment: Environment) -> tuple[forwarded.Network, ...]:
    try:
        return forwarded.parse_trusted(environment.words("TRUSTED_PROXIES"))
    except ValueError as error:
        environment.problems.append(f"TRUSTED_PROXIES: {error}")
        return ()
