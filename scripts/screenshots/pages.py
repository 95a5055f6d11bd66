"""Pages of a browser: opened, logged in, waited for, written as pictures."""

import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from avito_live import PROJECT
from testbed import PASSWORD, USERNAME, Live, eventually

IMAGES = PROJECT / "docs" / "images"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a headless Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses its sandbox to root
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=path, args=flags) as browser,
    ):
        yield browser


@contextmanager
def opened(browser: Browser, live: Live, name: str = USERNAME, **options: Any) -> Iterator[Page]:
    """Yield a page with the panel in Russian, logged in and live; colleagues' passwords are the owner's."""
    chosen = {"viewport": DESKTOP, "locale": "ru-RU", "timezone_id": "Europe/Moscow"} | options
    with browser.new_context(color_scheme="light", **chosen) as context:
        page = context.new_page()
        page.goto(live.panel)
        page.fill("[name=username]", name)
        page.fill("[name=password]", PASSWORD)
        page.click(".primary")
        holds(page, "document.documentElement.dataset.live !== 'catching-up'")
        yield page


def open_chat(page: Page, buyer: str) -> None:
    """Open the chat of a buyer."""
    page.locator(".row", has_text=buyer).click()


def send(page: Page, text: str) -> None:
    """Send a reply in the open chat."""
    page.locator("textarea").fill(text)
    page.locator("textarea").press("Enter")


def wait_for_rows(page: Page, count: int) -> None:
    """Wait until the list has this many complete chats."""
    holds(page, f"document.querySelectorAll('.row .name').length >= {count}")
    holds(page, "!document.body.innerText.includes('Объявление загружается')")


def holds(page: Page, expression: str) -> None:
    """Wait until an expression is true; the page's CSP forbids Playwright's own function for that."""
    eventually(lambda: page.evaluate(expression))


def shoot(page: Page, name: str) -> None:
    """Write one picture in 256 colours, after all images are loaded."""
    holds(page, "[...document.images].every((image) => image.complete)")
    page.mouse.move(720, 1)
    page.evaluate("document.fonts.ready")
    eventually(lambda: page.locator(".toast").count() == 0)
    raw = page.screenshot(animations="disabled", caret="hide")
    picture = Image.open(io.BytesIO(raw)).convert("RGB").quantize(256, Image.Quantize.MEDIANCUT, kmeans=2)
    picture.save(IMAGES / f"{name}.png", optimize=True)
    print(f"{name}.png", flush=True)
