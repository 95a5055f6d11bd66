"""An operator at the panel, in a real browser, with the real system behind it."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize
from playwright.sync_api import TimeoutError as PageTimeoutError

from testbed import PASSWORD, USERNAME, Live, eventually

WIDE: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}
# Every timer comes twenty times as often: a minute passes in three seconds.
HASTE = """
    for (const name of ['setTimeout', 'setInterval']) {
        const real = window[name];
        window[name] = (work, ms, ...more) => real(work, ms / 20, ...more);
    }
"""
# What the policy stopped: every page counts it from its first moment.
_WATCH = """
    window.violations = [];
    addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective));
"""


@dataclass(slots=True)
class OperatorPanel:
    """One open panel. `errors`: what the page threw."""

    page: Page
    live: Live
    errors: list[str] = field(default_factory=list)

    def go(self, address: str = "") -> None:
        """Open the panel, or an address below it, and wait until it has drawn itself."""
        self.page.goto(self.live.panel + address)
        self.page.locator(".bar").wait_for()

    def open(self, chat_id: str) -> None:
        """Open a chat by its row in the list."""
        self.page.locator(f'.row[data-chat-id="{chat_id}"]').click()
        self.page.locator(".messages").wait_for()

    def row(self, chat_id: str) -> Locator:
        """The chat's row in the list."""
        return self.page.locator(f'.row[data-chat-id="{chat_id}"]')

    def bubble(self, text: str) -> Locator:
        """The message with these words, in the thread."""
        return self.page.locator(".bubble").filter(has_text=text)

    def sent(self, text: str) -> Locator:
        """The mark of a reply with these words that Avito has."""
        return self.bubble(text).get_by_label("Отправлено", exact=True)

    def message(self, message_id: str) -> Locator:
        """The message with this id, in the thread."""
        return self.page.locator(f'[data-message-id="{message_id}"]')

    @property
    def field(self) -> Locator:
        """Where answers are written."""
        return self.page.locator(".composer:not(.note-composer) textarea")

    def answer(self, text: str) -> None:
        """Write an answer and send it."""
        self.field.fill(text)
        self.field.press("Enter")

    @property
    def live_word(self) -> str:
        """What the light says, as a word."""
        return str(self.page.evaluate("document.documentElement.dataset.live"))

    @property
    def rings(self) -> int:
        """How often the bell has rung."""
        return int(self.page.evaluate("document.documentElement.dataset.rings"))

    def becomes(self, word: str) -> None:
        """Wait until the light says so."""
        eventually(lambda: self.live_word == word, within=40)

    def fetches(self) -> list[str]:
        """Note what the page asks of the gateway from now on; the list grows by itself."""
        asked: list[str] = []
        self.page.on("request", lambda request: asked.append(request.url))
        return asked


def log_in(page: Page, panel: str) -> None:
    """Go to the panel and log in; fails at once with what the form says, or with what was not loaded."""
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(f"{request.url}: {request.failure}"))
    page.goto(panel)
    page.fill("[name=username]", USERNAME)
    page.fill("[name=password]", PASSWORD)
    page.click(".primary")
    try:
        page.locator(".bar, .error:not(:empty)").first.wait_for()
    except PageTimeoutError as error:
        shown = page.locator("body").inner_text()
        raise AssertionError(f"{page.url} shows {shown!r}; not loaded: {failed}") from error
    refused = page.locator(".error:not(:empty)")
    assert refused.count() == 0, f"{page.url}: {refused.first.inner_text()}"


def remembered_login(browser: Browser, live: Live) -> Any:
    """Return the cookies of an operator who has logged in, for other contexts."""
    context = browser.new_context()
    log_in(context.new_page(), live.panel)
    cookies = context.storage_state()
    context.close()
    return {"cookies": cookies["cookies"], "origins": []}


@contextmanager
def panel_in(context: BrowserContext, live: Live) -> Iterator[OperatorPanel]:
    """Give a panel in a page of this context; nothing may be thrown, nothing stopped by the policy."""
    page = context.new_page()
    page.add_init_script(_WATCH)
    panel = OperatorPanel(page, live)
    page.on("pageerror", lambda error: panel.errors.append(str(error)))
    yield panel
    violations = page.evaluate("window.violations ?? []")
    page.close()
    assert (panel.errors, violations) == ([], [])


def report(line: str) -> None:
    """Say a measured time; nothing is judged by it."""
    sys.stdout.write(f"\n{line}\n")


def settings(**chosen: Any) -> str:
    """Return the script that makes a browser remember these settings."""
    value = json.dumps(json.dumps(chosen))
    return f"localStorage.setItem('avito-live.settings', {value})"
