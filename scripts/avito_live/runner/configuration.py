"""The settings in effect and their origin: the environment, `.env`, a file of SECRETS_DIR, or the default."""

import stat
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from avito_live import PROJECT, file_errors
from avito_live.env_lines import EnvLines, lines_of
from shared import secret_files
from shared.masking import masked_value
from shared.settings import VARIABLES, SettingsError, Variable, with_files


@dataclass(frozen=True, slots=True)
class Given:
    """A setting in effect. `origin`: `environment`, `.env`, `file` or `default`."""

    variable: Variable
    value: str
    origin: str

    @property
    def shown(self) -> str:
        """The value to show, masked where it is a secret."""
        if self.value and self.variable.secret:
            return masked_value(self.value, is_url=self.variable.name in ("REDIS_URL", "WEBHOOK_URL"))
        return self.value or "-"


def home(environ: Mapping[str, str]) -> Path:
    """Return the folder of `.env` and `var`: AVITO_LIVE_HOME, else the checkout, else the current folder."""
    checkout = PROJECT if (PROJECT / "constraints.txt").exists() else ""
    return Path(environ.get("AVITO_LIVE_HOME") or checkout).resolve()


def template(path: str) -> Path:
    """Return a file of the checkout; the wheel holds a copy beside this package."""
    here = PROJECT / path
    return here if here.exists() else Path(__file__).parents[1] / "templates" / here.name


def env_lines(path: Path) -> EnvLines:
    """Read what can be read of `.env`; a missing file is empty."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return EnvLines({}, [], [])
    except OSError as error:
        return EnvLines({}, [file_errors.words_of(error)], [])
    try:
        return lines_of(content.decode(), str(path))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return EnvLines({}, [f"{path} line {line}: this is not UTF-8, save the file as such"], [])


def read_env_file(path: Path) -> dict[str, str]:
    """Read `.env`; a missing file is empty. Raises SettingsError, naming all lines that cannot be read."""
    read = env_lines(path)
    if read.problems:
        raise SettingsError(read.problems)
    return read.values


def open_mode(path: Path) -> int:
    """Return the permissions of a file to which each user of this machine has some; 0 for any other."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0
    return mode if mode & stat.S_IRWXO else 0


def open_secrets(folder: Path | None) -> dict[str, int]:
    """Return the mode of those files of SECRETS_DIR that are open to each user: {path, or folder/*: mode}."""
    if folder is None or not open_mode(folder) & stat.S_IXOTH:
        return {}
    modes = {path: mode for path in folder.glob("*") if path.name in VARIABLES and (mode := open_mode(path))}
    return {str(path if len(modes) == 1 else folder / "*"): mode for path, mode in modes.items()}


def load(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `.env` overridden by the environment, from files what is blank in both. Raises SettingsError.

    The folder of the files is left out, so that services started with these settings read no others.
    """
    given = with_files({**read_env_file(home(environ) / ".env"), **environ})
    return {name: value for name, value in given.items() if name not in secret_files.FOLDERS}


def take_authorities(environ: MutableMapping[str, str]) -> None:
    """Trust what `.env` says, as the services do that `make run` starts: OpenSSL asks the process alone."""
    given = env_lines(home(environ) / ".env").values
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if not environ.get(name) and (path := given.get(name)):
            environ[name] = path


def in_effect(environ: Mapping[str, str], env_file: Mapping[str, str]) -> list[Given]:
    """Return all settings of the project, in the order of shared/settings.py. Raises SettingsError."""
    merged = {**env_file, **environ}
    filled = with_files(merged)
    return [_given(variable, environ, merged, filled) for variable in VARIABLES.values()]


def _given(
    variable: Variable, environ: Mapping[str, str], merged: Mapping[str, str], filled: Mapping[str, str]
) -> Given:
    name, default = variable.name, variable.default or ""
    value = filled.get(name, "").strip()
    if value and not merged.get(name, "").strip():
        return Given(variable, value, "file")
    if name in environ:
        return Given(variable, value or default, "environment")
    return Given(variable, value or default, ".env" if value else "default")
