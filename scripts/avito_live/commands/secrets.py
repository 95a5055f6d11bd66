"""Moves the secrets of `.env` into files, which systemd passes to the services that need them."""

import os
from collections.abc import Iterable
from pathlib import Path

import click

from avito_live import env_file
from avito_live.output import tell
from avito_live.runner import configuration, redis_address
from avito_live.runner.errors import RunError
from avito_live.settings_store import SettingsStore
from shared.settings import VARIABLES

_FOLDER = Path("/etc/avito-live/secrets")
"""Where deploy/systemd looks."""
_UNITS = tuple(
    Path("/etc/systemd/system", f"avito-{name}.service") for name in ("ingest", "worker@", "gateway@")
)
_OF_COMPOSE = {"REDIS_PASSWORD", "GRAFANA_PASSWORD"}


def units_without_secrets(units: Iterable[Path]) -> list[str]:
    """Return the installed units that are of an earlier version."""
    installed = [unit for unit in units if unit.exists()]
    return [unit.name for unit in installed if "\nLoadCredential=" not in unit.read_text("utf-8", "replace")]


@click.command
def secrets() -> None:
    """Move the secrets of .env into files that only their owner can read, for systemd.

    Each gets a file of its name in SECRETS_DIR, by default /etc/avito-live/secrets. Not for docker compose,
    which needs them in .env.
    """
    store = SettingsStore.of(os.environ)
    folder = (store.secrets or _FOLDER).absolute()
    given = configuration.read_env_file(store.env_file)
    names = [name for name, variable in VARIABLES.items() if variable.secret and name not in _OF_COMPOSE]
    moved = {name: given[name].strip() for name in names if given.get(name, "").strip()}
    if not moved:
        tell(f"{store.env_file} holds no secret that a service reads.")
        return
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
        _refuse_others(store.env_file.parent)
        for name, value in moved.items():
            env_file.write(folder / name, f"{value}\n", 0o600)
        blank = {**dict.fromkeys(moved, ""), "SECRETS_DIR": str(folder)}
        env_file.write(store.env_file, env_file.changed(env_file.read(store.env_file), blank))
    except OSError as error:
        path = error.filename or folder
        raise RunError(f"{path} cannot be written ({error.strerror}): run this as root") from None
    tell(f"Moved {', '.join(moved)} from {store.env_file} to {folder}. Restart the services.")


def _refuse_others(home: Path) -> None:
    """Raise RunError where the services would not find the files."""
    if redis_address.of_compose(home, os.environ):
        raise RunError(
            "Docker compose runs the services here and needs the secrets in .env: nothing was moved."
        )
    if old := units_without_secrets(_UNITS):
        names = ", ".join(old)
        raise RunError(
            f"{names} pass no secrets on, nothing was moved: copy the units of deploy/systemd first"
        )
