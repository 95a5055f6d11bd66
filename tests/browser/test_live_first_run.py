"""The first minutes: an empty panel explains itself."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from testbed import Live, live_system
from tests.browser.operator_panel import OperatorPanel, panel_in

pytestmark = pytest.mark.browser

ELSEWHERE = {"AVITO_API_URL": "https://avito.invalid", "WEBHOOK_URL": ""}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Live]:
    """A system without a worker so far."""
    with live_system(tmp_path_factory.mktemp("first"), "gateway") as running:
        yield running


@pytest.fixture
def panel(context: BrowserContext, live: Live) -> Iterator[OperatorPanel]:
    """A panel that nobody feeds yet."""
    with panel_in(context, live) as opened:
        opened.go()
        yield opened


def test_without_an_account_it_says_how_to_connect_one(panel: OperatorPanel, live: Live) -> None:
    live.run(live.system.start, "worker", **ELSEWHERE)
    panel.page.reload()

    expect(panel.page.locator(".welcome")).to_contain_text("осталось три шага")
    expect(panel.page.locator(".steps li")).to_have_count(3)
    live.run(live.system.stop, "worker")


def test_an_empty_demo_says_that_buyers_are_made_up_also_to_who_came_before_it(
    panel: OperatorPanel, live: Live
) -> None:
    welcome = panel.page.locator(".welcome")
    expect(welcome).to_contain_text("осталось три шага")
    live.run(live.system.avito.strike, "chats", status=500)
    live.run(live.system.start, "worker")

    expect(welcome).to_contain_text("Работает демонстрация")
    live.run(live.system.stop, "worker")
    live.run(live.system.avito.calm)


def test_while_the_latest_chats_are_loaded_it_says_how_far_it_is(panel: OperatorPanel, live: Live) -> None:
    live.run(live.system.avito.burst, messages=20, chats=20)
    live.run(live.system.avito.strike, "messages", delay_s=0.5)
    live.run(live.system.start, "worker")

    expect(panel.page.locator(".welcome")).to_contain_text(re.compile(r"\d+ из 20"), timeout=40_000)
    live.run(live.system.avito.calm)

    expect(panel.page.locator(".welcome")).to_contain_text(re.compile("покупател.+ жд"), timeout=40_000)
