"""Search: by words of any message, by the owner of a chat, without the mouse."""

import time

import pytest
from playwright.sync_api import Locator, expect

from testbed import Live, eventually
from tests.browser.operator_panel import OperatorPanel

pytestmark = pytest.mark.browser
OLD = int(time.time()) - 40_000
COLLEAGUE = {"name": "Борис", "password": "amber-Kettle-90", "role": "operator"}
ADD = """body => fetch('api/owner/operators', {method: 'POST', body: JSON.stringify(body)})
    .then(({ status }) => status)"""


def search(panel: OperatorPanel) -> Locator:
    return panel.page.get_by_role("searchbox")


def finds(panel: OperatorPanel, query: str, *chats: str) -> None:
    """Search until exactly these chats are found: words are in the index a moment after their messages."""

    def found() -> bool:
        search(panel).fill("")
        with panel.page.expect_response(lambda answer: "q=" in answer.url):
            search(panel).fill(query)
        panel.page.get_by_text("Загружаем чаты").wait_for(state="detached")
        return {row.get_attribute("data-chat-id") for row in panel.page.locator(".row").all()} == set(chats)

    eventually(found)


def filter_button(panel: OperatorPanel, name: str) -> Locator:
    return panel.page.locator(".filters").get_by_role("button", name=name)


def talk(live: Live, *said: str, name: str = "Вера") -> str:
    """A chat in which the buyer has said this, a second apart."""
    chat = live.chat(buyer={"name": name})
    for number, text in enumerate(said):
        live.write(chat, text, created=OLD + number)
    return chat


def test_a_word_from_far_up_is_found_in_another_form_and_its_message_opens(
    panel: OperatorPanel, live: Live
) -> None:
    said = ["Есть ли крепление для аквариума?", *(f"реплика {number}" for number in range(80))]
    chat = talk(live, *said)
    expect(panel.row(chat)).to_contain_text("реплика 79")

    finds(panel, "аквариумы", chat)

    expect(panel.row(chat).locator(".found")).to_have_text("Есть ли крепление для аквариума?")
    expect(panel.row(chat).locator("mark")).to_have_text("аквариума")
    panel.row(chat).click()
    expect(panel.bubble("крепление для аквариума")).to_be_in_viewport()
    expect(panel.bubble("реплика 79")).not_to_be_in_viewport()


def test_a_deleted_message_is_found_no_more(panel: OperatorPanel, live: Live) -> None:
    chat = live.chat(buyer={"name": "Нина"})
    message = live.write(chat, "Позвоните мне насчёт гироскутера", created=OLD)
    live.write(chat, "Жду", created=OLD + 1)
    expect(panel.row(chat)).to_contain_text("Жду")
    finds(panel, "гироскутер", chat)
    expect(panel.row(chat).locator(".found")).to_contain_text("гироскутера")

    live.run(live.system.avito.delete, chat, message)
    panel.open(chat)
    expect(panel.message(message)).to_contain_text("Сообщение удалено")
    search(panel).fill("гироскутера")

    expect(panel.page.get_by_text("ничего не нашлось")).to_be_visible()


def test_search_and_results_need_no_mouse(panel: OperatorPanel, live: Live) -> None:
    one, other = talk(live, "про телескоп", name="Ян"), talk(live, "тоже телескоп", "да", name="Яна")
    rows = panel.page.locator(".row")
    finds(panel, "телескопы", one, other)
    search(panel).fill("")
    panel.open(one)
    panel.field.focus()

    panel.page.keyboard.press("Control+k")
    expect(search(panel)).to_be_focused()
    panel.page.keyboard.insert_text("телескопы")
    expect(rows.locator("mark")).to_have_count(2)
    panel.page.keyboard.press("ArrowDown")
    expect(rows.nth(0)).to_be_focused()
    panel.page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    panel.page.keyboard.press("Enter")
    expect(rows.nth(1)).to_have_attribute("aria-current", "page")
    panel.page.keyboard.press("ArrowUp")
    panel.page.keyboard.press("Enter")
    expect(rows.nth(0)).to_have_attribute("aria-current", "page")

    panel.page.keyboard.press("ArrowUp")
    expect(search(panel)).to_be_focused()
    panel.page.keyboard.press("Escape")
    expect(search(panel)).to_have_value("")
    expect(search(panel)).not_to_be_focused()


def test_enter_in_the_search_opens_the_first_result(panel: OperatorPanel, live: Live) -> None:
    chat = talk(live, "нужен барометр", name="Лев")
    expect(panel.row(chat)).to_contain_text("барометр")

    panel.page.keyboard.press("/")
    panel.page.keyboard.insert_text("барометры")
    expect(panel.row(chat).locator("mark")).to_have_text("барометр")
    panel.page.keyboard.press("Enter")

    panel.bubble("нужен барометр").wait_for()


def test_own_chats_and_those_of_nobody_are_a_key_away(panel: OperatorPanel, live: Live) -> None:
    assert filter_button(panel, "Мои").count() == 0  # who works alone needs them not
    assert panel.page.evaluate(ADD, COLLEAGUE) == 201
    panel.go()
    panel.becomes("live")
    mine, free = talk(live, "мой", name="Ева"), talk(live, "ничей", name="Ада")
    expect(panel.row(free)).to_be_visible()
    panel.open(mine)
    panel.page.locator("body").press("t")
    expect(panel.row(mine).locator(".owner")).to_be_visible()

    panel.page.keyboard.press("4")
    expect(filter_button(panel, "Мои")).to_have_attribute("aria-pressed", "true")
    expect(panel.row(free)).to_have_count(0)
    expect(panel.row(mine)).to_be_visible()

    panel.page.keyboard.press("5")
    expect(filter_button(panel, "Ничьи")).to_have_attribute("aria-pressed", "true")
    expect(panel.row(free)).to_be_visible()
    panel.page.keyboard.press("1")
    expect(panel.row(mine)).to_be_visible()


def test_a_filter_narrows_a_search(panel: OperatorPanel, live: Live) -> None:
    waits, answered = talk(live, "есть микроскоп?", name="Рая"), talk(live, "микроскоп", name="Рита")
    live.write(answered, "Продан", by="seller", created=OLD + 9)
    expect(panel.row(answered)).to_contain_text("Продан")
    finds(panel, "микроскопы", waits, answered)

    filter_button(panel, "Ждут").click()

    expect(panel.page.locator(".row")).to_have_count(1)
    expect(panel.row(waits)).to_be_visible()
    expect(search(panel)).to_have_value("микроскопы")
