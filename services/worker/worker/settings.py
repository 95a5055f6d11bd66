"""What the worker reads of the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from shared.settings import Environment, Logging, read_logging

WEBHOOK_PATH = "/admin/avito/webhook"
_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Keys:
    """The account at Avito."""

    client_id: str
    client_secret: str = field(repr=False)
    user_id: int


@dataclass(frozen=True, slots=True)
class Address:
    """Our public webhook: `url` as Avito is given it, `ours` every URL that counts as ours; '' unknown."""

    url: str = field(repr=False)
    ours: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the worker needs; intervals in seconds."""

    keys: Keys
    address: Address
    redis_url: str = field(repr=False)
    api_url: str
    calls_per_minute: int
    keep_messages: int
    poll_s: float
    sweep_s: float
    watch_s: float
    metrics_host: str
    metrics_port: int
    logging: Logging

    @property
    def demo(self) -> bool:
        """Whether Avito is a simulator on this machine: then buyers are made up."""
        return host_of(self.api_url) in _THIS_MACHINE


def from_environment(values: Mapping[str, str]) -> Settings:
    """Read it all; raises SettingsError that names every fault at once."""
    environment = Environment(values)
    settings = Settings(
        keys=Keys(
            environment.text("AVITO_CLIENT_ID"),
            environment.text("AVITO_CLIENT_SECRET"),
            environment.whole("AVITO_USER_ID", 1),
        ),
        address=read_address(environment),
        redis_url=environment.text("REDIS_URL"),
        api_url=environment.text("AVITO_API_URL").rstrip("/"),
        calls_per_minute=environment.whole("AVITO_RPM", 1, 100_000),
        keep_messages=environment.whole("KEEP_MESSAGES", 1, 10_000_000),
        poll_s=environment.number("POLL_INTERVAL_S", 0.1),
        sweep_s=environment.number("SWEEP_INTERVAL_S", 0.1),
        watch_s=environment.number("WATCH_INTERVAL_S", 0.1),
        metrics_host=environment.text("WORKER_METRICS_HOST"),
        metrics_port=environment.port("WORKER_METRICS_PORT"),
        logging=read_logging(environment),
    )
    environment.finish()
    return settings


def read_address(environment: Environment) -> Address:
    """Work out the webhook URL: WEBHOOK_URL as it is, else DOMAIN and the secret; unknown without either."""
    explicit = environment.values.get("WEBHOOK_URL", "").strip()
    domain = environment.values.get("DOMAIN", "").strip().strip("/")
    secrets = [
        environment.values.get(name, "").strip() for name in ("WEBHOOK_SECRET", "WEBHOOK_SECRET_PREVIOUS")
    ]
    known = [secret for secret in secrets if secret]
    if explicit:
        base = explicit.rpartition("/")[0] if known and explicit.endswith(tuple(known)) else ""
        return Address(explicit, (explicit, *(f"{base}/{secret}" for secret in known if base)))
    if domain and known:
        urls = tuple(f"https://{domain}{WEBHOOK_PATH}/{secret}" for secret in known)
        return Address(urls[0], urls)
    return Address("", ())


def host_of(url: str) -> str:
    """Return the host of a URL, to be named without its secret."""
    return urlsplit(url).hostname or "?"
