"""`python -m push_gateway`: holds the browsers."""

import os

from push_gateway.settings import read_settings
from shared import log
from shared.settings import SettingsError, exit_with


def main() -> None:
    """Start from the environment alone."""
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        exit_with(error)
    log.start(settings.logging)
    from push_gateway import server

    server.run(settings)


if __name__ == "__main__":
    main()
