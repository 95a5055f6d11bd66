"""Where the running system's Redis is: REDIS_URL, else the one that `make run` wrote down."""

from collections.abc import Mapping
from pathlib import Path

import given_settings


class NotRunningError(Exception):
    """Nothing here says where Redis is; the message names the way out."""


def url_file(home: Path) -> Path:
    """Return where `make run` writes the address of its Redis."""
    return home / "var" / "run" / "redis-url"


def find(environ: Mapping[str, str]) -> str:
    """Return the URL. Raises NotRunningError, and SettingsError when `.env` cannot be read."""
    if given := given_settings.load(environ).get("REDIS_URL", "").strip():
        return given
    path = url_file(given_settings.home(environ))
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise NotRunningError(
            "Nothing is running here: start it with `make run`, or set REDIS_URL."
        ) from None
    except OSError as error:
        raise NotRunningError(f"{path} cannot be read: {error.strerror}") from error
