"""Chromium for browser tests.

Playwright's sync API holds the thread's event loop while a browser is open, so browsers live as long
as a module, and a module with browser tests has no async ones.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from testbed import Live, live_system
from tests.browser.operator_panel import WIDE, OperatorPanel, panel_in, remembered_login

# Everything happens within a second on a quiet machine; the deadline is for busy ones.
expect.set_options(timeout=20_000)
SHELL = "chromium-headless-shell"
"""Chromium without windows and notifications: a third less CPU."""
NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "no Chromium: run 'make browser'"


def chromium_path(own: str, *, names: tuple[str, ...] = NAMES) -> str | None:
    """Return the machine's Chromium, else Playwright's `own` if it was installed, else None."""
    for name in names:
        if path := shutil.which(name):
            return path
    return own if Path(own).exists() else None


@pytest.fixture(scope="module")
def needs_notifications() -> bool:
    """Whether the module's browser must be able to show them."""
    return False


@pytest.fixture(scope="module")
def browser(needs_notifications: bool) -> Iterator[Browser]:
    """A headless Chromium; without one the tests are skipped, on CI they fail."""
    names = NAMES if needs_notifications else (SHELL, *NAMES)
    with sync_playwright() as playwright:
        path = chromium_path(playwright.chromium.executable_path, names=names)
        if path is None:
            if os.environ.get("CI") == "true":
                pytest.fail(MISSING)
            pytest.skip(MISSING)
        # Chromium refuses its sandbox to root.
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        with playwright.chromium.launch(executable_path=path, args=flags) as chromium:
            yield chromium


@pytest.fixture
def chromium_page(browser: Browser) -> Iterator[Page]:
    """A page of its own, with its own cookies and storage."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Live]:
    """The whole system as real processes, subscribed at the simulator, quick to look around."""
    quick = {"SWEEP_INTERVAL_S": "4", "POLL_INTERVAL_S": "2", "WATCH_INTERVAL_S": "1", "AVITO_RPM": "6000"}
    folder = tmp_path_factory.mktemp("live")
    with live_system(folder, "ingest", environ=quick, redis_options=("--appendonly", "yes")) as running:
        running.run(running.system.avito.subscribe, running.system.webhook_url)
        running.run(running.system.start, "worker", "gateway")
        yield running


@pytest.fixture(scope="module")
def login(browser: Browser, live: Live) -> Any:
    """The cookies of an operator who has logged in."""
    return remembered_login(browser, live)


@pytest.fixture
def context(browser: Browser, login: Any) -> Iterator[BrowserContext]:
    """A browser of its own, already logged in: Russian, wide, light."""
    made = browser.new_context(
        storage_state=login, viewport=WIDE, locale="ru-RU", timezone_id="Europe/Moscow"
    )
    made.set_default_timeout(20_000)
    yield made
    made.close()


@pytest.fixture(scope="module")
def usual_browser(browser: Browser, login: Any) -> Iterator[BrowserContext]:
    """The browser of all panels of a module; it has the panel's files in its cache, as on any later day."""
    made = browser.new_context(
        storage_state=login, viewport=WIDE, locale="ru-RU", timezone_id="Europe/Moscow"
    )
    made.set_default_timeout(20_000)
    made.new_page()  # an empty one, so that the window stays: a panel then opens with a third less CPU
    yield made
    made.close()


@pytest.fixture
def panel(usual_browser: BrowserContext, live: Live) -> Iterator[OperatorPanel]:
    """An operator's panel, open and live, as if nothing had been set or written in it before."""
    with panel_in(usual_browser, live) as opened:
        opened.go()
        opened.becomes("live")
        yield opened
        opened.page.evaluate("localStorage.clear()")
