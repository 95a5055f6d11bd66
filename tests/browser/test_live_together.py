"""Two and three operators at once: who is here, whose chat it is, never two answers by mistake, notes."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, WebSocketRoute, expect

from testbed import PASSWORD, USERNAME, Live, eventually
from tests.browser.operator_panel import WIDE, OperatorPanel, panel_in

pytestmark = pytest.mark.browser
SECRET = "amber-Kettle-90"
ADD = """body => fetch('api/owner/operators', {method: 'POST', body: JSON.stringify(body)})
    .then(({ status }) => status)"""
LABEL = "Заметка, покупатель не увидит"


@contextmanager
def panel_of(browser: Browser, live: Live, name: str, password: str, gateway: str) -> Iterator[OperatorPanel]:
    """The panel of one operator at one of the gateways."""
    address = f"{live.system.url(gateway)}/admin/avito/"
    context = browser.new_context(viewport=WIDE, locale="ru-RU", timezone_id="Europe/Moscow")
    context.set_default_timeout(20_000)
    answer = context.request.post(
        f"{address}login",
        form={"username": name, "password": password},
        headers={"Origin": live.system.url(gateway)},
    )
    assert answer.ok
    with panel_in(context, live) as panel:
        panel.page.goto(address)
        panel.becomes("live")
        yield panel
    context.close()


@pytest.fixture(scope="module")
def team(browser: Browser, live: Live) -> Iterator[tuple[OperatorPanel, OperatorPanel]]:
    """Анна at one gateway, Борис at another."""
    live.run(live.system.start, "gateway-2")
    with ExitStack() as stack:
        owner = stack.enter_context(panel_of(browser, live, USERNAME, PASSWORD, "gateway"))
        for name in ("Анна", "Борис", "Вера"):
            body = {"name": name, "password": SECRET, "role": "operator"}
            assert owner.page.evaluate(ADD, body) == 201
        anna = stack.enter_context(panel_of(browser, live, "Анна", SECRET, "gateway"))
        boris = stack.enter_context(panel_of(browser, live, "Борис", SECRET, "gateway-2"))
        yield anna, boris


@pytest.fixture
def chat(team: tuple[OperatorPanel, OperatorPanel], live: Live) -> str:
    """A buyer's question that both have on the screen."""
    made = live.chat(buyer={"name": "Галина"})
    live.write(made, "Здравствуйте, ещё продаёте?")
    for panel in team:
        panel.open(made)
        panel.bubble("ещё продаёте?").wait_for()
    return made


def sent(live: Live, chat: str) -> list[str]:
    """What Avito says we wrote in a chat, oldest first."""
    told = live.run(live.system.avito.truth)["chats"]
    messages = next(one["messages"] for one in told if one["id"] == chat)[::-1]
    return [str(one["content"].get("text")) for one in messages if one["direction"] == "out"]


def shows_owner(panel: OperatorPanel, words: str) -> None:
    """Wait until the head of the open chat says so of its owner."""
    expect(panel.page.locator(".head .owner-button")).to_have_text(words)


def give_to(panel: OperatorPanel, name: str) -> None:
    """Choose who is to have the open chat."""
    panel.page.locator(".head .owner-button").click()
    dialog = panel.page.get_by_role("dialog", name="Кто ведёт чат?")
    dialog.get_by_label(name, exact=True).check()
    dialog.get_by_role("button", name="Передать").click()


def composer(panel: OperatorPanel) -> Callable[[str], None]:
    """Return what waits for words below the field where answers are written."""
    return lambda words: expect(panel.page.locator(".composer-note .busy")).to_have_text(words)


def test_the_row_names_the_colleague_who_wrote_the_last_words(
    team: tuple[OperatorPanel, OperatorPanel], chat: str
) -> None:
    anna, boris = team

    anna.answer("Да, продаю")
    anna.sent("Да, продаю").wait_for()
    for panel in team:  # a row says who looks at the chat rather than its last words
        panel.page.goto(f"{panel.page.url.partition('#')[0]}#/")

    expect(boris.row(chat)).to_contain_text("Анна: Да, продаю")
    expect(anna.row(chat)).to_contain_text("вы: Да, продаю")


def test_colleagues_see_who_views_and_types_on_the_row_and_in_the_composer(
    team: tuple[OperatorPanel, OperatorPanel], chat: str
) -> None:
    anna, boris = team
    expect(boris.row(chat)).to_contain_text("смотрит Анна")
    composer(boris)("смотрит Анна")

    anna.field.press_sequentially("Да, е", delay=10)

    expect(boris.row(chat)).to_contain_text("Анна пишет…")
    composer(boris)("Анна пишет…")
    composer(boris)("смотрит Анна")  # who stops typing is shown as typing no more
    anna.page.goto(f"{anna.page.url.partition('#')[0]}#/")
    composer(boris)("")
    expect(boris.row(chat)).to_contain_text("ещё продаёте?")


