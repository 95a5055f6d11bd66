"""Honesty: the panel never looks newer than it is, and gets up to date by itself."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from playwright.sync_api import Browser, BrowserContext, WebSocketRoute, expect

from testbed import Live, eventually
from tests.browser.operator_panel import HASTE, OperatorPanel, log_in, panel_in, settings

pytestmark = pytest.mark.browser

# In a sleep the wall clock goes on, and `performance.now()` may stand still.
SLEEP = """
    const now = Date.now;
    window.slept = 0;
    Date.now = () => now() + window.slept;
"""


@pytest.fixture
def marked(panel: OperatorPanel) -> Iterator[OperatorPanel]:
    """A panel that must not be loaded anew."""
    panel.page.evaluate("window.same = true")
    yield panel
    assert panel.page.evaluate("window.same") is True


def test_when_all_is_well_the_light_says_so_with_the_age_of_the_last_event(
    panel: OperatorPanel, live: Live
) -> None:
    live.write(live.chat(), "событие")

    expect(panel.page.locator(".light")).to_contain_text("🔗 Real-time обновления включены")
    expect(panel.page.locator(".light .age")).to_contain_text("событие")


def test_in_webhook_mode_no_timer_fetches_anything(context: BrowserContext, live: Live) -> None:
    context.add_init_script(HASTE)
    chat = live.chat()
    live.write(chat, "тишина")
    with panel_in(context, live) as panel:
        panel.go(f"#/chat/{chat}")
        panel.bubble("тишина").wait_for()
        panel.becomes("live")
        panel.page.wait_for_load_state("networkidle")
        asked = panel.fetches()
        panel.page.wait_for_timeout(3_000)

        assert asked == []
        assert panel.live_word == "live"


def test_after_a_restart_of_the_server_it_catches_up_without_f5(marked: OperatorPanel, live: Live) -> None:
    chat = live.chat()
    live.write(chat, "до перезапуска")
    marked.open(chat)
    marked.bubble("до перезапуска").wait_for()

    live.run(live.system.stop, "gateway")
    marked.becomes("catching-up")
    expect(marked.page.locator(".light")).to_contain_text("Догоняем")
    live.write(chat, "во время перезапуска")
    live.run(live.system.start, "gateway")

    marked.bubble("во время перезапуска").wait_for(timeout=40_000)
    marked.becomes("live")


def test_while_redis_is_away_it_says_so_and_nobody_is_logged_out(marked: OperatorPanel, live: Live) -> None:
    chat = live.chat()
    live.write(chat, "до остановки")
    marked.open(chat)
    marked.bubble("до остановки").wait_for()
    live.run(live.system.kill, "redis")

    marked.becomes("catching-up")
    live.run(live.system.start, "redis")
    live.write(chat, "после остановки")

    marked.bubble("после остановки").wait_for(timeout=40_000)
    marked.becomes("live")
    expect(marked.row(chat)).to_contain_text("после остановки")


def test_without_websockets_it_polls_and_says_so(context: BrowserContext, live: Live) -> None:
    context.route_web_socket("**/ws*", lambda ws: ws.close(code=1011))
    chat = live.chat()
    live.write(chat, "до опроса")
    with panel_in(context, live) as panel:
        panel.go(f"#/chat/{chat}")
        panel.bubble("до опроса").wait_for()
        panel.becomes("polling")
        expect(panel.page.locator(".light")).to_contain_text(
            "Опрос каждые 30 секунд: WebSocket недоступен в этой сети"
        )

        live.write(chat, "пришло опросом")
        held = f"{live.panel}api/chats/{chat}/messages"
        eventually(lambda: "пришло опросом" in panel.page.request.get(held).text())
        panel.page.evaluate("dispatchEvent(new Event('focus'))")

        panel.bubble("пришло опросом").wait_for()


def test_an_ended_session_leads_to_the_login(browser: Browser, live: Live) -> None:
    context = browser.new_context()
    with panel_in(context, live) as panel:
        log_in(panel.page, live.panel)
        panel.becomes("live")
        other = context.new_page()
        other.goto(live.panel)
        other.get_by_role("button", name="Настройки").click()
        other.get_by_role("button", name="Выйти").click()
        other.wait_for_url("**/login")
        other.close()

        panel.page.wait_for_url("**/login", timeout=30_000)
    context.close()


def test_when_avito_drops_the_webhook_the_light_names_the_reason_until_it_is_back(
    panel: OperatorPanel, context: BrowserContext, live: Live
) -> None:
    avito = live.system.avito
    context.add_init_script(settings(lang="en"))
    with panel_in(context, live) as english:
        english.go()
        english.becomes("live")
        live.run(avito.strike, "subscribe", status=500)
        live.run(avito.subscribe)
        for screen, reason in (
            (panel, "подписка пропала на стороне Avito"),
            (english, "the subscription vanished"),
        ):
            screen.becomes("polling")
            expect(screen.page.locator(".light")).to_contain_text(reason)
        english.page.reload()
        expect(english.page.locator(".light")).to_contain_text("the subscription vanished at Avito")

        live.run(avito.calm)

        panel.becomes("live")
        english.becomes("live")


@pytest.mark.parametrize("sign", ["document.dispatchEvent(new Event('resume'))", "null"])
def test_after_a_sleep_a_socket_that_is_open_but_dead_is_noticed_within_seconds(
    context: BrowserContext, live: Live, sign: str
) -> None:
    sockets: list[dict[str, bool]] = []

    def connect(ws: WebSocketRoute) -> None:
        server, state = ws.connect_to_server(), {"alive": True}
        sockets.append(state)
        ws.on_message(lambda message: server.send(message) if state["alive"] else None)
        server.on_message(lambda message: ws.send(message) if state["alive"] else None)

    context.route_web_socket("**/ws*", connect)
    context.add_init_script(SLEEP)
    chat = live.chat()
    live.write(chat, "до сна")
    with panel_in(context, live) as panel:
        panel.go(f"#/chat/{chat}")
        panel.bubble("до сна").wait_for()
        panel.becomes("live")
        sockets[-1]["alive"] = False
        live.write(chat, "во сне")
        live.write(chat, "и ещё")

        panel.page.evaluate(f"window.slept = 600_000; {sign}")

        panel.bubble("во сне").wait_for(timeout=10_000)
        panel.bubble("и ещё").wait_for()
        panel.becomes("live")


def test_a_tariff_without_the_api_is_told_by_the_light_until_it_is_bought(
    panel: OperatorPanel, context: BrowserContext, live: Live
) -> None:
    avito = live.system.avito
    context.add_init_script(settings(lang="en"))
    with panel_in(context, live) as english:
        english.go()
        english.becomes("live")
        live.run(avito.faults, tariff="402")
        for screen, words in (
            (panel, "Real-time обновления включены; тариф Avito не включает API мессенджера"),
            (english, "the Avito tariff does not include the messenger API"),
        ):
            expect(screen.page.locator(".light")).to_contain_text(words, timeout=30_000)
            expect(screen.page.locator(".light")).not_to_have_attribute("data-light", "live")

        live.run(avito.faults, tariff="full")

        panel.becomes("live")
        english.becomes("live")


def test_a_new_version_of_the_server_is_offered_quietly_and_the_draft_is_kept(
    context: BrowserContext, live: Live
) -> None:
    sockets: list[WebSocketRoute] = []

    def upgrade(ws: WebSocketRoute) -> None:
        sockets.append(ws)
        server = ws.connect_to_server()

        def pass_on(message: str | bytes) -> None:
            frame: Any = json.loads(message)
            if frame["type"] == "hello" and len(sockets) > 1:
                frame["version"] = "9.9.9"
            ws.send(json.dumps(frame))

        server.on_message(pass_on)

    context.route_web_socket("**/ws*", upgrade)
    chat = live.chat()
    live.write(chat, "вопрос")
    with panel_in(context, live) as panel:
        panel.go(f"#/chat/{chat}")
        panel.bubble("вопрос").wait_for()
        panel.field.fill("недописанное")
        panel.becomes("live")
        sockets[0].close(code=1012)

        expect(panel.page.locator(".notice")).to_contain_text("Вышла версия 9.9.9")
        panel.page.get_by_role("button", name="Обновить").click()

        expect(panel.field).to_have_value("недописанное")


def test_a_redis_that_takes_no_write_is_told_in_words_until_it_does(panel: OperatorPanel, live: Live) -> None:
    panel.becomes("live")
    with redis.Redis(port=live.system.redis_server.port) as store:
        store.config_set("maxmemory", 1)
        try:
            expect(panel.page.locator(".notice")).to_contain_text("Память сервера кончилась")
            panel.becomes("catching-up")
        finally:
            store.config_set("maxmemory", 0)

    expect(panel.page.locator(".notice")).to_have_count(0)
    panel.becomes("live")
