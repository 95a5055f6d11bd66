"""What the worker reads of the environment."""

import hashlib
from dataclasses import dataclass, field

from shared.masking import host_of
from shared.redis.url_setting import read_url
from shared.settings import Environment, Logging, read_logging

WEBHOOK_PATH = "/admin/avito/webhook"
_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Keys:
    """The account at Avito."""

    client_id: str
    client_secret: str = field(repr=False)
    user_id: int

    @property
    def mark(self) -> str:
        """A short hash that tells other keys from these without revealing them."""
        told = f"{self.client_id} {self.client_secret} {self.user_id}"
        return hashlib.sha256(b"avito keys " + told.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class WebhookAddress:
    """Our public webhook: `url` as Avito gets it, `ours` every URL that counts as ours; '' unknown.

    `base`: the URL up to the secret, '' when it holds none of ours; `secrets`: the valid ones.
    """

    url: str = field(repr=False)
    ours: tuple[str, ...] = field(repr=False)
    base: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def proving(self, secrets: tuple[str, ...]) -> "WebhookAddress":
        """Return the address with these secrets, the one in use first."""
        if not self.base or not secrets:
            return self
        urls = tuple(f"{self.base}/{secret}" for secret in secrets)
        return WebhookAddress(urls[0], urls, self.base, secrets)

    def is_here(self, url: str) -> bool:
        """Tell whether a URL leads to us, also with a secret that is not valid any more."""
        return url in self.ours or bool(self.base and url.rpartition("/")[0] == self.base)


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days data is kept."""

    chats: float = 180.0
    dead: float = 30.0


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the worker's core needs; intervals in seconds."""

    keys: Keys
    address: WebhookAddress
    redis_url: str = field(repr=False)
    api_url: str
    calls_per_minute: int
    keep_messages: int
    kept: Retention
    poll_s: float
    sweep_s: float
    watch_s: float
    metrics_host: str
    metrics_port: int
    logging: Logging

    @property
    def demo(self) -> bool:
        """Whether Avito is a simulator on this machine, with made-up buyers."""
        return host_of(self.api_url) in _THIS_MACHINE


def read_settings(environment: Environment) -> Settings:
    """Read the settings of the core; the environment collects the faults."""
    return Settings(
        keys=Keys(
            environment.text("AVITO_CLIENT_ID"),
            environment.text("AVITO_CLIENT_SECRET"),
            environment.whole("AVITO_USER_ID", 1),
        ),
        address=read_address(environment),
        redis_url=read_url(environment),
        api_url=environment.web_address("AVITO_API_URL").rstrip("/"),
        calls_per_minute=environment.whole("AVITO_RPM", 1, 100_000),
        keep_messages=environment.whole("KEEP_MESSAGES", 1, 10_000_000),
        kept=Retention(environment.number("KEEP_DAYS", 1), environment.number("KEEP_DEAD_DAYS", 1)),
        poll_s=environment.number("POLL_INTERVAL_S", 0.1),
        sweep_s=environment.number("SWEEP_INTERVAL_S", 0.1),
        watch_s=environment.number("WATCH_INTERVAL_S", 0.1),
        metrics_host=environment.listening("WORKER_METRICS_HOST"),
        metrics_port=environment.port("WORKER_METRICS_PORT"),
        logging=read_logging(environment),
    )


def read_address(environment: Environment) -> WebhookAddress:
    """Work out the webhook URL: WEBHOOK_URL as it is, else DOMAIN and the secret; unknown without either."""
    explicit, domain = environment.web_address("WEBHOOK_URL"), environment.host("DOMAIN")
    given = [environment.optional(name) for name in ("WEBHOOK_SECRET", "WEBHOOK_SECRET_PREVIOUS")]
    known = tuple(secret for secret in given if secret)
    if not explicit:
        base = f"https://{domain}{WEBHOOK_PATH}" if domain else ""
        return WebhookAddress("", (), base).proving(known) if base and known else WebhookAddress("", ())
    base, _, last = explicit.rpartition("/")
    if last not in known:
        return WebhookAddress(explicit, (explicit,))
    others = tuple(secret for secret in known if secret != last)
    return WebhookAddress(explicit, (), base).proving((last, *others))
