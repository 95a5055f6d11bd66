"""The scenes that are drawn, and the steps that lead to each."""

import time
from urllib.parse import unquote

from playwright.sync_api import Browser, Page

from screenshots.pages import PHONE, open_chat, opened, page_of, send, shoot, wait_for_rows
from testbed import PASSWORD, Live, eventually


def demo_states(live: Live, browser: Browser) -> None:
    """Draw the scenes of the demo."""
    with opened(browser, live) as page:
        wait_for_rows(page, 11)
        shoot(page, "panel-waiting")
        converse(live, page)
        shoot(page, "panel-light")
        page.emulate_media(color_scheme="dark")
        shoot(page, "panel-dark")
        page.get_by_role("button", name="Настройки").click()
        page.get_by_role("dialog").wait_for()
        shoot(page, "panel-settings-dark")
        page.keyboard.press("Escape")
        page.emulate_media(color_scheme="light")
        failed_reply(live, page)
        shoot(page, "panel-failed-reply")
    with opened(browser, live, viewport=PHONE, device_scale_factor=2) as page:
        wait_for_rows(page, 8)
        shoot(page, "panel-phone-chats")
        open_chat(page, "Марина")
        page.locator(".bubble", has_text="А насос").wait_for()
        shoot(page, "panel-phone")
    troubles(live, browser)


def converse(live: Live, page: Page) -> None:
    """Bargain with the first buyer, and begin the next reply."""
    open_chat(page, "Марина")
    send(page, "Здравствуйте! За 17 000 отдам, если заберёте сегодня.")
    page.locator(".bubble", has_text="За 17 000 отдам").get_by_label("Отправлено").wait_for()
    chat = unquote(page.url.rpartition("/")[2])
    live.run(live.system.avito.ask, f"chats/{chat}/read")
    live.write(chat, "Супер! А насос к нему есть?", created=int(time.time()) + 1)
    page.locator(".bubble", has_text="А насос").wait_for()
    page.locator("textarea").fill("Да, насос отдам вместе с велосипедом 🚲")


def failed_reply(live: Live, page: Page) -> None:
    """Send a reply that Avito refuses."""
    open_chat(page, "Алексей")
    live.run(live.system.avito.strike, "send", status=402, body="{}")
    send(page, "Доставка до квартиры 1 500 ₽, подъём без лифта ещё 300 ₽ за этаж.")
    page.locator('[data-state="failed"]').wait_for(timeout=60_000)
    live.run(live.system.avito.calm)


def together(live: Live, browser: Browser) -> None:
    """Draw two operators: assigned chats, a note, a colleague who is typing."""
    colleague = {"name": "anna", "password": PASSWORD, "role": "operator"}
    origin = {"Origin": live.system.url("gateway")}
    with opened(browser, live) as page:
        page.request.post(f"{live.panel}api/owner/operators", data=colleague, headers=origin)
        wait_for_rows(page, 11)
        with opened(browser, live, "anna") as other:
            open_chat(other, "Артём")
            other.get_by_role("button", name="Взять").click()
            open_chat(other, "Марина")
            other.keyboard.press("KeyN")
            other.locator(".note-composer textarea").fill("Обещала насос в подарок, не забыть положить.")
            other.locator(".note-composer textarea").press("Enter")
            other.locator(".note").wait_for()
            other.keyboard.press("Escape")
            page.reload()
            open_chat(page, "Марина")
            page.locator(".note").wait_for()
            page.get_by_role("button", name="Взять").click()
            page.get_by_role("button", name="Взять").wait_for(state="detached")
            other.locator("textarea").press_sequentially("Н", delay=20)
            page.locator(".composer-note .busy", has_text="anna").wait_for()
            shoot(page, "panel-together")


def troubles(live: Live, browser: Browser) -> None:
    """Draw the states polling and catching up."""
    with opened(browser, live) as page:
        page.get_by_role("searchbox").fill("велосипед горный")
        open_chat(page, "Марина")
        page.locator(".bubble", has_text="А насос").wait_for()
        live.run(live.system.avito.strike, "subscribe", status=500)
        live.run(live.system.avito.subscribe)
        page.locator('.light[data-light="polling"]').wait_for(timeout=60_000)
        shoot(page, "panel-polling")
        live.run(live.system.stop, "gateway")
        page.locator('.light[data-light="catching-up"]').wait_for(timeout=60_000)
        shoot(page, "panel-catching-up")
        live.run(live.system.start, "gateway")
    live.run(live.system.avito.calm)
    live.run(live.system.avito.subscribe, live.system.webhook_url)


def first_run(live: Live, browser: Browser) -> None:
    """Draw the login, the first run, and the panel without chats."""
    elsewhere = {"AVITO_API_URL": "https://avito.invalid", "WEBHOOK_URL": ""}
    live.run(live.system.start, "ingest", "gateway")
    live.run(live.system.start, "worker", **elsewhere)
    with page_of(browser) as page:
        page.goto(live.panel)
        shoot(page, "login")
    with opened(browser, live) as page:
        page.get_by_text("Здесь появятся покупатели").wait_for()
        shoot(page, "panel-first-run")
    live.run(live.system.stop, "worker")
    live.run(live.system.avito.subscribe, live.system.webhook_url)
    live.run(live.system.avito.strike, "chats", status=500)
    live.run(live.system.start, "worker")
    with opened(browser, live) as page:
        page.locator('.light[data-light="live"]').wait_for(timeout=60_000)
        eventually(lambda: page.reload() and page.get_by_text("Работает демонстрация").count(), every=1.0)
        shoot(page, "panel-empty")
