"""`make screenshots`: draws the panel's main states, from the running demo, into docs/images/."""

import io
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from testbed.live import Live, live_system
from testbed.system import PASSWORD, USERNAME
from testbed.waiting import eventually

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
MOST_BYTES = 300_000
# What to wait for is quick here; the demo tells its stories by its own seed.
QUICK = {"SIM_DEMO": "1", "SIM_SEED": "7", "WATCH_INTERVAL_S": "1", "LOG_LEVEL": "INFO"}
LONG = {
    "name": "Константин Александрович Рождественский-Преображенский, мастерская по ремонту велосипедов",
    "title": "Велосипед горный алюминиевый двухподвесный с гидравлическими тормозами и запасными колёсами",
    "place": "Республика Северная Осетия — Алания, муниципальный округ Моздокский, станица Павлодольская",
    "text": "Донаудампфшиффартсэлектрицитэтенгауптбетрибсверкбауунтербеамтенгезелльшафт " * 2,
}
GOODS = (
    ("Диван угловой", "sofa"),
    ("Лыжи беговые", "skis"),
    ("Ботинки зимние", "boots"),
    ("Шины зимние R16", "tyres"),
    ("Кофемашина", "coffee"),
)
BUYERS = (
    ("Анна", "w"),
    ("Пётр Ильич", "m"),
    ("Зарина", "w"),
    ("Глеб", "m"),
    ("Мария К.", "w"),
    ("Тимур", "m"),
    ("Софья", "w"),
    ("Лев", "m"),
)
READY = (
    ("Продажа", "Ещё в продаже", "{имя}, да, {товар} ещё в продаже за {цена}."),
    ("Продажа", "Торг", "Торг уместен при встрече."),
    ("Доставка", "По городу", "Доставка по городу 500 ₽, завтра после {время}."),
    ("Доставка", "Avito Доставка", "Отправлю Avito Доставкой в день оплаты."),
    ("", "Спасибо", "Спасибо за покупку, хорошего дня!"),
)


