"""For everyone: keyboard, screen readers, languages, phones, a quiet screen."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.desk import PHONE, Desk, desk_in, log_in, report, settings
from tests.support.live import Live, eventually

pytestmark = pytest.mark.browser

BUDGET = 156_000
# Every file of the panel that the browser has asked for so far, with its bytes before compression.
FETCHED = """async () => {
    const paths = performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname);
    const files = [location.pathname, ...new Set(paths.filter((path) => path.includes('/static/')))];
    const size = async (path) => (await (await fetch(path)).arrayBuffer()).byteLength;
    return Promise.all(files.map(async (path) => [path, await size(path)]));
}"""
RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


def faults(page: Page) -> list[tuple[str, Any]]:
    """What axe-core finds wrong in the page as it stands."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found]


@pytest.fixture(scope="module")
def chat(live: Live) -> str:
    """A chat with most kinds of messages."""
    made = live.chat(buyer={"name": "Галина"})
    live.write(made, "Здравствуйте, https://example.test/a")
    for kind in ("image", "voice", "location", "call", "file"):
        live.write(made, "", type=kind)
    live.write(made, "просмотр номера", by="system")
    live.write(made, "ответ", by="seller")
    return made


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_wrong_in_the_panel(desk: Desk, chat: str, theme: str) -> None:
    desk.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    assert faults(desk.page) == []
    desk.open(chat)
    desk.bubble("ответ").wait_for()
    assert faults(desk.page) == []
    for name in ("Настройки", "Клавиши", "Заблокировать покупателя"):
        desk.page.get_by_role("button", name=name).click()
        desk.page.get_by_role("dialog").wait_for()
        assert faults(desk.page) == []
        desk.page.keyboard.press("Escape")


def test_axe_finds_nothing_wrong_on_a_phone_and_at_the_door(
    browser: Browser, context: BrowserContext, live: Live, chat: str
) -> None:
    with desk_in(context, live) as desk:
        desk.page.set_viewport_size(PHONE)
        desk.go(f"#/chat/{chat}")
        desk.bubble("ответ").wait_for()
        assert faults(desk.page) == []
    door = browser.new_page()
    door.goto(live.panel)
    door.locator(".login").wait_for()
    assert faults(door) == []
    door.close()


def test_all_can_be_done_from_the_keyboard(desk: Desk, chat: str, live: Live) -> None:
    other = live.chat(buyer={"name": "Ждёт Дольше"})
    live.write(other, "когда ответите?", created=1_757_403_725)
    expect(desk.row(other)).to_contain_text("Ждёт Дольше")
    press = desk.page.keyboard.press

    press("Alt+KeyW")
    desk.bubble("когда ответите?").wait_for()
    press("KeyR")
    expect(desk.field).to_be_focused()
    desk.page.keyboard.type("уже отвечаю")
    press("Enter")
    desk.bubble("уже отвечаю").wait_for()
    press("Escape")
    press("Slash")
    expect(desk.page.get_by_role("searchbox")).to_be_focused()
    desk.page.keyboard.type("Галина")
    expect(desk.page.locator(".row")).to_have_count(1)
    press("Alt+ArrowDown")
    desk.bubble("https://example.test/a").wait_for()
    press("Escape")
    press("Digit3")
    expect(desk.page.get_by_role("button", name="Ждут")).to_have_attribute("aria-pressed", "true")
    press("Shift+Slash")
    expect(desk.page.get_by_role("dialog")).to_contain_text("к тому, кто ждёт дольше всех")
    press("Escape")
    press("KeyM")
    desk.page.get_by_role("button", name="Включить звук").wait_for()
    press("Escape")
    expect(desk.page.locator(".welcome")).to_be_visible()


def test_tab_goes_from_the_skip_link_to_the_conversation(desk: Desk, chat: str) -> None:
    desk.open(chat)
    desk.page.evaluate("document.activeElement.blur()")
    desk.page.evaluate("document.querySelector('.skip').focus()")
    desk.page.keyboard.press("Enter")

    expect(desk.page.locator("[data-scroller]")).to_be_focused()


