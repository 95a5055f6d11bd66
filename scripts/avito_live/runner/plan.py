"""Decides from the settings alone what to start."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from avito_live.runner.parts import KINDS, is_demo
from shared.redis.url_setting import read_url
from shared.settings import Environment

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


def read_plan(values: Mapping[str, str], problems: Sequence[str] = ()) -> RunPlan:
    """Decide what runs. `problems`: what is wrong with the settings of the services.

    Raises SettingsError with all problems.
    """
    demo, environment = is_demo(values), Environment(values, list(problems))
    hosts = {part: environment.listening(variable) for part, variable in _HOSTS.items()}
    ports = {part: environment.port(KINDS[part].port) for part in hosts}
    ports["simulator"] = _simulator_port(environment)
    redis_url = read_url(environment) if values.get("REDIS_URL", "").strip() else ""
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
