"""Settings from the environment: every variable with meaning and default; all faults are named at once."""

import os
import re
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from shared import secret_files
from shared.hosts import ascii_host, ascii_url, is_address, is_name, is_web_address

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable. `default` None: the services that read it need a value."""

    name: str
    meaning: str
    default: str | None = ""
    secret: bool = False


VARIABLES: dict[str, Variable] = {
    variable.name: variable
    for variable in (
        Variable("AVITO_CLIENT_ID", "key of the Avito account (worker and scripts only)", None, secret=True),
        Variable("AVITO_CLIENT_SECRET", "its secret", None, secret=True),
        Variable("AVITO_USER_ID", "number of the Avito account", None),
        Variable("DOMAIN", "public host, no scheme: https://DOMAIN/admin/avito/"),
        Variable("WEBHOOK_SECRET", "unguessable last part of the webhook URL", None, secret=True),
        Variable("WEBHOOK_SECRET_PREVIOUS", "accepted as well while the secret is changed", secret=True),
        Variable("WEBHOOK_URL", "overrides the whole webhook URL (tests, tunnels)", secret=True),
        Variable("AVITO_API_URL", "where Avito's API is", "https://api.avito.ru"),
        Variable("AVITO_RPM", "calls to Avito a minute, all workers together", "300"),
        Variable(
            "REDIS_URL",
            "redis://, rediss://, unix:// or redis+sentinel://h1:p,h2:p/master/db",
            "redis://127.0.0.1:6379/0",
            secret=True,
        ),
        Variable("REDIS_SENTINEL_USERNAME", "login at the Sentinels, where they ask for one"),
        Variable("REDIS_SENTINEL_PASSWORD", "its password", secret=True),
        Variable("INGEST_HOST", "where ingest listens", "127.0.0.1"),
        Variable("INGEST_PORT", "its port", "8001"),
        Variable("GATEWAY_HOST", "where the push gateway listens", "127.0.0.1"),
        Variable("GATEWAY_PORT", "its port", "8000"),
        Variable("WORKER_METRICS_HOST", "where the worker's health and metrics listen", "127.0.0.1"),
        Variable("WORKER_METRICS_PORT", "the worker's health and metrics; taken: the next free one", "8002"),
        Variable("ADMIN_USERNAME", "first operator (owner), created when there is none"),
        Variable("ADMIN_PASSWORD", "the first operator's password", secret=True),
        Variable("SESSION_SECRET", "protects the stored sessions", None, secret=True),
        Variable("ALLOWED_ORIGINS", "extra origins of the panel, separated by commas"),
        Variable("TRUSTED_PROXIES", "addresses or networks whose X-Forwarded-* count, separated by commas"),
        Variable("SPOOL_DIR", "where webhooks wait while Redis is away", "./var/spool"),
        Variable("KEEP_MESSAGES", "messages kept of each chat", "200"),
        Variable("KEEP_DAYS", "days that a chat is kept after its last message", "180"),
        Variable("KEEP_DEAD_DAYS", "days that a dead letter is kept", "30"),
        Variable("POLL_INTERVAL_S", "seconds between sweeps while polling", "30"),
        Variable("SWEEP_INTERVAL_S", "seconds between safety sweeps while the webhook works", "300"),
        Variable("WATCH_INTERVAL_S", "seconds between checks of the subscription", "60"),
        Variable("TELEGRAM_BOT_TOKEN", "bot that alerts the owner", secret=True),
        Variable("TELEGRAM_CHAT_ID", "chat that it alerts"),
        Variable("TELEGRAM_FORWARD_CHAT_ID", "chat that buyers' new messages are forwarded to; empty: none"),
        Variable("TELEGRAM_API_URL", "where Telegram's bot API is", "https://api.telegram.org"),
        Variable("SECRETS_DIR", "folder of secrets, each in a file that is named as its variable"),
        Variable("LOG_FORMAT", "text or json", "text"),
        Variable("LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR", "INFO"),
        Variable("COMPOSE_FILE", "what docker compose runs, from the project's folder"),
        Variable("REDIS_PASSWORD", "of the Redis that docker compose runs", secret=True),
        Variable("REDIS_MAXMEMORY", "its memory", "512mb"),
        Variable("REDIS_IMAGE", "its image: of Valkey or Redis", "valkey/valkey:9.1-alpine"),
        Variable("GRAFANA_PASSWORD", "of Grafana's `admin`, in the profile `monitoring`", secret=True),
    )
}

RETIRED = ("SIGNATURE_KEY",)
"""Variables that a version before read."""

_WHOLE = re.compile(r"-?[0-9]{1,19}")
_NUMBER = re.compile(r"-?([0-9]{1,19}\.?[0-9]*|\.[0-9]+)")
"""Without the underscores and the digits of other scripts that Python reads."""
_PLACEHOLDER = re.compile(
    r"change[-_ ]?me|replace[-_ ]?me|placeholder|^your[-_ ]|^<.*>$|^x{3,}$|^\.{3}$|^(todo|none|null)$",
    re.IGNORECASE,
)


class SettingsError(Exception):
    """The environment has faults: one line for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(slots=True)
