"""Chromium for browser tests.

Playwright's sync API holds the thread's event loop while a browser is open, so browsers live as long
as a module, and a module with browser tests has no async ones.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "no Chromium: run 'make browser'"


def chromium_path(own: str) -> str | None:
    """Return the machine's Chromium, else Playwright's `own` if it was installed, else None."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    return own if Path(own).exists() else None


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; without one the tests are skipped, on CI they fail."""
    with sync_playwright() as playwright:
        path = chromium_path(playwright.chromium.executable_path)
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
