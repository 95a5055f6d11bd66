"""`python -m worker`: starts a worker from the environment alone."""

import logging
import os
import sys

import uvloop

from shared.process import log
from shared.redis.errors import NewerLayoutError
from shared.settings import read_or_exit, retired, take_no_arguments
from worker.app import run
from worker.avito.lookups import allow_hanging
from worker.features.configuration import configure

_LINES_OF_EVENT = 600
"""A minute: only Avito and operators cause them, and each reply has its own."""


def main() -> None:
    """Read the settings, then work until told to stop."""
    take_no_arguments("python -m worker", __doc__)
    configuration = read_or_exit(configure)
    log.configure(configuration.settings.logging, _LINES_OF_EVENT)
    for variable in retired(os.environ):
        logging.getLogger("worker").warning("worker.setting.unused", extra={"variable": variable})
    allow_hanging()
    try:
        uvloop.run(run(configuration))
    except NewerLayoutError as error:
        sys.stderr.write(f"worker: {error}\n")
        sys.exit(2)
    except OSError as error:
        sys.stderr.write(f"worker: {error}\n")
        sys.exit(1)


main()
