"""The panel without any feature: one file with an empty list, and all of the core works."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.desk import desk_in
from tests.support.live import Live

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
    with desk_in(context, live) as desk:
        fetched = desk.fetches()
        desk.go()
        desk.becomes("live")
        live.write(chat, "Есть ли в наличии?")
        expect(desk.row(chat)).to_contain_text("Есть ли в наличии?")
        desk.open(chat)
        desk.bubble("Есть ли в наличии?").wait_for()
        desk.answer("Да, {место} есть")
        expect(desk.sent("Да, {место} есть")).to_be_visible()
        expect(desk.page.locator(".composer .write .tool")).to_have_count(1)  # pictures alone

        desk.field.press("/")
        expect(desk.field).to_have_value("/")
        desk.field.fill("")
        desk.page.keyboard.press("Escape")
        desk.page.keyboard.press("KeyN")
        desk.page.keyboard.press("Slash")
        desk.page.keyboard.type("Ольга")
        expect(desk.page.locator(".row")).to_have_count(1)
        desk.page.keyboard.press("Escape")
        for name in ("Клавиши", "Настройки"):
            desk.page.get_by_role("button", name=name).click()
            desk.page.get_by_role("dialog").wait_for()
            desk.page.keyboard.press("Escape")
        live.write(chat, "Спасибо!")
        desk.bubble("Спасибо!").wait_for()

    assert [url for url in fetched if "/static/features/" in url and not url.endswith("/index.js")] == []
