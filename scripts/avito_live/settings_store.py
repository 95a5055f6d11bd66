"""Changes settings where they stand: in lines of `.env`, or in files of SECRETS_DIR."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from avito_live import env_file
from avito_live.runner import configuration

Before = Mapping[Path, str | None]
"""The texts of files before a change; None: the file was not there."""


@dataclass(frozen=True, slots=True)
class SettingsStore:
    """The settings of one installation. `secrets`: SECRETS_DIR, if it is set."""

    env_file: Path
    secrets: Path | None

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "SettingsStore":
        """Return that of AVITO_LIVE_HOME. Raises SettingsError."""
        path = configuration.home(environ) / ".env"
        folder = {**configuration.read_env_file(path), **environ}.get("SECRETS_DIR", "").strip()
        return cls(path, Path(folder) if folder else None)

    def place(self, name: str) -> Path:
        """Return the file that a setting stands in, or belongs into. Raises SettingsError."""
        if self.secrets is None or configuration.read_env_file(self.env_file).get(name, "").strip():
            return self.env_file
        return self.secrets / name

    def get(self, name: str) -> str:
        """Return a setting as it stands there, '' for none. Raises OSError, SettingsError."""
        if (path := self.place(name)) == self.env_file:
            return configuration.read_env_file(path).get(name, "").strip()
        return env_file.read(path).strip() if path.exists() else ""

    def read(self, *names: str) -> Before:
        """Return the files of these settings. Raises OSError, SettingsError."""
        return {path: env_file.read(path) if path.exists() else None for path in map(self.place, names)}

    def write(self, values: Mapping[str, str]) -> None:
        """Write these settings, those in files first. Raises OSError, SettingsError."""
        lines = {}
        for name, value in values.items():
            if (path := self.place(name)) == self.env_file:
                lines[name] = value
            else:
                env_file.write(path, f"{value}\n")
        if lines:
            env_file.write(self.env_file, env_file.changed(env_file.read(self.env_file), lines))


def write_again(before: Before) -> None:
    """Write the texts of `read` as they are. Raises OSError where they cannot be written."""
    for path, text in before.items():
        if text is not None:
            env_file.write(path, text)


def restore(before: Before) -> None:
    """Write the texts of `read` back where they have changed. Raises OSError."""
    for path, text in before.items():
        if text is None:
            path.unlink(missing_ok=True)
        elif not path.exists() or env_file.read(path) != text:
            env_file.write(path, text)
