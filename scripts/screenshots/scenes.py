"""The scenes that are drawn, and the steps that lead to each."""

import time
from urllib.parse import unquote

from playwright.sync_api import Browser, Page

from screenshots.pages import PHONE, open_chat, opened, send, shoot, wait_for_rows
from testbed import PASSWORD, Live


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
    with opened(browser, live, viewport=PHONE, device_scale_factor=2) as page:
        wait_for_rows(page, 8)
        shoot(page, "panel-phone-chats")
        open_chat(page, "Марина")
        page.locator(".bubble", has_text="А насос").wait_for()
        shoot(page, "panel-phone")


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