def test_who_leaves_by_closing_the_browser_is_gone_from_the_other_gateway_too(
    browser: Browser, live: Live, team: tuple[OperatorPanel, OperatorPanel], chat: str
) -> None:
    anna, boris = team
    anna.page.goto(f"{anna.page.url.partition('#')[0]}#/")
    composer(boris)("")
    with panel_of(browser, live, "Вера", SECRET, "gateway") as vera:
        vera.page.goto(f"{vera.page.url.partition('#')[0]}#/chat/{chat}")
        composer(boris)("смотрит Вера")
    composer(boris)("")


def test_a_chat_is_taken_given_and_left_and_all_see_whose_it_is(
    team: tuple[OperatorPanel, OperatorPanel], chat: str
) -> None:
    anna, boris = team

    anna.page.get_by_role("button", name="Взять").click()
    expect(anna.row(chat).locator(".owner")).to_have_text("вы")
    expect(boris.row(chat).locator(".owner")).to_have_text("Анна")
    shows_owner(boris, "Анна")

    give_to(anna, "Борис")
    expect(boris.row(chat).locator(".owner")).to_have_text("вы")
    shows_owner(anna, "Борис")
    shows_owner(boris, "Веду я")

    boris.page.evaluate("document.activeElement.blur()")
    boris.page.keyboard.press("KeyT")
    expect(anna.row(chat).locator(".owner")).to_have_count(0)
    boris.page.keyboard.press("KeyT")
    expect(anna.row(chat).locator(".owner")).to_have_text("Борис")
    give_to(anna, "Я")
    shows_owner(boris, "Анна")


def test_who_answers_a_chat_that_nobody_has_takes_it(
    team: tuple[OperatorPanel, OperatorPanel], chat: str, live: Live
) -> None:
    anna, boris = team

    anna.answer("Да, продаём")

    expect(boris.row(chat).locator(".owner")).to_have_text("Анна")
    expect(boris.bubble("Да, продаём")).to_contain_text("Анна")
    shows_owner(anna, "Веду я")


def test_who_answers_right_after_a_colleague_is_asked_first_and_loses_no_word(
    team: tuple[OperatorPanel, OperatorPanel], chat: str, live: Live
) -> None:
    anna, boris = team
    boris.field.fill("Здравствуйте, да")
    anna.answer("Да, продаём")
    boris.bubble("Да, продаём").wait_for()

    boris.field.press("Enter")
    asked = boris.page.get_by_role("alertdialog")
    expect(asked).to_contain_text("Анна уже отвечает здесь. Отправить ещё?")
    expect(asked.get_by_role("button", name="Оставить черновик")).to_be_focused()
    boris.page.keyboard.press("Enter")  # pressed once too often: nothing is sent

    expect(asked).to_have_count(0)
    expect(boris.field).to_be_focused()
    expect(boris.field).to_have_value("Здравствуйте, да")
    expect(anna.sent("Да, продаём")).to_be_visible()
    assert sent(live, chat) == ["Да, продаём"]
    boris.field.press("Enter")  # asked once, answered once
    expect(boris.sent("Здравствуйте, да")).to_be_visible()
    assert sent(live, chat) == ["Да, продаём", "Здравствуйте, да"]


def test_whoever_is_asked_can_send_all_the_same(
    team: tuple[OperatorPanel, OperatorPanel], chat: str, live: Live
) -> None:
    anna, boris = team
    anna.answer("Да, продаём")
    boris.bubble("Да, продаём").wait_for()
    boris.answer("И доставляем")

    boris.page.get_by_role("alertdialog").get_by_role("button", name="Отправить").click()

    expect(boris.sent("И доставляем")).to_be_visible()
    boris.field.press("Enter")  # nothing is there to be asked about
    expect(boris.page.get_by_role("alertdialog")).to_have_count(0)
    boris.answer("По всей стране")  # in one's own row of answers nobody asks
    expect(boris.sent("По всей стране")).to_be_visible()
    assert sent(live, chat) == ["Да, продаём", "И доставляем", "По всей стране"]


