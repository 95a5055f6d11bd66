"""The parts of the system as processes: command, environment, readiness URL."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace

from avito_live.runner.folders import Folders
from avito_live.runner.plan import Listener, RunPlan

# The account of the simulator; worthless at Avito.
SIMULATOR_KEYS = {
    "AVITO_CLIENT_ID": "sim-client",
    "AVITO_CLIENT_SECRET": "sim-secret",
    "AVITO_USER_ID": "301200100",
}
_SECRETS_OF_THE_WORKER = ("AVITO_CLIENT_ID", "AVITO_CLIENT_SECRET")


@dataclass(frozen=True, slots=True)
class Part:
    """One process. `ready_url` answers 200 once it is ready; `keeps_open`: descriptors that it inherits."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str]
    ready_url: str = ""
    keeps_open: tuple[int, ...] = ()


def environment(plan: RunPlan, folders: Folders, values: Mapping[str, str], redis_url: str) -> dict[str, str]:
    """Return the environment of the parts: the settings; in the demo the simulator takes Avito's place."""
    chosen = {**values, "REDIS_URL": redis_url, "PYTHONUNBUFFERED": "1"}
    for listener in plan.listeners:
        chosen[listener.variable] = str(listener.port)
    if plan.demo:
        chosen |= SIMULATOR_KEYS
        chosen["AVITO_API_URL"] = plan.simulator.url
        chosen["WEBHOOK_URL"] = f"{plan.ingest.url}/admin/avito/webhook/{values['WEBHOOK_SECRET'].strip()}"
        chosen["SPOOL_DIR"] = str(folders.data / "spool")
    return chosen


def simulator(plan: RunPlan, folders: Folders, values: Mapping[str, str]) -> Part:
    """Return the simulator, which is Avito in the demo; its state is in the demo's folder."""
    environ = {
        **values,
        **SIMULATOR_KEYS,
        "SIM_HOST": plan.simulator.host,
        "SIM_PORT": str(plan.simulator.port),
        "SIM_DEMO": "1",
        "SIM_STATE_FILE": str(folders.data / "simulator.json"),
        "PYTHONUNBUFFERED": "1",
    }
    return _python("simulator", "avito_simulator", environ, f"{plan.simulator.url}/livez")


def ingest(plan: RunPlan, environ: Mapping[str, str]) -> Part:
    """Return ingest, without Avito's keys."""
    return _service("ingest", "ingest", _without_keys(environ), plan.ingest)


def worker(plan: RunPlan, environ: Mapping[str, str]) -> Part:
    """Return the worker, the only service with Avito's keys."""
    return _service("worker", "worker", environ, plan.worker)


def gateway(plan: RunPlan, environ: Mapping[str, str]) -> Part:
    """Return the gateway, without Avito's keys."""
    return _service("gateway", "push_gateway", _without_keys(environ), plan.gateway)


def with_descriptor(part: Part, descriptor: int) -> Part:
    """Return the part with one more inherited descriptor."""
    return replace(part, keeps_open=(*part.keeps_open, descriptor))


def _service(name: str, module: str, environ: Mapping[str, str], listener: Listener) -> Part:
    return _python(name, module, environ, f"{listener.url}/readyz")


def _python(name: str, module: str, environ: Mapping[str, str], ready_url: str) -> Part:
    return Part(name, (sys.executable, "-m", module), environ, ready_url)


def _without_keys(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name not in _SECRETS_OF_THE_WORKER}
