"""Prints what the image installs, from pyproject.toml: the libraries of all services and of the scripts."""

import tomllib
from pathlib import Path

EXTRAS = ("ingest", "worker", "push-gateway")
GROUPS = ("scripts",)


def main() -> None:
    """Print one requirement a line."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    wanted = list(project["project"]["dependencies"])
    for extra in EXTRAS:
        wanted += project["project"]["optional-dependencies"][extra]
    for group in GROUPS:
        wanted += project["dependency-groups"][group]
    print("\n".join(sorted(set(wanted))))


if __name__ == "__main__":
    main()
