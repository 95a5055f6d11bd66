"""Decides from the settings alone what to start."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from avito_live.runner import configuration
from shared.settings import VARIABLES, Environment, read_logging

_KEYS = ("AVITO_CLIENT_ID", "AVITO_CLIENT_SECRET", "AVITO_USER_ID")
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}  # noqa: S104 # read here, not bound


@dataclass(frozen=True, slots=True)
class Listener:
    """The host and port of a part; `variable` is the setting of its port."""

    part: str
    variable: str
    host: str
    port: int

    @property
    def url(self) -> str:
        """The URL of the part on this machine."""
        host = _LOOPBACK.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What `make run` starts. `redis_url` "": it starts a Redis as well."""

    demo: bool
    ingest: Listener
    gateway: Listener
    worker: Listener
    simulator: Listener
    redis_url: str

    @property
    def listeners(self) -> tuple[Listener, ...]:
        """All listeners whose ports must be free before anything starts."""
        return (self.gateway, self.ingest, self.worker, *((self.simulator,) if self.demo else ()))


def read_plan(values: Mapping[str, str]) -> RunPlan:
    """Decide what runs: the demo if no key of an Avito account is set.

    Raises SettingsError with all problems.
    """
    environment = Environment(values)
    demo = not any(values.get(name, "").strip() for name in _KEYS)
    for name, variable in VARIABLES.items():
        if values.get(name, "").strip() or (variable.default is None and not (demo and name in _KEYS)):
            environment.text(name)
    if not demo and values.get("AVITO_USER_ID", "").strip():
        environment.whole("AVITO_USER_ID", 1)
    if wrong := configuration.domain_problem(values.get("DOMAIN", "").strip()):
        environment.problems.append(wrong)
    read_logging(environment)
    plan = RunPlan(
        demo,
        _listener(environment, "ingest", "INGEST"),
        _listener(environment, "gateway", "GATEWAY"),
        _listener(environment, "worker", "WORKER_METRICS"),
        Listener("simulator", "SIM_PORT", "127.0.0.1", _simulator_port(environment)),
        values.get("REDIS_URL", "").strip(),
    )
    environment.problems = list(dict.fromkeys(environment.problems))
    environment.finish()
    return plan


def _listener(environment: Environment, part: str, prefix: str) -> Listener:
    port = f"{prefix}_PORT"
    return Listener(part, port, environment.text(f"{prefix}_HOST"), environment.port(port))


def _simulator_port(environment: Environment) -> int:
    text = environment.values.get("SIM_PORT", "").strip() or "8003"
    if re.fullmatch(r"[0-9]{1,5}", text) and int(text) <= 65535:
        return int(text)
    environment.problems.append(f"SIM_PORT must be a whole number from 0 to 65535, not {text!r}")
    return 0
