"""Prints what the image installs, from pyproject.toml: the libraries of services and command line."""

import tomllib
from pathlib import Path

EXTRAS = ("ingest", "worker", "push-gateway", "cli")


def main() -> None:
    """Print one requirement a line."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    wanted = list(project["project"]["dependencies"])
    for extra in EXTRAS:
        wanted += project["project"]["optional-dependencies"][extra]
    print("\n".join(sorted({one for one in wanted if not one.startswith("avito-live[")})))


if __name__ == "__main__":
    main()
