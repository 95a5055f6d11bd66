"""Quick replies: written by the team on their own page, inserted with `/`, never sent with a gap unseen."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from shared.redis import keys
from testbed import Live, eventually
from tests.browser.operator_panel import PHONE, OperatorPanel, log_in, panel_in

pytestmark = pytest.mark.browser

SOLD = {"folder": "Продажа", "name": "В продаже", "text": "{имя}, да, {товар} ещё в продаже за {цена}."}
MEET = {"folder": "Продажа", "name": "Встреча", "text": "Жду вас в {время}. {я}"}
HELLO = {"folder": "", "name": "Привет", "text": "Здравствуйте!"}
RULES = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


@pytest.fixture(autouse=True)
def book(live: Live) -> Iterator[None]:
    """Every test begins with no quick replies."""
    with redis.Redis.from_url(live.system.redis_server.url) as client:
        client.delete(keys.QUICK_REPLIES)
        yield


@pytest.fixture
def chat(panel: OperatorPanel, live: Live) -> str:
    """A chat with a question about a table, open at the panel."""
    made = live.chat(buyer={"name": "Вера"}, item={"title": "Стол", "price": "1 900 ₽"})
    live.write(made, "Ещё продаётся?")
    expect(panel.row(made)).to_contain_text("Вера")
    panel.open(made)
    return made


@pytest.fixture
def page(usual_browser: BrowserContext, live: Live) -> Iterator[Page]:
    """The page on which they are edited; whatever it throws fails the test."""
    page = usual_browser.new_page()
    thrown: list[str] = []
    page.on("pageerror", lambda error: thrown.append(str(error)))
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{live.panel}quick-replies")
    expect(page.locator(".add")).to_be_visible()
    yield page
    page.close()
    assert thrown == []


def write_down(opener: Page, live: Live, *replies: dict[str, str]) -> None:
    """A colleague has written these."""
    origin = {"Origin": live.system.url("gateway")}
    for reply in replies:
        answer = opener.request.post(f"{live.panel}api/quick-replies", data=reply, headers=origin)
        assert answer.status == 201, answer.text()


def palette(panel: OperatorPanel) -> Locator:
    return panel.page.get_by_role("combobox", name="Найти быстрый ответ")


def options(panel: OperatorPanel) -> Locator:
    return panel.page.get_by_role("listbox", name="Быстрые ответы").get_by_role("option")


def is_asked_for(page: Page, feature: list[Route]) -> bool:
    """Tell whether the page has asked for the file; Playwright takes requests only while it waits."""
    page.wait_for_timeout(50)
    return bool(feature)


def held(page: Page, address: str) -> list[Route]:
    """Hold the next request to this address back; it lands in the list."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route(re.compile(address), hold, times=1)
    return waiting


def save(page: Page, **fields: str) -> None:
    """Fill in the open form and save it."""
    for name, value in fields.items():
        page.locator(f".editor [name={name}]").fill(value)
    page.locator(".editor .primary").click()


def row(page: Page, name: str) -> Locator:
    return page.locator(f'[data-name="{name}"]')


def violations(page: Page) -> list[Any]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]]) for one in found]


def test_a_slash_finds_a_reply_and_enter_inserts_it_filled_in_from_the_chat(
    panel: OperatorPanel, chat: str, live: Live
) -> None:
    write_down(panel.page, live, SOLD, MEET, HELLO)

    panel.field.press_sequentially("/прода")
    expect(palette(panel)).to_be_focused()
    expect(palette(panel)).to_have_value("прода")
    expect(options(panel)).to_have_count(2)
    expect(options(panel).first).to_contain_text("Вера, да, Стол ещё в продаже за 1 900 ₽.")
    panel.page.keyboard.press("Enter")

    expect(panel.field).to_have_value("Вера, да, Стол ещё в продаже за 1 900 ₽.")
    expect(panel.field).to_be_focused()
    panel.field.press("Enter")
    panel.sent("Вера, да, Стол ещё в продаже").wait_for()


def test_arrows_choose_and_what_is_chosen_is_announced(panel: OperatorPanel, chat: str, live: Live) -> None:
    write_down(panel.page, live, SOLD, MEET, HELLO)
    panel.field.press("/")
    expect(options(panel)).to_have_count(3)

    chosen = panel.page.locator(".quick [aria-selected=true]")
    expect(chosen).to_contain_text("Привет")
    panel.page.keyboard.press("ArrowUp")
    expect(chosen).to_contain_text("Встреча")
    panel.page.keyboard.press("ArrowDown")
    panel.page.keyboard.press("ArrowDown")

    expect(chosen).to_contain_text("В продаже")
    assert palette(panel).get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    expect(panel.page.get_by_role("group", name="Продажа").get_by_role("option")).to_have_count(2)


