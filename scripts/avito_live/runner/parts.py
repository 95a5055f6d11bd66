"""The parts of the system as processes, for `make run`, the tests, chaos, fuzz and the benchmarks.

The first word of a part's name is its kind: `worker-2` is a second worker.
"""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.settings import Environment

# The account of the simulator; worthless at Avito.
SIMULATOR_KEYS = {
    "AVITO_CLIENT_ID": "sim-client",
    "AVITO_CLIENT_SECRET": "sim-secret",
    "AVITO_USER_ID": "301200100",
}
WEBHOOK_PATH = "/admin/avito/webhook/"
_SECRETS_OF_AVITO = ("AVITO_CLIENT_ID", "AVITO_CLIENT_SECRET")
_HOLD_THEM = ("worker", "simulator")
_LISTENING = re.compile(r"worker\.health\.listening\b.*?\bport\W+([0-9]+)")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of part: its module, the variable of its port, the path that answers 200 once it is ready."""

    module: str
    port: str
    ready: str = "/readyz"


KINDS = {
    "simulator": Kind("avito_simulator", "SIM_PORT", "/livez"),
    "ingest": Kind("ingest", "INGEST_PORT"),
    "worker": Kind("worker", "WORKER_METRICS_PORT"),
    "gateway": Kind("push_gateway", "GATEWAY_PORT"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One process. `ready_url`: see readiness.py; `keeps_open`: descriptors that it inherits.

    `explain` returns why it ended before it was ready from what it said, '' where that is unknown.
    """

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    ready_url: str = ""
    keeps_open: tuple[int, ...] = ()
    explain: Callable[[Sequence[str]], str] = lambda said: ""


def is_demo(values: Mapping[str, str]) -> bool:
    """Tell whether the demo runs: no key of an Avito account is set."""
    return not any(values.get(name, "").strip() for name in SIMULATOR_KEYS)


def chosen_demo(values: Mapping[str, str]) -> bool:
    """Tell whether the demo is meant. Raises SettingsError if only some of the account's keys are set."""
    environment, demo = Environment(values), is_demo(values)
    for name in () if demo else SIMULATOR_KEYS:
        environment.text(name)
    environment.finish()
    return demo


def kind_of(name: str) -> str:
    """Return the kind of a part."""
    return name.partition("-")[0]


def part(name: str, url: str, environ: Mapping[str, str]) -> Part:
    """Return a part that listens at `url`. Of the services only the worker gets Avito's keys."""
    kind = KINDS[kind_of(name)]
    hidden = () if kind_of(name) in _HOLD_THEM else _SECRETS_OF_AVITO
    given = {variable: value for variable, value in environ.items() if variable not in hidden}
    given |= {kind.port: str(urlsplit(url).port), "PYTHONUNBUFFERED": "1"}
    return Part(name, (sys.executable, "-m", kind.module), given, url + kind.ready)


def heard_url(url: str, line: str) -> str:
    """Return the URL with the port in this line of a log: a worker takes the next free one."""
    heard = _LISTENING.search(line)
    if heard is None:
        return url
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{heard[1]}").geturl()


def simulated(environ: Mapping[str, str], simulator: str, ingest: str) -> dict[str, str]:
    """Return the environment with the simulator in Avito's place; both are given as URLs."""
    return {
        **environ,
        **SIMULATOR_KEYS,
        "AVITO_API_URL": simulator,
        "WEBHOOK_URL": f"{ingest}{WEBHOOK_PATH}{environ['WEBHOOK_SECRET'].strip()}",
    }
