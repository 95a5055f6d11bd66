"""The settings of ingest, read from the environment. It needs no Avito keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shared.http import forwarded
from shared.redis.url_setting import read_url
from shared.settings import Environment, Logging, read_logging


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one ingest process. `secrets`: the current, and while it is changed the previous."""

    host: str
    port: int
    secrets: tuple[str, ...] = field(repr=False)
    redis_url: str = field(repr=False)
    spool: Path
    trusted: tuple[forwarded.Network, ...]
    logging: Logging


def read(values: Mapping[str, str]) -> Settings:
    """Read the environment; raises SettingsError that names every fault at once."""
    environment = Environment(values)
    given = (environment.text("WEBHOOK_SECRET"), environment.text("WEBHOOK_SECRET_PREVIOUS"))
    settings = Settings(
        host=environment.listening("INGEST_HOST"),
        port=environment.port("INGEST_PORT"),
        secrets=tuple(secret for secret in given if secret),
        redis_url=read_url(environment),
        spool=Path(environment.text("SPOOL_DIR")).absolute(),
        trusted=forwarded.read_trusted(environment),
        logging=read_logging(environment),
    )
    environment.finish()
    return settings