def test_a_gap_is_selected_and_an_answer_with_one_is_not_sent_unseen(
    panel: OperatorPanel, chat: str, live: Live
) -> None:
    write_down(panel.page, live, MEET)
    panel.field.press("/")
    expect(options(panel)).to_have_count(1)
    panel.page.keyboard.press("Enter")
    expect(panel.field).to_have_value(re.compile("Жду вас в {время}"))

    panel.field.press("Enter")

    expect(panel.page.get_by_role("alert")).to_contain_text("Не заполнено: {время}")
    assert panel.page.locator(".bubble").filter(has_text="Жду вас").count() == 0
    panel.page.keyboard.insert_text("полдень")
    expect(panel.page.get_by_role("alert")).to_have_count(0)
    panel.field.press("Enter")
    panel.sent("Жду вас в полдень").wait_for()


def test_who_means_the_braces_sends_them_as_they_are(panel: OperatorPanel, chat: str) -> None:
    panel.answer("Ключ: {abc}")
    expect(panel.page.get_by_role("alert")).to_contain_text("{abc}")

    for _ in range(2):
        panel.page.keyboard.press("Tab")
    panel.page.keyboard.press("Enter")

    panel.sent("Ключ: {abc}").wait_for()
    expect(panel.field).to_have_value("")


def test_what_the_chat_does_not_know_stays_a_gap(panel: OperatorPanel, live: Live) -> None:
    made = live.chat(type="u2u", buyer={"name": "Вера"})
    live.write(made, "Здравствуйте!")
    expect(panel.row(made)).to_contain_text("Вера")
    panel.open(made)
    write_down(panel.page, live, SOLD)
    panel.field.press("/")
    options(panel).click()

    expect(panel.field).to_have_value("Вера, да, {товар} ещё в продаже за {цена}.")
    assert panel.page.evaluate("getSelection().toString()") == "{товар}"


def test_escape_backspace_and_a_click_elsewhere_close_it_and_lose_nothing(
    panel: OperatorPanel, chat: str
) -> None:
    panel.field.press("/")
    palette(panel).press("Escape")
    expect(palette(panel)).to_have_count(0)
    expect(panel.field).to_be_focused()
    expect(panel.field).to_have_value("")

    panel.field.press("/")
    palette(panel).press("Backspace")
    expect(panel.field).to_be_focused()

    panel.field.press("/")
    expect(palette(panel)).to_be_focused()
    panel.page.locator(".head h1").click()
    expect(palette(panel)).to_have_count(0)


def test_it_is_closed_where_another_chat_is_opened_and_stays_closed(
    panel: OperatorPanel, chat: str, live: Live
) -> None:
    other = live.chat(buyer={"name": "Пётр"})
    live.write(other, "Здравствуйте!")
    expect(panel.row(other)).to_be_visible()
    panel.field.press("/")
    expect(palette(panel)).to_be_focused()

    panel.go(f"#/chat/{other}")
    expect(palette(panel)).to_have_count(0)
    panel.go(f"#/chat/{chat}")
    expect(panel.field).to_have_value("")
    expect(palette(panel)).to_have_count(0)

    panel.field.press("/")
    expect(palette(panel)).to_be_focused()


def test_a_slash_in_an_answer_is_a_slash(panel: OperatorPanel, chat: str) -> None:
    panel.field.press_sequentially("1/2 или 3/4")
    expect(panel.field).to_have_value("1/2 или 3/4")
    panel.field.fill("")

    panel.field.press("/")
    expect(palette(panel)).to_be_focused()
    panel.page.keyboard.press("/")

    expect(panel.field).to_have_value("/")
    expect(palette(panel)).to_have_count(0)


def test_opening_the_list_over_an_answer_that_begins_with_a_slash_leaves_it_alone(
    panel: OperatorPanel, chat: str
) -> None:
    panel.field.fill("/start и дальше длинный ответ покупателю")
    panel.page.get_by_role("button", name="Быстрые ответы").click()

    palette(panel).press("Escape")

    expect(panel.field).to_have_value("/start и дальше длинный ответ покупателю")


