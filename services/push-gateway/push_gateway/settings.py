"""The gateway's settings, read from the environment. There are no Avito keys among them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from push_gateway.auth.access import normal_origin
from push_gateway.auth.staff import name_problem, password_problem
from shared.hosts import ascii_url, is_web_address
from shared.http import forwarded
from shared.redis.url_setting import read_url
from shared.settings import Environment, Logging, read_logging


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
        redis_url=read_url(environment),
        host=environment.listening("GATEWAY_HOST"),
        port=environment.port("GATEWAY_PORT"),
        session_secret=environment.text("SESSION_SECRET").encode(),
        admin_username=environment.text("ADMIN_USERNAME"),
        admin_password=environment.text("ADMIN_PASSWORD"),
        allowed_origins=_origins(environment),
        trusted_proxies=forwarded.read_trusted(environment),
        logging=read_logging(environment),
    )
    environment.problems += _first_operator_problems(settings)
    environment.finish()
    return settings


def _first_operator_problems(settings: Settings) -> list[str]:
    username, password = settings.admin_username, settings.admin_password
    if not password:
        return ["ADMIN_PASSWORD is missing: ADMIN_USERNAME is given"] if username else []
    if not username:
        return ["ADMIN_USERNAME is missing: ADMIN_PASSWORD is given"]
    problems = {
        "ADMIN_USERNAME": name_problem(username),
        "ADMIN_PASSWORD": password_problem(password, username),
    }
    return [f"{name} {problem}" for name, problem in problems.items() if problem]


def _origins(environment: Environment) -> frozenset[str]:
    origins = environment.words("ALLOWED_ORIGINS")
    for origin in origins:
        if not is_web_address(origin) or urlsplit(origin).path.strip("/"):
            environment.problems.append(
                f"ALLOWED_ORIGINS must be like https://panel.example.com, not {origin!r}"
            )
    return frozenset(normal_origin(ascii_url(origin)) for origin in origins)
