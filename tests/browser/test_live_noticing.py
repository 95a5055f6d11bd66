"""Noticing: nobody has to look at the panel to know that a buyer wrote."""

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from testbed import Live, eventually
from tests.browser.conftest import chromium_path
from tests.browser.operator_panel import OperatorPanel, panel_in, settings

pytestmark = pytest.mark.browser

BURST_S = 1.5  # as static/shell/attention.js has it
# By this clock a minute passes in three seconds.
FAST_CLOCK = """
    const [began, real] = [Date.now(), Date.now];
    Date.now = () => began + (real() - began) * 20;
"""
# The bell may sound once `letSound` was called; `waking` counts those who wait for that.
SLOW_TO_SOUND = """
    const { resume } = AudioContext.prototype;
    window.waking = 0;
    const gate = new Promise((open) => { window.letSound = open; });
    AudioContext.prototype.resume = async function () {
        window.waking += 1;
        await gate;
        await resume.call(this);
        window.waking -= 1;
    };
"""
# Records real notifications, and says that another window is in front.
NOTIFICATIONS = """
    window.shown = [];
    window.Notification = class extends Notification {
        constructor(...given) { super(...given); shown.push(this); }
    };
    document.hasFocus = () => false;
"""


def touched(panel: OperatorPanel) -> OperatorPanel:
    """Browsers let a page sound only after somebody has touched it."""
    panel.page.locator(".brand").click()
    return panel


def test_a_message_rings_and_the_title_counts_it(panel: OperatorPanel, live: Live) -> None:
    badge = "navigator.setAppBadge = async (count) => { window.badge = count; }"
    panel.page.evaluate(badge)
    touched(panel)
    count = int(panel.page.evaluate("(/\\d+/.exec(document.title) ?? [0])[0]"))
    live.write(live.chat(), "звоночек")

    eventually(lambda: panel.rings == 1)
    expect(panel.page).to_have_title(f"({count + 1}) Avito Live")
    assert panel.page.evaluate("window.badge") == count + 1


def test_of_two_tabs_just_one_rings(context: BrowserContext, live: Live) -> None:
    chat = live.chat()
    with panel_in(context, live) as one, panel_in(context, live) as two:
        for panel in (one, two):
            panel.go()
            panel.becomes("live")
            touched(panel)
        live.write(chat, "один раз")
        for panel in (one, two):
            panel.row(chat).wait_for()

        eventually(lambda: one.rings + two.rings == 1)


@pytest.fixture(scope="module")
def needs_notifications() -> bool:
    """It shows them."""
    return True


@pytest.fixture
def strict(browser: Browser, login: Any) -> Iterator[BrowserContext]:
    """A browser that lets a page sound only after it was touched, as real ones do."""
    flags = ["--autoplay-policy=document-user-activation-required"]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")
    path = chromium_path(browser.browser_type.executable_path)
    with browser.browser_type.launch(executable_path=path, args=flags) as chromium:
        yield chromium.new_context(storage_state=login)


def test_a_tab_that_nobody_touched_leaves_the_bell_to_the_one_in_use(
    strict: BrowserContext, live: Live
) -> None:
    with panel_in(strict, live) as restored, panel_in(strict, live) as used:
        restored.go()  # to evaluate anything in it would be a touch
        used.go()
        used.becomes("live")
        touched(used)
        live.write(live.chat(), "кто ответит?")

        eventually(lambda: used.rings == 1)


def test_a_frozen_tab_leaves_bell_and_notifications_to_another(strict: BrowserContext, live: Live) -> None:
    strict.grant_permissions(["notifications"])
    strict.add_init_script(settings(notify=True))
    strict.add_init_script(NOTIFICATIONS)
    with panel_in(strict, live) as first, panel_in(strict, live) as second:
        for panel in (first, second):
            panel.go()
            panel.becomes("live")
            touched(panel)
        eventually(lambda: len(bells(second)["held"]) == len(bells(second)["pending"]) == 2)
        # Headless pages all count as visible, and Chromium freezes hidden ones only: it is told so by hand.
        first.page.evaluate("document.dispatchEvent(new Event('freeze'))")
        live.write(live.chat(), "кто ответит?")

        eventually(lambda: second.rings == 1)
        eventually(lambda: second.page.evaluate("shown.length") == 1)
        assert (first.rings, first.page.evaluate("shown.length")) == (0, 0)


def bells(panel: OperatorPanel) -> dict[str, list[Any]]:
    """Return the locks of all tabs: those held and those waited for."""
    return dict(panel.page.evaluate("navigator.locks.query()"))