def test_what_was_typed_before_the_list_was_there_is_given_back(panel: OperatorPanel, chat: str) -> None:
    waiting = held(panel.page, "features/quick_replies/palette.js")
    with panel.page.expect_request(re.compile("features/quick_replies/palette.js")):
        panel.field.press_sequentially("/start и дальше")
    waiting[0].continue_()

    palette(panel).press("Escape")

    expect(panel.field).to_have_value("/start и дальше")


def test_a_note_that_is_opened_as_the_list_comes_closes_it(panel: OperatorPanel, chat: str) -> None:
    panel.field.press("/")
    palette(panel).press("Escape")
    panel.page.get_by_role("button", name="Заметка для коллег").click()
    panel.page.get_by_role("button", name="К ответу").click()
    expect(panel.page.locator(".note-composer")).to_have_count(0)
    panel.page.evaluate("""() => {
        for (const label of ['Быстрые ответы (/)', 'Заметка для коллег (N)'])
            document.querySelector(`.composer [aria-label="${label}"]`).click();
    }""")
    expect(panel.page.locator(".note-composer")).to_be_visible()
    panel.page.get_by_role("button", name="К ответу").click()

    expect(panel.field).to_be_visible()
    expect(palette(panel)).to_have_count(0)


def test_a_search_is_never_sent_while_the_list_is_on_its_way(panel: OperatorPanel, chat: str) -> None:
    panel.page.route(re.compile("features/quick_replies/palette.js"), lambda route: route.abort())
    panel.field.press_sequentially("/цена")
    panel.field.press("Enter")

    expect(panel.page.locator(".toast").first).to_contain_text("Сервер не отвечает")
    expect(panel.field).to_have_value("/цена")
    assert panel.page.locator(".bubble").filter(has_text="/цена").count() == 0


def test_the_button_inserts_at_the_caret_of_what_is_written(
    panel: OperatorPanel, chat: str, live: Live
) -> None:
    write_down(panel.page, live, HELLO)
    panel.field.fill("Да. Жду!")
    panel.field.evaluate("(field) => field.setSelectionRange(4, 4)")

    panel.page.get_by_role("button", name="Быстрые ответы").click()
    options(panel).click()

    expect(panel.field).to_have_value("Да. Здравствуйте!Жду!")


def test_a_change_by_a_colleague_is_there_at_the_next_opening(
    panel: OperatorPanel, chat: str, live: Live
) -> None:
    write_down(panel.page, live, HELLO)
    panel.field.press("/")
    expect(options(panel)).to_have_count(1)
    panel.page.keyboard.press("Escape")
    asked: list[int] = []
    panel.page.on("response", lambda it: asked.append(it.status) if "quick-replies" in it.url else None)

    panel.field.press("/")
    expect(options(panel)).to_have_count(1)
    panel.page.keyboard.press("Escape")
    write_down(panel.page, live, MEET)
    panel.field.press("/")

    expect(options(panel)).to_have_count(2)
    assert asked == [304, 200]


def test_the_list_is_reached_by_touch_on_a_small_screen(browser: Browser, login: Any, live: Live) -> None:
    context = browser.new_context(storage_state=login, viewport=PHONE, has_touch=True, locale="ru-RU")
    context.set_default_timeout(20_000)
    made = live.chat(buyer={"name": "Вера"})
    live.write(made, "Здравствуйте!")
    with panel_in(context, live) as panel:
        panel.go()
        panel.becomes("live")
        write_down(panel.page, live, HELLO, MEET)
        panel.row(made).tap()
        panel.page.get_by_role("button", name="Быстрые ответы").tap()
        options(panel).filter(has_text="Привет").tap()

        expect(panel.field).to_have_value("Здравствуйте!")
        assert panel.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()


def test_axe_finds_nothing_wrong_in_the_list_and_on_the_page(
    panel: OperatorPanel, chat: str, page: Page, live: Live
) -> None:
    write_down(page, live, SOLD, MEET, HELLO)
    panel.field.press("/")
    expect(options(panel)).to_have_count(3)
    assert violations(panel.page) == []
    palette(panel).fill("самолёт")
    expect(panel.page.get_by_text("Ничего не нашлось.")).to_be_visible()
    assert violations(panel.page) == []
    palette(panel).press("Escape")
    panel.answer("Жду вас в {время}")
    expect(panel.page.get_by_role("alert")).to_be_visible()
    assert violations(panel.page) == []

    page.reload()
    row(page, "Встреча").get_by_role("button", name="Изменить").click()
    expect(page.locator(".editor")).to_be_visible()
    assert violations(page) == []


