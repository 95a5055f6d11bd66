"""`.env` itself, and the commands that start this system, by how it was installed."""

from collections.abc import Mapping
from pathlib import Path

from avito_live.doctor.rows import Row, row

_OTHERS = 0o007
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


def judge(*, has_address: bool, path: Path, mode: int | None) -> list[Row]:
    """Return the rows of the settings. `mode`: the permissions of `.env`, None where there is none. Pure."""
    rows = [] if has_address else [row("no_domain")]
    if mode is not None and mode & _OTHERS:
        rows.append(row("env_readable", mode=f"{mode:o}", path=str(path)))
    return rows or [row("settings_given")]


def permissions(path: Path) -> int | None:
    """Return the permissions of a file, None where there is none."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return None


def levers(values: Mapping[str, str], units: Path = _UNITS) -> dict[str, str]:
    """Return the commands that `start` and `restart` this system, and that start its Redis."""
    kind = "compose" if values.get("COMPOSE_FILE") else "systemd" if units.exists() else "run"
    start, restart = _LEVERS[kind]
    has_own = not values.get("REDIS_URL", "").strip()
    return {"start": start, "restart": restart, "start_redis": restart if has_own else _OTHER_REDIS}
