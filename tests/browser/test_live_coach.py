"""The coach's page in a real browser, with the whole system behind it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from testbed import USERNAME, Live, eventually
from tests.browser.operator_panel import OperatorPanel

pytestmark = pytest.mark.browser
NEW = "amber-Kettle-90"
ALWAYS: dict[str, Any] = {
    "zone": "Europe/Moscow",
    "days": [["00:00", "00:00"]] * 7,
    "automatic": {"enabled": False, "text": "Ответим утром"},
}


def post(page: Page, live: Live, path: str, body: Any) -> Any:
    headers = {"Origin": live.system.url("gateway")}
    answer = page.request.post(f"{live.panel}api/{path}", data=body, headers=headers)
    assert answer.ok, answer.text()
    return answer.json()


@pytest.fixture
def page(usual_browser: BrowserContext, live: Live) -> Iterator[Page]:
    """The coach's page, open around the clock; whatever it complains of fails the test."""
    page = usual_browser.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    post(page, live, "owner/hours", ALWAYS)
    page.goto(f"{live.panel}coach")
    page.locator(".chart").wait_for()
    yield page
    page.close()
    assert [one for one in complaints if "status of 4" not in one] == []


def test_whoever_waits_counts_down_until_answered_and_is_then_a_bar(
    page: Page, panel: OperatorPanel, live: Live
) -> None:
    chat = live.chat(buyer={"name": "Марина"})
    live.write(chat, "Ещё продаёте?")
    row = page.locator(f'[data-chat-id="{chat}"]')
    expect(row).to_contain_text("Марина", timeout=40_000)
    first = row.locator(".left").inner_text()
    eventually(lambda: row.locator(".left").inner_text() < first)

    row.get_by_role("link", name="Марина").click()
    page.locator(".composer textarea").fill("Да, продаём")
    page.locator(".composer textarea").press("Enter")
    panel.open(chat)
    expect(panel.sent("Да, продаём")).to_be_visible()

    page.goto(f"{live.panel}coach")
    counted = page.locator("table").first.get_by_role("row").filter(has_text=USERNAME)

    def is_counted() -> bool:
        page.get_by_role("button", name="7 дней").click()
        expect(page.locator("main")).to_have_attribute("aria-busy", "false")
        return counted.count() == 1

    eventually(is_counted)
    expect(counted).to_contain_text("100 %")
    expect(page.locator(".chart .bar")).to_have_count(1)
    expect(row).to_have_count(0)


def test_the_figures_are_downloaded_as_a_table(page: Page) -> None:
    with page.expect_download() as download:
        page.get_by_role("link", name="Скачать CSV").click()

    assert download.value.suggested_filename.startswith("answers-")
    text = download.value.path().read_text("utf-8-sig")
    assert text.startswith("from;to;operator;answers;")


def test_the_owner_sets_hours_and_the_automatic_answer(page: Page) -> None:
    form = page.locator("form.hours")
    form.get_by_label("воскресенье", exact=True).uncheck()
    form.get_by_label("понедельник, с").fill("10:00")
    form.get_by_label("понедельник, до").fill("19:30")
    form.get_by_label("Часовой пояс").select_option("Asia/Omsk")
    form.get_by_label("Отвечать покупателям").check()
    form.get_by_label("Текст").fill("Откроемся в десять")
    form.get_by_role("button", name="Сохранить").click()

    expect(page.get_by_role("status")).to_contain_text("Сохранено")
    page.reload()
    expect(form.get_by_label("воскресенье", exact=True)).not_to_be_checked()
    expect(form.get_by_label("понедельник, до")).to_have_value("19:30")
    expect(form.get_by_label("Часовой пояс")).to_have_value("Asia/Omsk")
    expect(form.get_by_label("Отвечать покупателям")).to_be_checked()
    expect(form.get_by_label("Текст")).to_have_value("Откроемся в десять")


def test_what_another_owner_saved_meanwhile_is_shown_and_not_undone(page: Page, live: Live) -> None:
    form = page.locator("form.hours")
    form.get_by_label("понедельник, с").fill("11:00")
    post(page, live, "owner/hours", ALWAYS | {"automatic": {"enabled": True, "text": "Ответ Бориса"}})

    form.get_by_role("button", name="Сохранить").click()

    expect(page.get_by_role("alert")).to_contain_text("изменил другой владелец")
    expect(form.get_by_label("Текст")).to_have_value("Ответ Бориса")
    expect(form.get_by_label("Отвечать покупателям")).to_be_checked()
    expect(form.get_by_label("понедельник, с")).to_have_value("11:00")
    form.get_by_role("button", name="Сохранить").click()
    expect(page.get_by_role("status")).to_contain_text("Сохранено")
    page.reload()
    expect(form.get_by_label("Текст")).to_have_value("Ответ Бориса")
    expect(form.get_by_label("понедельник, с")).to_have_value("11:00")


def test_what_cannot_be_set_is_said_in_the_owners_words(page: Page) -> None:
    form = page.locator("form.hours")
    for box in form.locator("fieldset input[type=checkbox]").all():
        box.uncheck()
    form.get_by_role("button", name="Сохранить").click()

    expect(page.get_by_role("alert")).to_have_text("Хотя бы один день должен быть рабочим.")


def test_an_operator_reads_the_hours_and_cannot_change_them(page: Page, browser: Browser, live: Live) -> None:
    post(page, live, "owner/operators", {"name": "vera", "password": NEW, "role": "operator"})
    context = browser.new_context(locale="ru-RU")
    seat = context.new_page()
    seat.goto(live.panel)
    seat.fill("[name=username]", "vera")
    seat.fill("[name=password]", NEW)
    seat.click(".primary")
    seat.locator(".bar").wait_for()
    seat.get_by_role("button", name="Настройки").click()
    seat.get_by_role("link", name="Скорость ответа").click()

    expect(seat.get_by_role("heading", name="Рабочее время")).to_be_visible()
    expect(seat.locator("form")).to_have_count(0)
    context.close()


def test_an_automatic_answer_is_drawn_as_such_and_the_chat_still_waits(
    panel: OperatorPanel, live: Live
) -> None:
    days = [["00:00", "00:01"] if day == far_day() else None for day in range(7)]
    closed = {"days": days, "automatic": {"enabled": True, "text": "Ответим утром"}}
    post(panel.page, live, "owner/hours", ALWAYS | closed)
    chat = live.chat(buyer={"name": "Вера"})
    live.write(chat, "Торг уместен?")
    expect(panel.row(chat)).to_contain_text("Ответим утром", timeout=40_000)
    panel.open(chat)

    expect(panel.bubble("Ответим утром").locator(".author")).to_have_text("Автоответ")
    expect(panel.row(chat).locator(".waits")).to_be_visible()
    post(panel.page, live, "owner/hours", ALWAYS)


def far_day() -> int:
    """Return a weekday that is neither today nor near it, whatever the time zone."""
    return (datetime.now(UTC).weekday() + 3) % 7


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_wrong_in_it(page: Page, theme: str) -> None:
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)

    assert Axe().run(page).response["violations"] == []
