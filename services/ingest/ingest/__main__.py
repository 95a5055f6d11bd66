"""`python -m ingest`: takes Avito's webhooks and keeps them safe."""

import os

from ingest import settings
from ingest.http import server
from shared.process import log
from shared.settings import SettingsError, exit_with


def main() -> None:
    """Start the service with the settings of the environment."""
    try:
        chosen = settings.read(os.environ)
    except SettingsError as error:
        exit_with(error)
    log.configure(chosen.logging)
    server.run(chosen)


if __name__ == "__main__":
    main()