def main() -> None:
    """Draw them all."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for name, draw in (("demo", demo_states), ("team", together)):
            with live_system(Path(folder) / name, "ingest", environ=QUICK) as live:
                live.run(live.system.avito.subscribe, live.system.webhook_url)
                live.run(live.system.start, "worker", "gateway")
                draw(live, browser)
        plain = {name: value for name, value in QUICK.items() if name != "SIM_DEMO"}
        with live_system(Path(folder) / "first-run", environ=plain) as live:
            first_run(live, browser)


def demo_states(live: Live, browser: Browser) -> None:
    """Everything with buyers in it."""
    with opened(browser, live) as page:
        wait_for_rows(page, 11)
        shoot(page, "panel-waiting")
        converse(live, page)
        shoot(page, "panel-light")
        page.emulate_media(color_scheme="dark")
        shoot(page, "panel-dark")
        settings(page)
        shoot(page, "panel-settings-dark")
        page.keyboard.press("Escape")
        page.emulate_media(color_scheme="light")
        failed_reply(live, page)
        shoot(page, "panel-failed-reply")
        quick_replies(live, page)
        shoot(page, "panel-quick-replies")
    with opened(browser, live, viewport=PHONE, device_scale_factor=2) as page:
        wait_for_rows(page, 8)
        shoot(page, "panel-phone-chats")
        page.locator(".row", has_text="Марина").click()
        page.locator(".bubble", has_text="А насос").wait_for()
        shoot(page, "panel-phone")
    troubles(live, browser)
    long_names(live, browser)
    crowded(live, browser)


def converse(live: Live, page: Page) -> None:
    """Bargain with the first buyer, and begin the next answer."""
    page.locator(".row", has_text="Марина").click()
    page.locator("textarea").fill("Здравствуйте! За 17 000 отдам, если заберёте сегодня.")
    page.locator("textarea").press("Enter")
    page.locator(".bubble", has_text="За 17 000 отдам").get_by_label("Отправлено").wait_for()
    chat = unquote(page.url.rpartition("/")[2])
    live.run(live.system.avito.ask, f"chats/{chat}/read")
    live.write(chat, "Супер! А насос к нему есть?", created=int(time.time()) + 1)
    page.locator(".bubble", has_text="А насос").wait_for()
    page.locator("textarea").fill("Да, насос отдам вместе с велосипедом 🚲")


def settings(page: Page) -> None:
    """Open the settings."""
    page.get_by_role("button", name="Настройки").click()
    page.get_by_role("dialog").wait_for()


def failed_reply(live: Live, page: Page) -> None:
    """One reply that Avito refuses for good."""
    page.locator(".row", has_text="Алексей").click()
    live.run(live.system.avito.strike, "send", status=402, body="{}")
    page.locator("textarea").fill("Доставка до квартиры 1 500 ₽, подъём без лифта ещё 300 ₽ за этаж.")
    page.locator("textarea").press("Enter")
    page.locator('[data-state="failed"]').wait_for(timeout=60_000)
    live.run(live.system.avito.calm)


def quick_replies(live: Live, page: Page) -> None:
    """Ready answers, found by a slash."""
    for folder, name, text in READY:
        reply = {"folder": folder, "name": name, "text": text}
        origin = {"Origin": live.system.url("gateway")}
        page.request.post(f"{live.panel}api/quick-replies", data=reply, headers=origin)
    page.locator("textarea").press_sequentially("/")
    page.get_by_role("option").nth(len(READY) - 1).wait_for()


def together(live: Live, browser: Browser) -> None:
    """Two operators: whose chats, a note, who is typing."""
    colleague = {"name": "anna", "password": f"{PASSWORD}-anna", "role": "operator"}
    origin = {"Origin": live.system.url("gateway")}
    with opened(browser, live) as page:
        page.request.post(f"{live.panel}api/owner/operators", data=colleague, headers=origin)
        wait_for_rows(page, 11)
        with page_of(browser, live) as other:
            enter(other, live, colleague["name"], colleague["password"])
            other.locator(".row", has_text="Артём").click()
            other.get_by_role("button", name="Взять").click()
            other.locator(".row", has_text="Марина").click()
            other.keyboard.press("KeyN")
            other.locator(".note-composer textarea").fill("Обещала насос в подарок, не забыть положить.")
            other.locator(".note-composer textarea").press("Enter")
            other.locator(".note").wait_for()
            other.keyboard.press("Escape")
            page.reload()
            page.locator(".row", has_text="Марина").click()
            page.locator(".note").wait_for()
            page.get_by_role("button", name="Взять").click()
            page.get_by_role("button", name="Взять").wait_for(state="detached")
            other.locator("textarea").press_sequentially("Н", delay=20)
            page.locator(".composer-note .busy", has_text="anna").wait_for()
            shoot(page, "panel-together")


def long_names(live: Live, browser: Browser) -> None:
    """Names, titles and words longer than any line."""
    item = {"title": LONG["title"], "price": "1 234 567 890 ₽", "place": LONG["place"], "picture": "bicycle"}
    chat = live.chat(buyer={"name": LONG["name"], "avatar": "m4"}, item=item)
    now = int(time.time())
    live.write(chat, "Здравствуйте! " + LONG["text"], created=now - 180)
    live.write(chat, "https://example.test/" + "ochen-dlinnaya-ssylka-" * 8, created=now - 120)
    live.write(chat, "שלום، مرحبا: этот текст идёт справа налево, панель его не путает 🙂", created=now - 60)
    for name, viewport in (("long-names", DESK), ("long-names-phone", PHONE)):
        with opened(browser, live, viewport=viewport) as page:
            page.locator(".row", has_text="Константин").click()
            page.get_by_text("справа налево").last.wait_for()
            shoot(page, f"panel-{name}")


def people(live: Live, count: int) -> list[str]:
    """Make chats of different buyers; returns their ids."""
    chats = []
    for number in range(count):
        title, picture = GOODS[number % len(GOODS)]
        name, face = BUYERS[number % len(BUYERS)]
        item = {"title": title, "price": f"{number + 3} 500 ₽", "picture": picture}
        chats.append(live.chat(buyer={"name": name, "avatar": f"{face}{number % 6 + 1}"}, item=item))
    return chats


def crowded(live: Live, browser: Browser) -> None:
    """A busy morning: hundreds of chats that wait."""
    chats = people(live, 40)
    live.run(live.system.avito.burst, messages=150, chat_ids=chats, text="Здравствуйте, ещё продаёте? ({n})")
    with opened(browser, live) as page:
        page.get_by_role("button", name=re.compile("Ждут")).click()
        page.get_by_text("сначала те, кто ждёт дольше").click()
        holds(page, "document.querySelectorAll('.row .thumb').length > 8")
        page.locator(".row").nth(2).click()
        page.locator(".bubble").first.wait_for()
        shoot(page, "panel-crowded")


def troubles(live: Live, browser: Browser) -> None:
    """Honest lines: polling, catching up."""
    with opened(browser, live) as page:
        page.get_by_role("searchbox").fill("велосипед горный")
        page.locator(".row", has_text="Марина").click()
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
    """Before the first buyer: the door, what to do, how far the import is."""
    elsewhere = {"AVITO_API_URL": "https://avito.invalid", "WEBHOOK_URL": ""}
    live.run(live.system.start, "ingest", "gateway")
    live.run(live.system.start, "worker", **elsewhere)
    with page_of(browser, live) as page:
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
        eventually(lambda: welcomed(page) == "Работает демонстрация", every=1.0)
        shoot(page, "panel-empty")
    live.run(live.system.stop, "worker")
    live.run(live.system.avito.calm)
    live.run(live.system.avito.subscribe)
    live.run(live.system.avito.burst, messages=240, chat_ids=people(live, 120), text="Добрый день! ({n})")
    live.run(live.system.avito.strike, "messages", delay_s=0.1)
    with opened(browser, live) as page:
        live.run(live.system.start, "worker")
        page.get_by_text(re.compile("[1-9][05] из 120")).wait_for()
        shoot(page, "panel-importing")


def welcomed(page: Page) -> str:
    """What a panel that is opened now says in its middle."""
    page.reload()
    return page.locator(".welcome h1").inner_text()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give a headless Chromium."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses its sandbox to root
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=path, args=flags) as browser,
    ):
        yield browser


@contextmanager
def page_of(browser: Browser, live: Live, **options: Any) -> Iterator[Page]:
    """Give a page in Russian, light, in Moscow."""
    chosen: dict[str, Any] = {"viewport": DESK, "locale": "ru-RU", "timezone_id": "Europe/Moscow"} | options
    context: BrowserContext = browser.new_context(color_scheme="light", **chosen)
    yield context.new_page()
    context.close()


@contextmanager
def opened(browser: Browser, live: Live, **options: Any) -> Iterator[Page]:
    """Give a page with the panel, logged in and live."""
    with page_of(browser, live, **options) as page:
        enter(page, live, USERNAME, PASSWORD)
        yield page


def enter(page: Page, live: Live, name: str, password: str) -> None:
    """Log in and wait until the panel is live."""
    page.goto(live.panel)
    page.fill("[name=username]", name)
    page.fill("[name=password]", password)
    page.click(".primary")
    holds(page, "document.documentElement.dataset.live !== 'catching-up'")


def wait_for_rows(page: Page, count: int) -> None:
    """Wait until so many chats with their pictures stand in the list."""
    holds(page, f"document.querySelectorAll('.row .name').length >= {count}")
    holds(page, "!document.body.innerText.includes('Объявление загружается')")


def holds(page: Page, expression: str) -> None:
    """Wait until an expression is true in the page, whose policy forbids Playwright's own way to."""
    eventually(lambda: page.evaluate(expression))


def shoot(page: Page, name: str) -> None:
    """Write one picture: settled, every image loaded, in 256 colours."""
    holds(page, "[...document.images].every((image) => image.complete)")
    page.mouse.move(720, 1)
    page.evaluate("document.fonts.ready")
    eventually(lambda: page.locator(".toast").count() == 0)
    raw = page.screenshot(animations="disabled", caret="hide")
    picture = Image.open(io.BytesIO(raw)).convert("RGB")
    small = picture.quantize(256, Image.Quantize.MEDIANCUT, kmeans=2)
    path = IMAGES / f"{name}.png"
    small.save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path.name}: {picture.width}×{picture.height}, {size // 1000} KB")
    if size > MOST_BYTES:
        raise SystemExit(f"{path.name} is larger than {MOST_BYTES // 1000} KB")


if __name__ == "__main__":
    main()
