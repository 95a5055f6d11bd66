"""`.env` itself, and the commands that start this system, by how it was installed."""

import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from avito_live.doctor.rows import Row, row
from avito_live.runner import redis_address
from avito_live.runner.errors import NotRunningError
from avito_live.runner.folders import Folders
from avito_live.runner.redis_command import has_run

_UNITS = Path("/etc/systemd/system/avito-ingest.service")
_OTHER_REDIS = "systemctl start redis-server, or correct REDIS_URL"
_LEVERS = {
    "compose": ("make up", "make up"),
    "systemd": (
        "systemctl start avito-ingest avito-worker@1 avito-gateway@8000",
        "systemctl restart avito-ingest 'avito-worker@*' 'avito-gateway@*'",
    ),
    "run": ("make run", "Ctrl-C, make run"),
}


def judge(
    *,
    has_address: bool,
    modes: Mapping[str, int],
    problems: Iterable[str] = (),
    differences: int = 0,
    trusts_proxy: bool = True,
) -> list[Row]:
    """Return the rows of the settings. Pure.

    `modes`: the permissions of files with secrets that are open to others, else 0. `problems`: why a service
    would not start. `differences`: how many lines of `.env` others read otherwise. `trusts_proxy`: the gateway takes the word
    of the proxy before it for who asks.
    """
    rows = [row("settings_wrong", problem=problem) for problem in problems]
    if not has_address:
        rows.append(row("no_domain"))
    if differences:
        rows.append(row("env_differs", lines=differences))
    if not trusts_proxy:
        rows.append(row("proxy_untrusted"))
    rows += [row("secrets_readable", mode=f"{mode:o}", path=path) for path, mode in modes.items() if mode]
    return rows or [row("settings_given")]


def levers(
    values: Mapping[str, str], home: Path, *, demo: bool = False, units: Path = _UNITS
) -> dict[str, str]:
    """Return the commands that `start` and `restart` this system, and that start its Redis."""
    start, restart = _LEVERS[_installed(values, home, demo=demo, units=units)]
    has_own = not values.get("REDIS_URL", "").strip()
    return {"start": start, "restart": restart, "start_redis": restart if has_own else _OTHER_REDIS}


def trusts_proxy(values: Mapping[str, str], home: Path, url: str, units: Path = _UNITS) -> bool:
    """Tell whether a proxy that ends TLS before `make run` is trusted; units and compose file name theirs."""
    named = values.get("TRUSTED_PROXIES", "").strip()
    return bool(
        named or not url.startswith("https:") or _installed(values, home, demo=False, units=units) != "run"
    )


def _installed(values: Mapping[str, str], home: Path, *, demo: bool, units: Path) -> str:
    """Tell how it was installed, by what is on this machine: each `.env` of `make init` has COMPOSE_FILE."""
    with suppress(NotRunningError):
        if demo or redis_address.of_run(home) is not None:
            return "run"
    if units.exists():
        return "systemd"
    if has_run(Folders(home)) or shutil.which("docker", path=values.get("PATH")) is None:
        return "run"
    return "compose" if values.get("COMPOSE_FILE") else "run"
