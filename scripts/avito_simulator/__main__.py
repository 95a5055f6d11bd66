"""Starts the simulator from the environment: `python -m avito_simulator`."""

import logging
import os
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from random import Random

import uvicorn
from msgspec import ValidationError
from msgspec.structs import replace
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from avito_simulator.api.guard import CUT
from avito_simulator.app import create_app
from avito_simulator.demo.live import Demo
from avito_simulator.settings import Settings
from avito_simulator.simulator import Simulator


class CuttableProtocol(HttpToolsProtocol):
    """HTTP with connections that a response may cut."""

    def on_message_begin(self) -> None:
        """Offer the cut to the application as an ASGI extension."""
        super().on_message_begin()
        self.scope["extensions"] = {CUT: self.transport.abort}  # type: ignore[dict-item] # ours


def main() -> int:
    """Run until SIGTERM or Ctrl-C; returns the exit code."""
    ArgumentParser("python -m avito_simulator", description=__doc__).parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    for client in ("httpx2", "httpcore2"):  # they log the webhook's address, which holds its secret
        logging.getLogger(client).setLevel(logging.WARNING)
    try:
        settings = Settings.from_env(os.environ)
    except ValidationError as error:
        return _refuse(str(error), 2)
    try:
        listener = socket.create_server((settings.host, settings.port), backlog=1024)
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        return _refuse(f"cannot listen on {where}: {error.strerror}. Set SIM_PORT.", 1)
    settings = replace(settings, port=listener.getsockname()[1])
    simulator = Simulator(settings, time.time)
    seed = f"demo {settings.seed}"
    demo = Demo(simulator, Random(seed)) if settings.demo else None  # noqa: S311 # not a secret
    print(f"Avito simulator: http://{settings.host}:{settings.port}", flush=True)
    # uvicorn raises the signal again after its shutdown, when there is nothing left to do.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    config = uvicorn.Config(
        create_app(simulator, demo),
        http=CuttableProtocol,
        lifespan="on",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _refuse(sentence: str, code: int) -> int:
    print(f"avito_simulator: {sentence}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
