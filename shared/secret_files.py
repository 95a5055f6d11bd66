"""Settings in files: in a folder, each variable has a file of its name, which holds its value alone."""

from collections.abc import Collection, Mapping
from pathlib import Path

FOLDERS = ("CREDENTIALS_DIRECTORY", "SECRETS_DIR")
"""The variables that name such a folder: systemd sets the first (LoadCredential=), all others the second."""


def read(environ: Mapping[str, str], names: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """Return the values of those names that have a file, and a line for each fault."""
    values: dict[str, str] = {}
    problems: list[str] = []
    for variable in FOLDERS:
        if folder := environ.get(variable, "").strip():
            try:
                values |= _read_folder(Path(folder), names)
            except (OSError, ValueError) as error:
                problems.append(f"{variable}: {_reason(folder, error)}")
    return values, problems


def _read_folder(folder: Path, names: Collection[str]) -> dict[str, str]:
    """Raises OSError, and ValueError for a file that does not hold one line of text."""
    found = {}
    for name in sorted({path.name for path in folder.iterdir()}.intersection(names)):
        try:
            found[name] = (folder / name).read_text("utf-8").strip()
        except UnicodeDecodeError:
            raise ValueError(folder / name) from None
        if not found[name].isprintable():
            raise ValueError(folder / name)
    return found


def _reason(folder: str, error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        path = error.filename or folder
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            return f"{path} is no folder: make it, or correct this setting"
        return f"{path} cannot be read ({error.strerror}): correct its rights, or run this as root"
    return f"{error} must hold one line of text in UTF-8"