def test_a_screen_reader_is_told_of_new_messages_in_one_live_region(desk: Desk, live: Live) -> None:
    made = live.chat(buyer={"name": "Клара"})
    live.write(made, "первое", by="seller", created=1_757_403_725)
    expect(desk.row(made)).to_contain_text("Клара")
    live.write(made, "слышно?")

    expect(desk.page.get_by_role("status")).to_have_text("Клара: слышно?")


def test_the_language_is_switched_and_remembered_at_the_door_too(browser: Browser, live: Live) -> None:
    context = browser.new_context()
    with desk_in(context, live) as desk:
        log_in(desk.page, live.panel)
        desk.page.get_by_role("button", name="Настройки").click()
        desk.page.locator("[name=lang]").select_option("English")
        desk.page.keyboard.press("Escape")
        expect(desk.page.locator(".light")).to_contain_text("Real-time updates are on")

        desk.page.reload()
        expect(desk.page.get_by_role("searchbox")).to_have_attribute("placeholder", "Name, item, text")
        desk.page.get_by_role("button", name="Settings").click()
        desk.page.get_by_role("button", name="Sign out").click()

        expect(desk.page.get_by_role("button", name="Sign in")).to_be_visible()
    context.close()


def test_nothing_is_wider_than_a_phone(browser: Browser, login: Any, live: Live, chat: str) -> None:
    context = browser.new_context(storage_state=login, viewport=PHONE, has_touch=True, is_mobile=True)
    long = live.chat(
        buyer={"name": "Константин" * 12}, item={"title": "Велосипед" * 20, "place": "Тверь" * 30}
    )
    live.write(long, "Ъ" * 900)
    wide = "document.documentElement.scrollWidth > innerWidth"
    with desk_in(context, live) as desk:
        desk.go()
        desk.row(long).wait_for()
        assert desk.page.evaluate(wide) is False
        for made in (long, chat):
            desk.go(f"#/chat/{made}")
            desk.page.locator(".bubble").first.wait_for()
            eventually(lambda: desk.page.evaluate("document.querySelector('[data-scroller]').scrollTop >= 0"))
            assert desk.page.evaluate(wide) is False
            assert (
                desk.page.locator("[data-scroller]").evaluate("(one) => one.scrollWidth > one.clientWidth")
                is False
            )
        desk.page.get_by_role("button", name="Покупатель и объявление").click()
        expect(desk.page.locator("aside")).to_be_in_viewport()
        assert desk.page.evaluate(wide) is False
    context.close()


def test_who_wants_little_motion_gets_none(context: BrowserContext, live: Live) -> None:
    with desk_in(context, live) as desk:
        desk.page.emulate_media(reduced_motion="reduce")
        desk.go()
        desk.becomes("live")

        assert desk.page.evaluate("document.getAnimations().length") == 0


def test_the_chosen_appearance_wins_over_the_systems(context: BrowserContext, live: Live) -> None:
    context.add_init_script(settings(theme="dark"))
    with desk_in(context, live) as desk:
        desk.go()

        assert desk.page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_panel_weighs_less_than_156_kb_where_answers_are_written(
    context: BrowserContext, live: Live, lang: str
) -> None:
    context.add_cookies([{"name": "lang", "value": lang, "url": live.panel}])
    context.add_init_script(settings(lang=lang))
    made = live.chat(buyer={"name": "Вера"})
    live.write(made, "Здравствуйте!")
    with desk_in(context, live) as desk:
        desk.go()
        desk.becomes("live")
        desk.open(made)
        desk.answer("Добрый день!")
        desk.bubble("Добрый день!").wait_for()
        fetched = dict(desk.page.evaluate(FETCHED))

    weight = sum(fetched.values())
    report(f"the panel in {lang}: {len(fetched)} files, {weight} bytes")
    assert {path.rpartition("/")[2] for path in fetched} >= {"", "app.js", "lit-html.js", "icons.svg"}
    assert weight < BUDGET