def test_a_reply_is_added_changed_and_removed_on_its_page(page: Page) -> None:
    page.get_by_role("button", name="Добавить ответ").click()
    page.get_by_role("button", name="{имя}").click()
    save(page, folder="Начало", name="Привет")
    expect(page.get_by_role("status")).to_have_text("«Привет» добавлен.")
    expect(page.locator('[data-folder="Начало"]')).to_contain_text("{имя}")

    row(page, "Привет").get_by_role("button", name="Изменить").click()
    save(page, text="Добрый день!")
    expect(page.get_by_role("status")).to_have_text("«Привет» сохранён.")
    expect(row(page, "Привет")).to_contain_text("Добрый день!")

    row(page, "Привет").get_by_role("button", name="Удалить").click()
    expect(page.get_by_role("status")).to_have_text("«Привет» удалён.")
    expect(page.locator("main")).to_contain_text("Пока пусто")


def test_what_is_typed_while_a_reply_is_saved_stays_in_the_form(page: Page, live: Live) -> None:
    page.get_by_role("button", name="Добавить ответ").click()
    waiting = held(page, "api/quick-replies$")
    with page.expect_request(re.compile("api/quick-replies$")):
        save(page, name="Привет", text="начало")
    page.locator(".editor [name=text]").press_sequentially(" и конец")
    waiting[0].continue_()

    expect(page.get_by_role("status")).to_have_text("«Привет» добавлен.")
    expect(page.locator(".editor [name=text]")).to_have_value("начало и конец")
    page.locator(".editor .primary").click()
    expect(row(page, "Привет")).to_contain_text("начало и конец")


def test_what_cannot_be_is_said_in_the_operators_words_and_stays_in_the_form(page: Page, live: Live) -> None:
    write_down(page, live, HELLO)
    page.reload()
    page.get_by_role("button", name="Добавить ответ").click()
    save(page, name="привет", text="ещё раз")

    expect(page.get_by_role("alert")).to_have_text("В этой папке уже есть ответ с таким названием.")
    expect(page.locator(".editor [name=text]")).to_have_value("ещё раз")
    save(page, folder="Другая")
    expect(page.get_by_role("status")).to_have_text("«привет» добавлен.")


def test_of_two_who_write_at_once_the_second_sees_both_and_loses_nothing(
    page: Page, browser: Browser, live: Live
) -> None:
    write_down(page, live, HELLO)
    page.reload()
    colleague = browser.new_context(locale="ru-RU")
    colleague.set_default_timeout(20_000)
    other = colleague.new_page()
    log_in(other, live.panel)
    other.goto(f"{live.panel}quick-replies")
    for seat in (page, other):
        row(seat, "Привет").get_by_role("button", name="Изменить").click()
    save(other, text="от коллеги")
    expect(other.get_by_role("status")).to_have_text("«Привет» сохранён.")

    save(page, text="моё")

    expect(page.get_by_role("alert")).to_contain_text("изменил кто-то ещё")
    expect(page.locator(".theirs")).to_contain_text("от коллеги")
    expect(page.locator(".editor [name=text]")).to_have_value("моё")
    page.get_by_role("button", name="Сохранить моё").click()
    expect(row(page, "Привет")).to_contain_text("моё")

    other.reload()
    row(other, "Привет").get_by_role("button", name="Изменить").click()
    row(page, "Привет").get_by_role("button", name="Удалить").click()
    expect(page.locator("main")).to_contain_text("Пока пусто")
    save(other, text="снова от коллеги")
    expect(other.get_by_role("alert")).to_contain_text("уже удалили")
    other.get_by_role("button", name="Сохранить", exact=True).click()
    expect(row(other, "Привет")).to_contain_text("снова от коллеги")
    colleague.close()


