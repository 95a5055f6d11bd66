"""Runs the panel's modules in real Chromium, served by a file server of their own."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser

import push_gateway
from tests.browser.panel_core.tabs import Tabs, running

STATIC = Path(push_gateway.__file__).parent / "static"


class Quiet(SimpleHTTPRequestHandler):
    """A file server that logs nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base class
        """Say nothing."""


class Panel:
    """A page in which the panel's modules can be imported and asked."""

    def __init__(self, browser: Browser, origin: str) -> None:
        self.origin = origin
        self.page = browser.new_page()
        self.page.goto(f"{origin}/icon.svg")

    def ask(self, module: str, script: str, value: Any = None) -> Any:
        """Return what `script` returns; it sees the module's exports as `m` and `value`."""
        source = f"async value => {{ const m = await import('{self.origin}/{module}'); {script} }}"
        return self.page.evaluate(source, value)


@pytest.fixture(scope="module")
def panel(browser: Browser) -> Iterator[Panel]:
    """The panel's modules in a browser."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=STATIC))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield Panel(browser, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tabs]:
    """The panel's modules in Node."""
    with running(tmp_path_factory.mktemp("panel")) as tabs:
        yield tabs


@pytest.fixture
def tabs(node: Tabs) -> Tabs:
    """One browser with the tabs P and Q of olga."""
    node.begin()
    node.open("P")
    node.open("Q")
    return node
