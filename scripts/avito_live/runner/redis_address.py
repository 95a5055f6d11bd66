"""Finds the Redis of the running system: REDIS_URL, else that of `make run`, else that of docker compose.

The file that `make run` writes counts only while it runs, since it stays there after a crash.
"""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from avito_live import file_errors
from avito_live.runner import configuration, lock
from avito_live.runner.errors import NotRunningError
from avito_live.runner.folders import Folders
from shared.command_names import HAS_MAKE
from shared.redis.url_setting import read_url
from shared.settings import Environment


def find(environ: Mapping[str, str]) -> str:
    """Return the URL. Raises NotRunningError, and SettingsError of `.env` and of a malformed REDIS_URL."""
    values = configuration.load(environ)
    if values.get("REDIS_URL", "").strip():
        environment = Environment(values)
        given = read_url(environment)
        environment.finish()
        return given
    home = configuration.home(environ)
    if (url := of_run(home)) or (url := of_compose(home, environ)):
        return url
    up = " or `make up` (its Redis alone: `docker compose up --detach --wait redis`)" if HAS_MAKE else ""
    raise NotRunningError(f"Nothing is running here: start it with `make run`{up}, or set REDIS_URL.")


def of_run(home: Path) -> str | None:
    """Return the URL of the Redis of `make run`; None: it does not run. Raises NotRunningError."""
    folders = Folders(home)
    try:
        return folders.redis_url.read_text(encoding="utf-8").strip() if lock.is_held(folders.lock) else None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotRunningError(file_errors.words_of(error)) from error


def of_compose(home: Path, environ: Mapping[str, str]) -> str | None:
    """Return the URL of the Redis that `docker compose` runs for this folder; None: it does not run."""
    given = configuration.load(environ)
    if not given.get("COMPOSE_FILE") or shutil.which("docker", path=environ.get("PATH")) is None:
        return None
    command = ["docker", "compose", "port", "redis", "6379"]
    try:
        asked = subprocess.run(
            command, cwd=home, env=dict(environ), capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    address = asked.stdout.strip()
    if asked.returncode or not address:
        return None
    return f"redis://:{quote(given.get('REDIS_PASSWORD', ''), safe='')}@{address}/0"


def password_problem(password: str) -> str:
    """Return why docker compose cannot use a REDIS_PASSWORD, '' if it can.

    It puts the password as it is into a URL and into redis.conf.
    """
    broken = re.search(r"[\s'\"\\/?#\[\]]|%[0-9A-Fa-f]{2}", password)
    return (
        "REDIS_PASSWORD must not contain spaces, quotes, / \\ ? # [ ] or % with two digits: "
        "docker compose puts it into a URL"
        if broken
        else ""
    )
