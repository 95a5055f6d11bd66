"""The panel without any feature: one file with an empty list, and all of the core works."""

import pytest
from playwright.sync_api import BrowserContext, expect

from testbed import Live
from tests.browser.operator_panel import panel_in

pytestmark = pytest.mark.browser


def test_without_its_features_the_panel_receives_answers_and_searches(
    context: BrowserContext, live: Live
) -> None:
    context.route(
        "**/static/features/index.js",
        lambda route: route.fulfill(
            body="export const FEATURES = [];", headers={"Content-Type": "text/javascript"}
        ),
    )
    chat = live.chat(buyer={"name": "Ольга"})
    with panel_in(context, live) as panel:
        fetched = panel.fetches()
        panel.go()
        panel.becomes("live")
        live.write(chat, "Есть ли в наличии?")
        expect(panel.row(chat)).to_contain_text("Есть ли в наличии?")
        panel.open(chat)
        panel.bubble("Есть ли в наличии?").wait_for()
        panel.answer("Да, {место} есть")
        expect(panel.sent("Да, {место} есть")).to_be_visible()
        expect(panel.page.locator(".composer .write .tool")).to_have_count(1)  # pictures alone

        panel.field.press("/")
        expect(panel.field).to_have_value("/")
        panel.field.fill("")
        panel.page.keyboard.press("Escape")
        panel.page.keyboard.press("KeyN")
        panel.page.keyboard.press("Slash")
        panel.page.keyboard.type("Ольга")
        expect(panel.page.locator(".row")).to_have_count(1)
        panel.page.keyboard.press("Escape")
        for name in ("Клавиши", "Настройки"):
            panel.page.get_by_role("button", name=name).click()
            panel.page.get_by_role("dialog").wait_for()
            panel.page.keyboard.press("Escape")
        live.write(chat, "Спасибо!")
        panel.bubble("Спасибо!").wait_for()

    assert [url for url in fetched if "/static/features/" in url and not url.endswith("/index.js")] == []