def test_while_a_buyer_waits_one_of_the_tabs_rings_again_every_minute_set(
    context: BrowserContext, live: Live
) -> None:
    context.add_init_script(settings(repeatMinutes=1))
    context.add_init_script(FAST_CLOCK)
    with panel_in(context, live) as one, panel_in(context, live) as two:
        for panel in (one, two):
            panel.go()
            panel.becomes("live")
            touched(panel)
        live.write(live.chat(), "есть кто живой?")

        eventually(lambda: one.rings + two.rings >= 4, within=40)
        assert min(one.rings, two.rings) == 0


def test_a_clock_that_is_set_back_does_not_silence_the_bell_for_those_who_wait(
    context: BrowserContext, live: Live
) -> None:
    context.add_init_script(settings(repeatMinutes=1))
    context.add_init_script(FAST_CLOCK)
    context.add_init_script(
        "{ const now = Date.now; Date.now = () => now() + (window.ahead ?? 86_400_000); }"
    )
    with panel_in(context, live) as panel:
        panel.go()
        panel.becomes("live")
        touched(panel)
        live.write(live.chat(), "есть кто живой?")
        eventually(lambda: panel.rings >= 1)

        panel.page.evaluate("window.ahead = 0")
        before = panel.rings

        eventually(lambda: panel.rings > before, within=20)


def test_the_next_tab_rings_when_the_first_is_closed(context: BrowserContext, live: Live) -> None:
    with panel_in(context, live) as second:
        first = context.new_page()
        first.goto(live.panel)
        first.locator(".bar").wait_for()
        second.go()
        second.becomes("live")
        touched(second)
        first.close()
        eventually(
            lambda: second.page.evaluate(
                "navigator.locks.query().then(({ pending }) => pending.length === 0)"
            )
        )

        live.write(live.chat(), "теперь другая")

        eventually(lambda: second.rings == 1)


def test_a_burst_rings_once(panel: OperatorPanel, live: Live) -> None:
    touched(panel)
    chat, began = live.chat(), time.monotonic()
    live.run(live.system.avito.burst, messages=20, chat_ids=[chat], rate=0)
    expect(panel.row(chat)).to_contain_text("20")

    assert 1 <= panel.rings <= 1 + (time.monotonic() - began) // BURST_S


def test_a_burst_that_comes_while_the_browser_is_about_to_let_us_sound_rings_once_at_most(
    browser: Browser, login: Any, live: Live
) -> None:
    context = browser.new_context(storage_state=login)
    context.add_init_script(SLOW_TO_SOUND)
    with panel_in(context, live) as panel:
        panel.go()
        panel.becomes("live")
        touched(panel)
        chat = live.chat()
        live.run(live.system.avito.burst, messages=20, chat_ids=[chat], rate=0)
        expect(panel.row(chat)).to_contain_text("20")

        panel.page.evaluate("letSound()")
        eventually(lambda: panel.page.evaluate("waking === 0"))

        assert panel.rings <= 1
    context.close()


def test_a_message_that_comes_while_the_browser_is_about_to_let_us_sound_rings_late(
    browser: Browser, login: Any, live: Live
) -> None:
    context = browser.new_context(storage_state=login)
    context.add_init_script(SLOW_TO_SOUND)
    with panel_in(context, live) as panel:
        panel.go()
        panel.becomes("live")
        touched(panel)
        live.write(live.chat(), "слышно?")
        panel.page.locator(".notice").wait_for()  # it has waited for the browser, in vain
        panel.page.evaluate("letSound()")

        eventually(lambda: panel.rings == 1)
    context.close()


def test_a_browser_that_keeps_silent_is_told_of_until_somebody_touches_the_page(
    browser: Browser, login: Any, live: Live
) -> None:
    context = browser.new_context(storage_state=login)
    context.add_init_script("AudioContext.prototype.resume = async () => {};")
    context.add_init_script("Object.defineProperty(AudioContext.prototype, 'state', { value: 'suspended' });")
    with panel_in(context, live) as panel:
        panel.go()
        panel.becomes("live")
        live.write(live.chat(), "тихо")

        expect(panel.page.locator(".notice")).to_contain_text("Браузер пока не даёт звучать")
        assert panel.rings == 0
    context.close()


def test_the_settings_have_a_volume_and_a_test_button(panel: OperatorPanel) -> None:
    panel.page.get_by_role("button", name="Настройки").click()
    panel.page.get_by_role("button", name="Проверить звук").click()
    eventually(lambda: panel.rings == 0)
    panel.page.locator("[name=volume]").fill("0")

    panel.page.keyboard.press("Escape")

    expect(panel.page.get_by_role("button", name="Включить звук")).to_be_visible()