@contextmanager
def panel_behind(browser: Browser, live: Live, chat: str) -> Iterator[tuple[OperatorPanel, list[bool]]]:
    """Вера's panel with a chat open; while the list is not empty, no event reaches her screen."""
    frozen: list[bool] = []

    def pass_on(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        route.on_message(server.send)
        server.on_message(
            lambda frame: None if frozen and '"canary"' not in str(frame) else route.send(frame)
        )

    with panel_of(browser, live, "Вера", SECRET, "gateway-2") as vera:
        vera.page.route_web_socket(re.compile("/admin/avito/ws"), pass_on)
        vera.page.goto(f"{vera.page.url.partition('#')[0]}#/chat/{chat}")
        vera.page.reload()
        vera.becomes("live")
        vera.bubble("ещё продаёте?").wait_for()
        yield vera, frozen


def test_a_screen_that_is_a_moment_behind_does_not_answer_twice_either(
    browser: Browser, live: Live, team: tuple[OperatorPanel, OperatorPanel], chat: str
) -> None:
    anna, _ = team
    with panel_behind(browser, live, chat) as (vera, frozen):
        frozen.append(True)
        anna.answer("Да, продаём")
        expect(anna.sent("Да, продаём")).to_be_visible()

        vera.answer("Продаём, приходите")

        expect(vera.page.locator('[data-state="rejected"]')).to_contain_text("Коллега ответил здесь раньше")
        assert sent(live, chat) == ["Да, продаём"]
        frozen.clear()
        vera.page.reload()
        vera.bubble("Да, продаём").wait_for()


def test_who_takes_a_chat_a_moment_too_late_is_told_who_was_first(
    browser: Browser, live: Live, team: tuple[OperatorPanel, OperatorPanel], chat: str
) -> None:
    anna, _ = team
    with panel_behind(browser, live, chat) as (vera, frozen):
        shows_owner(vera, "Взять")
        frozen.append(True)
        anna.page.get_by_role("button", name="Взять").click()
        shows_owner(anna, "Веду я")

        vera.page.get_by_role("button", name="Взять").click()

        expect(vera.page.locator(".toast")).to_contain_text("Чат уже ведёт Анна.")
        shows_owner(vera, "Анна")


def write_note(panel: OperatorPanel, text: str) -> None:
    """Write a note, and stay where notes are written."""
    opener = panel.page.get_by_role("button", name="Заметка для коллег")
    if opener.count():
        opener.click()
    field = panel.page.get_by_label("Заметка для коллег", exact=True)
    expect(field).to_be_focused()
    field.fill(text)
    panel.page.get_by_role("button", name="Сохранить заметку").click()
    expect(field).to_have_value("")


def test_a_note_is_seen_by_colleagues_at_once_and_by_nobody_else(
    team: tuple[OperatorPanel, OperatorPanel], chat: str, live: Live
) -> None:
    anna, boris = team

    write_note(anna, "Просила перезвонить после шести")

    note = boris.page.locator(".note").filter(has_text="перезвонить после шести")
    expect(note).to_contain_text(LABEL)
    expect(note).to_contain_text("Анна")
    expect(boris.row(chat)).not_to_contain_text("перезвонить")
    anna.page.keyboard.press("Escape")
    anna.answer("Хорошо")
    expect(anna.sent("Хорошо")).to_be_visible()
    assert sent(live, chat) == ["Хорошо"]


def test_a_note_stays_in_its_place_between_the_messages(
    team: tuple[OperatorPanel, OperatorPanel], chat: str, live: Live
) -> None:
    anna, boris = team
    write_note(anna, "первая")
    noted = int(time.time())
    eventually(lambda: int(time.time()) > noted)  # Avito's times are whole seconds
    live.write(chat, "А скидка?")
    anna.bubble("А скидка?").wait_for()
    write_note(anna, "вторая")
    anna.page.keyboard.press("Escape")

    boris.page.reload()

    boris.page.locator(".note").filter(has_text="вторая").wait_for()
    shown = boris.page.locator(".messages > li").all_inner_texts()
    places = [next(at for at, text in enumerate(shown) if words in text) for words in WORDS_IN_ORDER]
    assert places == sorted(places)


WORDS_IN_ORDER = ("ещё продаёте?", "первая", "А скидка?", "вторая")


def test_note_and_answer_never_become_each_other(
    team: tuple[OperatorPanel, OperatorPanel], chat: str, live: Live
) -> None:
    anna, _ = team
    anna.field.fill("ответ, ещё не готов")
    anna.page.evaluate("document.activeElement.blur()")

    anna.page.keyboard.press("KeyN")
    note = anna.page.get_by_label("Заметка для коллег", exact=True)
    expect(note).to_be_focused()
    expect(note).to_have_value("")
    expect(anna.page.locator(".note-composer")).to_contain_text(LABEL)
    expect(anna.page.get_by_role("button", name="Отправить")).to_have_count(0)
    assert Axe().run(anna.page).response["violations"] == []
    anna.page.keyboard.type("недописанная заметка")
    anna.page.keyboard.press("Escape")

    expect(anna.field).to_have_value("ответ, ещё не готов")
    expect(anna.page.get_by_role("button", name="Сохранить заметку")).to_have_count(0)
    anna.page.get_by_role("button", name="Заметка для коллег").click()
    expect(note).to_have_value("недописанная заметка")
    note.fill("")
    anna.page.keyboard.press("Escape")
    anna.field.fill("")
    assert sent(live, chat) == []


def test_a_note_is_removed_by_who_wrote_it_on_all_screens(
    team: tuple[OperatorPanel, OperatorPanel], chat: str
) -> None:
    anna, boris = team
    write_note(anna, "лишняя")
    anna.page.keyboard.press("Escape")
    notes = boris.page.locator(".note").filter(has_text="лишняя")
    notes.wait_for()
    expect(notes.get_by_role("button")).to_have_count(0)  # it is not his

    anna.page.locator(".note").get_by_role("button", name="Удалить заметку").click()
    anna.page.get_by_role("dialog").get_by_role("button", name="Удалить").click()

    expect(notes).to_have_count(0)
    expect(anna.page.locator(".note")).to_have_count(0)