def choose_file(page: Page, text: str) -> None:
    file: Any = {"name": "replies.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.locator("[type=file]").set_input_files(file)


def test_a_file_is_looked_at_and_only_then_brought_in(page: Page, live: Live) -> None:
    write_down(page, live, HELLO)
    page.reload()

    choose_file(page, "Папка;Название;Текст\n;Привет;Добрый день!\nПродажа;Торг;Уместен\n")

    looked = page.locator(".looked")
    expect(looked).to_contain_text("Добавится: 1, изменится: 1, без изменений: 0.")
    expect(row(page, "Привет")).to_contain_text("Здравствуйте!")
    looked.get_by_role("button", name="Загрузить").click()
    expect(page.get_by_role("status")).to_have_text("Добавлено: 1, изменено: 1, без изменений: 0.")
    expect(row(page, "Привет")).to_contain_text("Добрый день!")
    expect(row(page, "Торг")).to_be_visible()


def test_a_bad_line_is_named_and_nothing_can_be_brought_in(page: Page) -> None:
    choose_file(page, "name;text\nХороший;Да\nПустой;\n")

    looked = page.locator(".looked")
    expect(looked).to_contain_text("Строка 3: текст: от 1 до 1000 знаков")
    expect(looked.get_by_role("button", name="Загрузить")).to_have_count(0)
    looked.get_by_role("button", name="Отмена").click()
    expect(page.locator("main")).to_contain_text("Пока пусто")


def test_a_file_looked_at_before_a_colleagues_change_is_looked_at_again(page: Page, live: Live) -> None:
    choose_file(page, "name;text\nПривет;Добрый день!\n")
    expect(page.locator(".looked")).to_contain_text("Добавится: 1, изменится: 0")
    write_down(page, live, HELLO)

    page.locator(".looked .primary").click()

    expect(page.get_by_role("alert")).to_contain_text("изменил кто-то ещё")
    expect(page.locator(".looked")).to_contain_text("Добавится: 0, изменится: 1")
    page.locator(".looked .primary").click()
    expect(row(page, "Привет")).to_contain_text("Добрый день!")


def test_what_is_downloaded_is_what_can_be_brought_in(page: Page, live: Live) -> None:
    write_down(page, live, SOLD, HELLO)
    page.reload()

    with page.expect_download() as started:
        page.get_by_role("link", name="Скачать CSV").click()
    file = started.value.path().read_text("utf-8-sig")

    choose_file(page, file)
    expect(page.locator(".looked")).to_contain_text("Добавится: 0, изменится: 0, без изменений: 2.")


def test_all_find_the_page_in_the_settings_and_without_a_login_the_login_page(
    panel: OperatorPanel, browser: Browser, live: Live
) -> None:
    panel.page.get_by_role("button", name="Настройки").click()
    panel.page.get_by_role("link", name="Быстрые ответы").click()
    expect(panel.page.get_by_role("heading", name="Быстрые ответы")).to_be_visible()

    stranger = browser.new_context()
    outside = stranger.new_page()
    outside.goto(f"{live.panel}quick-replies")
    expect(outside.locator("[name=password]")).to_be_visible()
    stranger.close()


@pytest.fixture
def fresh_panel(usual_browser: BrowserContext, live: Live) -> Iterator[OperatorPanel]:
    """A panel that has fetched nothing yet."""
    with panel_in(usual_browser, live) as panel:
        yield panel


def open_a_chat(panel: OperatorPanel, live: Live) -> None:
    made = live.chat()
    live.write(made, "Ещё продаётся?")
    panel.go()
    panel.open(made)
    panel.bubble("Ещё продаётся?").wait_for()


def test_an_answer_waits_for_a_feature_that_is_still_being_fetched(
    fresh_panel: OperatorPanel, live: Live
) -> None:
    panel = fresh_panel
    feature = held(panel.page, "quick_replies/feature.js")
    open_a_chat(panel, live)

    panel.answer("Жду вас в {время}.")
    eventually(lambda: is_asked_for(panel.page, feature))
    feature[0].continue_()

    expect(panel.page.locator(".unfilled")).to_be_visible()
    expect(panel.field).to_have_value("Жду вас в {время}.")
    expect(panel.bubble("Жду вас")).to_have_count(0)
    panel.field.fill("")


def test_a_slash_opens_the_list_also_if_the_feature_comes_later(
    fresh_panel: OperatorPanel, live: Live
) -> None:
    panel = fresh_panel
    write_down(panel.page, live, HELLO)
    feature = held(panel.page, "quick_replies/feature.js")
    open_a_chat(panel, live)

    panel.field.press_sequentially("/прив")
    eventually(lambda: is_asked_for(panel.page, feature))
    feature[0].continue_()

    expect(palette(panel)).to_have_value("прив")
    expect(options(panel)).to_have_count(1)


def test_an_answer_that_no_feature_could_check_is_sent_at_the_second_try(
    fresh_panel: OperatorPanel, live: Live
) -> None:
    panel = fresh_panel
    panel.page.route("**/quick_replies/feature.js", lambda route: route.abort())
    open_a_chat(panel, live)

    panel.answer("Да, продаётся")
    expect(panel.page.locator(".toast")).to_contain_text("Сервер не отвечает.")
    expect(panel.field).to_have_value("Да, продаётся")
    panel.field.press("Enter")

    panel.sent("Да, продаётся").wait_for()
