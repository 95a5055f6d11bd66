"""`python -m ingest`: takes Avito's webhooks and keeps them safe."""

from ingest import settings
from ingest.http import server
from shared.process import log
from shared.settings import read_or_exit, take_no_arguments


def main() -> None:
    """Start the service with the settings of the environment."""
    take_no_arguments("python -m ingest", __doc__)
    chosen = read_or_exit(settings.read)
    log.configure(chosen.logging)
    server.run(chosen)


if __name__ == "__main__":
    main()
