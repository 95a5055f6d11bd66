"""How this system was installed, by what is on this machine, and the commands that start it."""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import Literal, TypeAlias

from redis.asyncio import ConnectionPool

from avito_live import PROJECT
from avito_live.runner import redis_address
from avito_live.runner.errors import NotRunningError
from avito_live.runner.folders import Folders
from avito_live.runner.redis_cli import redis_cli

Way: TypeAlias = Literal["run", "compose", "container", "kubernetes", "systemd"]
"""`container`: one of compose, from within."""

_UNIT = "etc/systemd/system/avito-ingest.service"
_IMAGE = "srv/avito-live/scripts"
_ROLL_OUT = "kubectl rollout restart statefulset,deployment"
_OTHER_REDIS = "systemctl start redis-server, or correct REDIS_URL"
_LEVERS: dict[Way, tuple[str, str, str]] = {
    "run": ("make run", "Ctrl-C, make run", "Ctrl-C, make run"),
    "compose": ("make up", "make up", "make up"),
    "container": ("make up", "make up", "make up"),
    "kubernetes": (_ROLL_OUT, _ROLL_OUT, "kubectl get pods, or correct REDIS_URL"),
    "systemd": (
        "systemctl start avito-ingest avito-worker@1 avito-gateway@8000",
        "systemctl restart avito-ingest 'avito-worker@*' 'avito-gateway@*'",
        _OTHER_REDIS,
    ),
}


def way(
    values: Mapping[str, str],
    home: Path,
    *,
    demo: bool = False,
    root: Path = Path("/"),
    is_checkout: bool = (PROJECT / "Makefile").exists(),
) -> Way:
    """Tell how it was installed, by what is below `root`.

    Each `.env` of `make init` has COMPOSE_FILE; what it names is in a checkout alone.
    """
    with suppress(NotRunningError):
        if demo or redis_address.of_run(home) is not None:
            return "run"
    if (root / _UNIT).exists():
        return "systemd"
    if has_run(Folders(home)):
        return "run"
    if not is_checkout and values.get("KUBERNETES_SERVICE_HOST"):
        return "kubernetes"
    if not is_checkout and (root / _IMAGE).exists():
        return "container"
    has_docker = shutil.which("docker", path=values.get("PATH")) is not None
    return "compose" if is_checkout and has_docker and values.get("COMPOSE_FILE") else "run"


def levers(
    values: Mapping[str, str],
    home: Path,
    *,
    demo: bool = False,
    pool: ConnectionPool | None = None,
    root: Path = Path("/"),
    is_checkout: bool = (PROJECT / "Makefile").exists(),
) -> dict[str, str]:
    """Return the commands that `start` and `restart` this system, that `start_redis` and that ask it.

    `redis_memory`: the file that says how much of it Redis has.
    `pool`: of its Redis, for `redis_cli`, and for `redis_admin`, which needs a user that may CONFIG.
    """
    found = way(values, home, demo=demo, root=root, is_checkout=is_checkout)
    start, restart, start_redis = _LEVERS[found]
    has_own = not values.get("REDIS_URL", "").strip()
    if not has_own and found in ("run", "compose"):
        start_redis = _OTHER_REDIS
    cli = admin = "redis-cli"
    host = pool.connection_kwargs.get("host") if pool else ""
    memory = "redis.conf"
    if (found, host) == ("container", "redis") or (found == "compose" and has_own):
        memory = ".env (REDIS_MAXMEMORY)"
        cli = admin = "docker compose exec redis redis-cli --askpass"  # REDIS_PASSWORD
    elif found == "run" and has_own:
        cli = admin = f'redis-cli -u "$(cat {quote(str(Folders(home).redis_url))})"'
    elif pool is not None:
        cli, admin = redis_cli(pool), redis_cli(pool, configures=True)
    named = {"start": start, "restart": restart, "start_redis": start_redis, "redis_memory": memory}
    return {**named, "redis_cli": cli, "redis_admin": admin}


def redis_remedy(values: Mapping[str, str], home: Path) -> str:
    """Return what to do where Redis does not answer, and does not say why."""
    return f"start it: {levers(values, home)['start_redis']}"


def has_run(folders: Folders) -> bool:
    """Tell whether `make run` has made the Redis in these folders."""
    return (folders.redis / "made-by").exists()  # the folder alone may come from `make redis-users`
