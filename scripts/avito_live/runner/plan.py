"""Decides from the settings alone what to start."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from avito_live.runner.parts import KINDS, SIMULATOR_KEYS
from shared.redis import connection
from shared.settings import VARIABLES, Environment, read_logging

_HOSTS = {"gateway": "GATEWAY_HOST", "ingest": "INGEST_HOST", "worker": "WORKER_METRICS_HOST"}
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104 # read here, not bound


@dataclass(frozen=True, slots=True)
class Listener:
    """The host and port of a part."""

    part: str
    host: str
    port: int

    @property
    def url(self) -> str:
        """The URL of the part on this machine."""
        host = _LOOPBACK.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What `make run` starts: parts by their names. `redis_url` "": it starts a Redis as well."""

    demo: bool
    listeners: Mapping[str, Listener]
    redis_url: str

    def url(self, part: str) -> str:
        """Return the URL of a part."""
        return self.listeners[part].url


def is_demo(values: Mapping[str, str]) -> bool:
    """Tell whether `make run` is the demo: no key of an Avito account is set."""
    return not any(values.get(name, "").strip() for name in SIMULATOR_KEYS)


def read_plan(values: Mapping[str, str]) -> RunPlan:
    """Decide what runs. Raises SettingsError with all problems."""
    environment = Environment(values)
    demo = is_demo(values)
    for name, variable in VARIABLES.items():
        if values.get(name, "").strip() or (
            variable.default is None and not (demo and name in SIMULATOR_KEYS)
        ):
            environment.text(name)
    if not demo and values.get("AVITO_USER_ID", "").strip():
        environment.whole("AVITO_USER_ID", 1)
    environment.host("DOMAIN")
    read_logging(environment)
    hosts = {part: environment.text(variable) for part, variable in _HOSTS.items()}
    ports = {part: environment.port(KINDS[part].port) for part in hosts}
    ports["simulator"] = _simulator_port(environment)
    redis_url = connection.read_url(environment) if values.get("REDIS_URL", "").strip() else ""
    environment.finish()
    if demo:
        hosts["simulator"] = "127.0.0.1"
    listeners = {part: Listener(part, host, ports[part]) for part, host in hosts.items()}
    return RunPlan(demo, listeners, redis_url)


def _simulator_port(environment: Environment) -> int:
    text = environment.values.get("SIM_PORT", "").strip() or "8003"
    if re.fullmatch(r"[0-9]{1,5}", text) and int(text) <= 65535:
        return int(text)
    environment.problems.append(f"SIM_PORT must be a whole number from 0 to 65535, not {text!r}")
    return 0
