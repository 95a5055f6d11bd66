"""Finding: by words of any message, by whose chat it is, without the mouse."""

import time

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.desk import Desk
from tests.support.live import Live, eventually

pytestmark = pytest.mark.browser
OLD = int(time.time()) - 40_000
COLLEAGUE = {"name": "Борис", "password": "amber-Kettle-90", "role": "operator"}
ADD = """body => fetch('api/owner/operators', {method: 'POST', body: JSON.stringify(body)})
    .then(({ status }) => status)"""


def search(desk: Desk) -> Locator:
    return desk.page.get_by_role("searchbox")


def finds(desk: Desk, query: str, *chats: str) -> None:
    """Search until exactly these chats are found: words are in the index a moment after their messages."""

    def found() -> bool:
        search(desk).fill("")
        with desk.page.expect_response(lambda answer: "q=" in answer.url):
            search(desk).fill(query)
        desk.page.get_by_text("Загружаем чаты").wait_for(state="detached")
        return {row.get_attribute("data-chat-id") for row in desk.page.locator(".row").all()} == set(chats)

    eventually(found)


def filter_button(desk: Desk, name: str) -> Locator:
    return desk.page.locator(".filters").get_by_role("button", name=name)


def talk(live: Live, *said: str, name: str = "Вера") -> str:
    """A chat in which the buyer has said this, a second apart."""
    chat = live.chat(buyer={"name": name})
    for number, text in enumerate(said):
        live.write(chat, text, created=OLD + number)
    return chat


def test_a_word_from_far_up_is_found_in_another_form_and_its_message_opens(desk: Desk, live: Live) -> None:
    said = ["Есть ли крепление для аквариума?", *(f"реплика {number}" for number in range(80))]
    chat = talk(live, *said)
    expect(desk.row(chat)).to_contain_text("реплика 79")

    finds(desk, "аквариумы", chat)

    expect(desk.row(chat).locator(".found")).to_have_text("Есть ли крепление для аквариума?")
    expect(desk.row(chat).locator("mark")).to_have_text("аквариума")
    desk.row(chat).click()
    expect(desk.bubble("крепление для аквариума")).to_be_in_viewport()
    expect(desk.bubble("реплика 79")).not_to_be_in_viewport()


def test_a_deleted_message_is_found_no_more(desk: Desk, live: Live) -> None:
    chat = live.chat(buyer={"name": "Нина"})
    message = live.write(chat, "Позвоните мне насчёт гироскутера", created=OLD)
    live.write(chat, "Жду", created=OLD + 1)
    expect(desk.row(chat)).to_contain_text("Жду")
    finds(desk, "гироскутер", chat)
    expect(desk.row(chat).locator(".found")).to_contain_text("гироскутера")

    live.run(live.system.avito.delete, chat, message)
    desk.open(chat)
    expect(desk.message(message)).to_contain_text("Сообщение удалено")
    search(desk).fill("гироскутера")

    expect(desk.page.get_by_text("ничего не нашлось")).to_be_visible()


def test_search_and_results_need_no_mouse(desk: Desk, live: Live) -> None:
    one, other = talk(live, "про телескоп", name="Ян"), talk(live, "тоже телескоп", "да", name="Яна")
    rows = desk.page.locator(".row")
    finds(desk, "телескопы", one, other)
    search(desk).fill("")
    desk.open(one)
    desk.field.focus()

    desk.page.keyboard.press("Control+k")
    expect(search(desk)).to_be_focused()
    desk.page.keyboard.insert_text("телескопы")
    expect(rows.locator("mark")).to_have_count(2)
    desk.page.keyboard.press("ArrowDown")
    expect(rows.nth(0)).to_be_focused()
    desk.page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    desk.page.keyboard.press("Enter")
    expect(rows.nth(1)).to_have_attribute("aria-current", "page")
    desk.page.keyboard.press("ArrowUp")
    desk.page.keyboard.press("Enter")
    expect(rows.nth(0)).to_have_attribute("aria-current", "page")

    desk.page.keyboard.press("ArrowUp")
    expect(search(desk)).to_be_focused()
    desk.page.keyboard.press("Escape")
    expect(search(desk)).to_have_value("")
    expect(search(desk)).not_to_be_focused()


def test_enter_in_the_search_opens_the_first_result(desk: Desk, live: Live) -> None:
    chat = talk(live, "нужен барометр", name="Лев")
    expect(desk.row(chat)).to_contain_text("барометр")

    desk.page.keyboard.press("/")
    desk.page.keyboard.insert_text("барометры")
    expect(desk.row(chat).locator("mark")).to_have_text("барометр")
    desk.page.keyboard.press("Enter")

    desk.bubble("нужен барометр").wait_for()


def test_own_chats_and_those_of_nobody_are_a_key_away(desk: Desk, live: Live) -> None:
    assert filter_button(desk, "Мои").count() == 0  # who works alone needs them not
    assert desk.page.evaluate(ADD, COLLEAGUE) == 201
    desk.go()
    desk.becomes("live")
    mine, free = talk(live, "мой", name="Ева"), talk(live, "ничей", name="Ада")
    expect(desk.row(free)).to_be_visible()
    desk.open(mine)
    desk.page.locator("body").press("t")
    expect(desk.row(mine).locator(".owner")).to_be_visible()

    desk.page.keyboard.press("4")
    expect(filter_button(desk, "Мои")).to_have_attribute("aria-pressed", "true")
    expect(desk.row(free)).to_have_count(0)
    expect(desk.row(mine)).to_be_visible()

    desk.page.keyboard.press("5")
    expect(filter_button(desk, "Ничьи")).to_have_attribute("aria-pressed", "true")
    expect(desk.row(free)).to_be_visible()
    desk.page.keyboard.press("1")
    expect(desk.row(mine)).to_be_visible()


def test_a_filter_narrows_a_search(desk: Desk, live: Live) -> None:
    waits, answered = talk(live, "есть микроскоп?", name="Рая"), talk(live, "микроскоп", name="Рита")
    live.write(answered, "Продан", by="seller", created=OLD + 9)
    expect(desk.row(answered)).to_contain_text("Продан")
    finds(desk, "микроскопы", waits, answered)

    filter_button(desk, "Ждут").click()

    expect(desk.page.locator(".row")).to_have_count(1)
    expect(desk.row(waits)).to_be_visible()
    expect(search(desk)).to_have_value("микроскопы")