def test_a_click_on_the_notification_opens_the_chat(browser: Browser, login: Any, live: Live) -> None:
    context = browser.new_context(storage_state=login, permissions=["notifications"])
    context.add_init_script(settings(notify=True))
    context.add_init_script(NOTIFICATIONS)
    chat = live.chat(buyer={"name": "Раиса"})
    live.write(chat, "до уведомлений", by="seller", created=int(time.time()) - 60)
    with panel_in(context, live) as panel:
        panel.go()
        panel.becomes("live")
        expect(panel.row(chat)).to_contain_text("Раиса")
        live.write(chat, "Вы сегодня работаете?")
        eventually(lambda: panel.page.evaluate("shown.length"))

        assert panel.page.evaluate("[shown[0].title, shown[0].body]") == ["Раиса", "Вы сегодня работаете?"]
        panel.page.evaluate("shown[0].dispatchEvent(new Event('click'))")

        panel.bubble("Вы сегодня работаете?").wait_for()
    context.close()


def test_who_waits_is_listed_with_the_longest_wait_first_on_request(panel: OperatorPanel, live: Live) -> None:
    now = int(time.time())
    young, old, answered = (live.chat(created=now - 7200) for _ in range(3))
    live.write(young, "пять минут", created=now - 300)
    live.write(old, "час", created=now - 3600)
    live.write(answered, "вопрос", created=now - 600)
    live.write(answered, "ответ", by="seller", created=now - 500)
    for chat in (young, old, answered):
        panel.row(chat).wait_for()

    panel.page.get_by_role("button", name="Ждут").click()
    expect(panel.row(answered)).to_have_count(0)
    expect(panel.row(old).locator(".waits")).to_have_text("1 ч")
    expect(panel.row(young).locator(".waits")).to_have_text("5 мин")
    order = "(rows) => rows.map((row) => row.dataset.chatId)"
    newest_first = panel.page.locator(".row").evaluate_all(order)
    panel.page.get_by_label("сначала те, кто ждёт дольше").check()
    eventually(lambda: panel.page.locator(".row").evaluate_all(order)[0] == old)

    assert newest_first.index(young) < newest_first.index(old)


def test_no_answer_needed_ends_the_wait_on_every_operators_screen(
    context: BrowserContext, panel: OperatorPanel, live: Live
) -> None:
    chat = live.chat()
    live.write(chat, "спасибо, всё понятно")
    with panel_in(context, live) as colleague:
        colleague.go()
        colleague.becomes("live")
        colleague.row(chat).locator(".waits").wait_for()
        panel.open(chat)
        panel.page.get_by_role("button", name="Ответ не нужен").click()

        for screen in (panel, colleague):
            expect(screen.row(chat).locator(".waits")).to_have_count(0)

        live.write(chat, "хотя нет, вопрос", created=int(time.time()) + 2)
        for screen in (panel, colleague):
            screen.row(chat).locator(".waits").wait_for()


@pytest.mark.parametrize("form", ["type", "text", "notice"])
def test_deletions_take_counts_and_filters_back_and_never_ring(
    panel: OperatorPanel, live: Live, form: str
) -> None:
    touched(panel)
    before = panel.page.title()
    chat = live.chat(buyer={"name": "Вера"})
    first, second = (live.write(chat, text) for text in ("первое", "второе"))
    expect(panel.row(chat).locator(".count")).to_have_text("2")
    eventually(lambda: panel.rings > 0)
    rings = panel.rings
    live.run(live.system.avito.delete, chat, second, form=form)
    expect(panel.row(chat).locator(".count")).to_have_text("1")
    live.run(live.system.avito.delete, chat, first, form=form)
    expect(panel.row(chat).locator(".count")).to_have_count(0)
    expect(panel.row(chat).locator(".waits")).to_have_count(0)
    expect(panel.page).to_have_title(before)
    for name in ("Новые", "Ждут"):
        panel.page.locator(".filters").get_by_role("button", name=name).click()
        expect(panel.row(chat)).to_have_count(0)

    assert panel.rings == rings


def test_a_lead_is_marked_counted_below_and_new_where_it_stands(panel: OperatorPanel, live: Live) -> None:
    now = int(time.time())
    chat = live.chat(buyer={"name": "Глеб"}, created=now - 7200)
    for number in range(30):
        live.write(chat, f"слово {number}", created=now - 40 + number)
    live.write(chat, "ответ", by="seller", created=now - 5)
    panel.open(chat)
    panel.bubble("ответ").wait_for()
    panel.page.locator("[data-scroller]").evaluate("(one) => one.scrollTo(0, 0)")
    panel.page.locator(".jump").wait_for()
    lead = live.write(chat, "[Системное сообщение] Кандидат откликнулся на вакансию «Курьер».", by="system")

    expect(panel.page.locator(".jump .count")).to_have_text("1")
    panel.page.evaluate("location.hash = '#/'")
    panel.open(chat)
    expect(panel.message(lead)).to_contain_text("Новое обращение")
    expect(panel.page.locator(".new + .system")).to_have_attribute("data-message-id", lead)