class Environment:
    """Reads variables and collects what is wrong; `finish` names all of it at once."""

    values: Mapping[str, str]
    problems: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        """Return the value, or the default; a variable without a default must be given."""
        variable = VARIABLES[name]
        value = self.optional(name)
        if not value and variable.default is None:
            self.problems.append(f"{name} is missing: {variable.meaning}")
        return value or variable.default or ""

    def optional(self, name: str) -> str:
        """Return the value of an optional variable, '' for none."""
        value = self.values.get(name, "").strip()
        if _PLACEHOLDER.search(value):
            self.problems.append(f"{name} still has its placeholder value: {VARIABLES[name].meaning}")
        return value

    def host(self, name: str) -> str:
        """Return a public host in ASCII, with its port if it has one, '' for none."""
        value = self.optional(name)
        host, colon, port = ascii_host(value).partition(":")
        is_port = re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65_536
        if value and not (is_name(host) and (is_port or not colon)):
            self.problems.append(
                f"{name} must be a host alone, such as panel.example.org "
                f"(no scheme, no path, no dot at its end), not {value!r}"
            )
        return ascii_host(value)

    def listening(self, name: str) -> str:
        """Return the address or name on which a service listens; brackets around one of IPv6 are dropped."""
        value = self.text(name)
        host = value[1:-1] if value.startswith("[") and value.endswith("]") else value
        if not (is_address(host) or is_name(host)):
            self.problems.append(
                f"{name} must be an address of this machine, such as 127.0.0.1, 0.0.0.0 or ::, not {value!r}"
            )
        return host

    def web_address(self, name: str) -> str:
        """Return an http or https address, '' for none."""
        value = ascii_url(self.text(name))
        if value and not is_web_address(value):
            shown = "" if VARIABLES[name].secret else f", not {value!r}"
            self.problems.append(f"{name} must be an address like https://panel.example.org{shown}")
            return ""
        return value

    def whole(self, name: str, low: int = 0, high: int = 2**63 - 1) -> int:
        """Return a whole number within bounds."""
        return int(self._number(name, low, high, whole=True))

    def number(self, name: str, low: float = 0.0, high: float = 1e9) -> float:
        """Return a number within bounds."""
        return self._number(name, low, high, whole=False)

    def port(self, name: str) -> int:
        """Return a TCP port."""
        if is_of_kubernetes(value := self.optional(name)):
            self.problems.append(
                f"{name} is {value!r}, which Kubernetes sets in every pod for a Service of that name: "
                "give the port, or set `enableServiceLinks: false`"
            )
            return 0
        return self.whole(name, 0, 65535)

    def words(self, name: str) -> tuple[str, ...]:
        """Return the items of a list separated by commas."""
        return tuple(part.strip() for part in self.text(name).split(",") if part.strip())

    def choice(self, name: str, *allowed: str) -> str:
        """Return one of the allowed words, in any case."""
        value = self.text(name)
        for word in allowed:
            if value.lower() == word.lower():
                return word
        self.problems.append(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
        return allowed[0]

    def finish(self) -> None:
        """Raise SettingsError when anything was wrong, with each fault once."""
        if self.problems:
            raise SettingsError(list(dict.fromkeys(self.problems)))

    def _number(self, name: str, low: float, high: float, *, whole: bool) -> float:
        value = self.text(name)
        if not value:
            return low
        form = _WHOLE if whole else _NUMBER
        number = (int if whole else float)(value) if form.fullmatch(value) else None
        if number is None or not low <= number <= high:
            kind = "a whole number" if whole else "a number"
            self.problems.append(f"{name} must be {kind} from {low:g} to {high:g}, not {value!r}")
            return low
        return number


def is_of_kubernetes(port: str) -> bool:
    """Tell whether a port is what Kubernetes sets in every pod for a Service, such as tcp://10.0.0.1:80."""
    return re.match(r"(tcp|udp|sctp)://", port) is not None


def retired(values: Mapping[str, str]) -> list[str]:
    """Return the variables that are set and read no more."""
    return [name for name in RETIRED if values.get(name, "").strip()]


@dataclass(frozen=True, slots=True)
class Logging:
    """How a process logs: `format` text or json."""

    format: str
    level: str


def read_logging(environment: Environment) -> Logging:
    """Read LOG_FORMAT and LOG_LEVEL."""
    return Logging(
        environment.choice("LOG_FORMAT", "text", "json"),
        environment.choice("LOG_LEVEL", "DEBUG", "INFO", "WARNING", "ERROR"),
    )


def with_files(values: Mapping[str, str]) -> dict[str, str]:
    """Return the values, and where they are blank those of secret_files. Raises SettingsError."""
    found, problems = secret_files.read(values, VARIABLES)
    if problems:
        raise SettingsError(problems)
    return {**values, **{name: text for name, text in found.items() if not values.get(name, "").strip()}}


def take_no_arguments(program: str, about: str | None) -> None:
    """End the process if it was given arguments: with exit code 0 after --help, else with 2."""
    end = "It takes its settings from the environment, see .env.example."
    ArgumentParser(program, description=about, epilog=end).parse_args()


def read_or_exit(read: Callable[[Mapping[str, str]], T]) -> T:
    """Read environment and secret_files; faults end the process: a line each, exit code 2, no traceback."""
    try:
        return read(with_files(os.environ))
    except SettingsError as error:
        for problem in error.problems:
            sys.stderr.write(f"settings: {problem}\n")
        sys.exit(2)
