"""For everyone: keyboard, screen readers, languages, phones, a quiet screen."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from testbed import Live, eventually
from tests.browser.operator_panel import PHONE, OperatorPanel, log_in, panel_in, report, settings

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
def test_axe_finds_nothing_wrong_in_the_panel(panel: OperatorPanel, chat: str, theme: str) -> None:
    panel.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    assert faults(panel.page) == []
    panel.open(chat)
    panel.bubble("ответ").wait_for()
    assert faults(panel.page) == []
    for name in ("Настройки", "Клавиши", "Заблокировать покупателя"):
        panel.page.get_by_role("button", name=name).click()
        panel.page.get_by_role("dialog").wait_for()
        assert faults(panel.page) == []
        panel.page.keyboard.press("Escape")


def test_axe_finds_nothing_wrong_on_a_phone_and_at_the_login(
    browser: Browser, context: BrowserContext, live: Live, chat: str
) -> None:
    with panel_in(context, live) as panel:
        panel.page.set_viewport_size(PHONE)
        panel.go(f"#/chat/{chat}")
        panel.bubble("ответ").wait_for()
        assert faults(panel.page) == []
    door = browser.new_page()
    door.goto(live.panel)
    door.locator(".login").wait_for()
    assert faults(door) == []
    door.close()


def test_all_can_be_done_from_the_keyboard(panel: OperatorPanel, chat: str, live: Live) -> None:
    other = live.chat(buyer={"name": "Ждёт Дольше"})
    live.write(other, "когда ответите?", created=1_757_403_725)
    expect(panel.row(other)).to_contain_text("Ждёт Дольше")
    press = panel.page.keyboard.press

    press("Alt+KeyW")
    panel.bubble("когда ответите?").wait_for()
    press("KeyR")
    expect(panel.field).to_be_focused()
    panel.page.keyboard.type("уже отвечаю")
    press("Enter")
    panel.bubble("уже отвечаю").wait_for()
    press("Escape")
    press("Slash")
    expect(panel.page.get_by_role("searchbox")).to_be_focused()
    panel.page.keyboard.type("Галина")
    expect(panel.page.locator(".row")).to_have_count(1)
    press("Alt+ArrowDown")
    panel.bubble("https://example.test/a").wait_for()
    press("Escape")
    press("Digit3")
    expect(panel.page.get_by_role("button", name="Ждут")).to_have_attribute("aria-pressed", "true")
    press("Shift+Slash")
    expect(panel.page.get_by_role("dialog")).to_contain_text("к тому, кто ждёт дольше всех")
    press("Escape")
    press("KeyM")
    panel.page.get_by_role("button", name="Включить звук").wait_for()
    press("Escape")
    expect(panel.page.locator(".welcome")).to_be_visible()


def test_tab_goes_from_the_skip_link_to_the_conversation(panel: OperatorPanel, chat: str) -> None:
    panel.open(chat)
    panel.page.evaluate("document.activeElement.blur()")
    panel.page.evaluate("document.querySelector('.skip').focus()")
    panel.page.keyboard.press("Enter")

    expect(panel.page.locator("[data-scroller]")).to_be_focused()


def test_a_screen_reader_is_told_of_new_messages_in_one_live_region(panel: OperatorPanel, live: Live) -> None:
    made = live.chat(buyer={"name": "Клара"})
    live.write(made, "первое", by="seller", created=1_757_403_725)
    expect(panel.row(made)).to_contain_text("Клара")
    live.write(made, "слышно?")

    expect(panel.page.get_by_role("status")).to_have_text("Клара: слышно?")


def test_the_language_is_switched_and_remembered_at_the_login_too(browser: Browser, live: Live) -> None:
    context = browser.new_context()
    with panel_in(context, live) as panel:
        log_in(panel.page, live.panel)
        panel.page.get_by_role("button", name="Настройки").click()
        panel.page.locator("[name=lang]").select_option("English")
        panel.page.keyboard.press("Escape")
        expect(panel.page.locator(".light")).to_contain_text("Real-time updates are on")

        panel.page.reload()
        expect(panel.page.get_by_role("searchbox")).to_have_attribute("placeholder", "Name, item, text")
        panel.page.get_by_role("button", name="Settings").click()
        panel.page.get_by_role("button", name="Sign out").click()

        expect(panel.page.get_by_role("button", name="Sign in")).to_be_visible()
    context.close()


def test_nothing_is_wider_than_a_phone(browser: Browser, login: Any, live: Live, chat: str) -> None:
    context = browser.new_context(storage_state=login, viewport=PHONE, has_touch=True, is_mobile=True)
    long = live.chat(
        buyer={"name": "Константин" * 12}, item={"title": "Велосипед" * 20, "place": "Тверь" * 30}
    )
    live.write(long, "Ъ" * 900)
    wide = "document.documentElement.scrollWidth > innerWidth"
    with panel_in(context, live) as panel:
        panel.go()
        panel.row(long).wait_for()
        assert panel.page.evaluate(wide) is False
        for made in (long, chat):
            panel.go(f"#/chat/{made}")
            panel.page.locator(".bubble").first.wait_for()
            eventually(
                lambda: panel.page.evaluate("document.querySelector('[data-scroller]').scrollTop >= 0")
            )
            assert panel.page.evaluate(wide) is False
            assert (
                panel.page.locator("[data-scroller]").evaluate("(one) => one.scrollWidth > one.clientWidth")
                is False
            )
        panel.page.get_by_role("button", name="Покупатель и объявление").click()
        expect(panel.page.locator("aside")).to_be_in_viewport()
        assert panel.page.evaluate(wide) is False
    context.close()


def test_who_wants_little_motion_gets_none(context: BrowserContext, live: Live) -> None:
    with panel_in(context, live) as panel:
        panel.page.emulate_media(reduced_motion="reduce")
        panel.go()
        panel.becomes("live")

        assert panel.page.evaluate("document.getAnimations().length") == 0


def test_the_chosen_appearance_wins_over_the_systems(context: BrowserContext, live: Live) -> None:
    context.add_init_script(settings(theme="dark"))
    with panel_in(context, live) as panel:
        panel.go()

        assert panel.page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_panel_weighs_less_than_156_kb_where_answers_are_written(
    context: BrowserContext, live: Live, lang: str
) -> None:
    context.add_cookies([{"name": "lang", "value": lang, "url": live.panel}])
    context.add_init_script(settings(lang=lang))
    made = live.chat(buyer={"name": "Вера"})
    live.write(made, "Здравствуйте!")
    with panel_in(context, live) as panel:
        panel.go()
        panel.becomes("live")
        panel.open(made)
        panel.answer("Добрый день!")
        panel.bubble("Добрый день!").wait_for()
        fetched = dict(panel.page.evaluate(FETCHED))

    weight = sum(fetched.values())
    report(f"the panel in {lang}: {len(fetched)} files, {weight} bytes")
    assert {path.rpartition("/")[2] for path in fetched} >= {"", "app.js", "lit-html.js", "icons.svg"}
    assert weight < BUDGET
