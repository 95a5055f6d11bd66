"""The owner's page in a real browser: operators, sessions, tokens, dead letters, the system."""

import re
from collections.abc import Iterator

import pytest
import redis
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from shared.redis import keys
from shared.wires import inbox
from testbed import PASSWORD, USERNAME, Live, live_system

pytestmark = pytest.mark.browser
NEW = "amber-Kettle-90"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Live]:
    with live_system(tmp_path_factory.mktemp("owner"), "gateway") as running:
        yield running


def log_in(context: BrowserContext, live: Live, name: str = USERNAME, password: str = PASSWORD) -> Page:
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(live.panel)
    page.fill("[name=username]", name)
    page.fill("[name=password]", password)
    page.click(".primary")
    page.wait_for_url(live.panel)
    return page


@pytest.fixture(scope="module")
def context(browser: Browser, live: Live) -> Iterator[BrowserContext]:
    """The owner, logged in once."""
    made = browser.new_context(viewport={"width": 900, "height": 900}, locale="ru-RU")
    log_in(made, live).close()
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, live: Live) -> Iterator[Page]:
    """The owner's page; whatever it complains of fails the test."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"{live.panel}owner")
    yield page
    page.close()
    assert [one for one in complaints if "status of 4" not in one] == []


def open_part(page: Page, words: str) -> None:
    page.get_by_role("link", name=words).click()
    expect(page.locator("[aria-current=page]")).to_have_text(words)


def add(page: Page, name: str, password: str = NEW) -> None:
    form = page.locator("form", has_text="Добавить оператора")
    form.locator("[name=name]").fill(name)
    form.locator("[name=password]").fill(password)
    form.get_by_role("button").click()


def test_an_operator_is_added_disabled_and_let_in_again(page: Page, browser: Browser, live: Live) -> None:
    add(page, "vera")
    row = page.locator("li[data-operator=vera]")
    expect(row).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("vera: можно входить.")
    other = browser.new_context()
    seat = log_in(other, live, "vera", NEW)
    expect(seat.locator("#panel header")).to_be_visible()

    row.get_by_role("button", name="Отключить", exact=True).click()

    expect(row).to_contain_text("отключён")
    seat.wait_for_url(re.compile("login"))
    other.close()
    row.get_by_role("button", name="Включить").click()
    expect(row).to_contain_text("сеансов: 0")


def test_the_tokens_that_an_operator_made_are_named_and_end_with_him(page: Page, live: Live) -> None:
    add(page, "gleb")
    row = page.locator("li[data-operator=gleb]")
    row.get_by_role("button", name="Сделать владельцем").click()
    with redis.Redis.from_url(live.system.redis_server.url) as client:
        stored = b'{"digest":"","name":"crm","scope":"read","by":"gleb","created":1}'
        client.hset(keys.TOKENS, "t1", stored)
        page.reload()
        expect(row).to_contain_text("создал ключи программ: crm")
        questions: list[str] = []
        page.on("dialog", lambda dialog: questions.append(dialog.message))

        row.get_by_label("Оставить эти ключи").check()
        row.get_by_role("button", name="Сделать оператором").click()
        expect(row.get_by_role("button", name="Сделать владельцем")).to_be_visible()
        assert client.hexists(keys.TOKENS, "t1")
        row.get_by_label("Оставить эти ключи").uncheck()
        row.get_by_role("button", name="Отключить", exact=True).click()

        expect(row).to_contain_text("отключён")
        assert not client.hexists(keys.TOKENS, "t1")
    assert "crm" not in questions[0]
    assert "Его ключи перестанут работать: crm." in questions[1]


def test_what_cannot_be_is_said_in_the_owners_words(page: Page) -> None:
    add(page, USERNAME)
    expect(page.get_by_role("alert")).to_have_text("Оператор с таким именем уже есть.")
    add(page, "x", "password1")
    expect(page.get_by_role("alert")).to_contain_text("Пароль слишком простой")
    page.locator(f"li[data-operator={USERNAME}]").get_by_role("button", name="Отключить", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("последний владелец")


def test_a_session_is_ended_from_afar(page: Page, browser: Browser, live: Live) -> None:
    add(page, "lev")
    expect(page.locator("li[data-operator=lev]")).to_be_visible()
    other = browser.new_context(user_agent="the tablet in the shop")
    seat = log_in(other, live, "lev", NEW)
    open_part(page, "Сеансы")
    row = page.locator("[data-session=lev]", has_text="the tablet in the shop")

    row.get_by_role("button", name="Закончить").click()

    expect(row).to_have_count(0)
    seat.wait_for_url(re.compile("login"))
    other.close()


def test_a_token_is_shown_once_and_works_until_revoked(page: Page, live: Live) -> None:
    open_part(page, "Ключи программ")
    page.fill("[name=name]", "crm")
    page.select_option("[name=scope]", "reply")
    page.get_by_role("button", name="Создать ключ").click()
    token = page.locator("[data-token]").inner_text()
    headers = {"Authorization": f"Bearer {token}"}
    assert page.request.get(f"{live.panel}api/chats", headers=headers).status == 200

    open_part(page, "Сеансы")
    open_part(page, "Ключи программ")
    row = page.locator("[data-name=crm]")
    expect(row).to_contain_text("читать и отвечать")
    expect(page.locator("[data-token]")).to_have_count(0)
    row.get_by_role("button", name="Отозвать").click()

    expect(row).to_have_count(0)
    expect(page.get_by_role("status")).to_have_text("Ключ отозван.")


def begin_token(page: Page, name: str) -> list[Route]:
    """Fill in a token's form and press its button twice; what it sends is held back."""
    held: list[Route] = []
    page.route(
        "**/api/owner/tokens", lambda it: held.append(it) if it.request.method == "POST" else it.continue_()
    )
    open_part(page, "Ключи программ")
    page.fill("[name=name]", name)
    page.get_by_role("button", name="Создать ключ").dblclick()
    expect(page.locator("[name=name]")).to_be_disabled()
    return held


def test_a_double_click_makes_one_token(page: Page) -> None:
    held = begin_token(page, "склад")

    held[0].continue_()

    expect(page.locator("[data-token]")).to_be_visible()
    expect(page.locator("[data-name=склад]")).to_have_count(1)
    assert len(held) == 1


def test_a_token_made_while_the_owner_looks_elsewhere_is_shown_on_the_way_back(page: Page) -> None:
    held = begin_token(page, "касса")
    open_part(page, "Сеансы")

    held[0].continue_()

    expect(page.get_by_role("status")).to_contain_text("Ключ создан")
    open_part(page, "Ключи программ")
    expect(page.locator("[data-token]")).to_be_visible()


def test_dead_letters_are_read_and_put_back(page: Page, live: Live) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    with redis.Redis.from_url(live.system.redis_server.url) as client:
        for number in range(3):
            fields = [
                *inbox.write(inbox.Webhook(f"{hostile} {number}".encode(), 5.0)),
                b"reason",
                b"not JSON",
            ]
            client.execute_command("XADD", keys.DEAD, "*", *fields, b"at", b"1757403725")
        open_part(page, "Не разобрано")
        letters = page.locator("[data-letter]")
        expect(letters).to_have_count(3)
        expect(letters.first).to_contain_text(f"{hostile} 2")

        letters.first.get_by_role("button", name="Повторить").click()
        expect(letters).to_have_count(2)
        page.get_by_role("button", name="Повторить все").click()

        expect(page.locator("main")).to_contain_text("Всё разобрано.")
        assert client.xlen(keys.INBOX) == 3


def test_the_system_shows_every_process(page: Page) -> None:
    open_part(page, "Система")

    expect(page.locator("main")).to_contain_text("Сообщения не доходят до экрана")  # no worker runs here
    expect(page.locator("main")).to_contain_text("gateway")


def test_an_operator_is_led_back_and_sees_no_link(page: Page, browser: Browser, live: Live) -> None:
    add(page, "ivan")
    expect(page.locator("li[data-operator=ivan]")).to_be_visible()
    other = browser.new_context()
    seat = log_in(other, live, "ivan", NEW)
    seat.get_by_role("button", name="Настройки").click()
    expect(seat.locator(".settings")).to_be_visible()
    assert seat.locator(".settings a[href$=owner]").count() == 0

    seat.goto(f"{live.panel}owner")

    assert seat.url == live.panel
    other.close()


def test_the_owner_finds_the_page_in_the_settings(context: BrowserContext, live: Live) -> None:
    page = context.new_page()
    page.goto(live.panel)
    page.get_by_role("button", name="Настройки").click()

    page.get_by_role("link", name="Операторы, сеансы, ключи").click()

    expect(page.get_by_role("heading", name="Управление")).to_be_visible()
    page.close()


def test_on_a_phone_nothing_is_wider_than_the_screen(
    browser: Browser, context: BrowserContext, live: Live
) -> None:
    phone = browser.new_context(storage_state=context.storage_state(), viewport={"width": 360, "height": 740})
    page = phone.new_page()
    for part in ("operators", "sessions", "tokens", "dead", "status"):
        page.goto(f"{live.panel}owner#{part}")
        expect(page.locator("[aria-busy=false]")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, part
    phone.close()


def test_taking_chats_by_answering_is_switched_off_for_everybody_and_stays_off(page: Page) -> None:
    open_part(page, "Общее")
    tick = page.get_by_label("Кто ответил, тот и ведёт чат")
    expect(tick).to_be_checked()

    tick.uncheck()
    expect(page.get_by_role("status")).to_have_text("Сохранено. Действует сразу у всех.")
    page.reload()
    open_part(page, "Общее")

    expect(tick).not_to_be_checked()
    tick.check()
    expect(page.get_by_role("status")).to_have_text("Сохранено. Действует сразу у всех.")


def test_what_rings_and_waits_is_chosen_by_kind_in_the_owners_words(page: Page) -> None:
    chosen = {"system": "show", "lead": "ring", "call": "auto", "appCall": "auto"}
    wanted: list[dict[str, str]] = []

    def answer(route: Route) -> None:
        if route.request.method == "POST":
            wanted.append((route.request.post_data_json or {})["notice"])
            chosen.update(wanted[-1])
        route.fulfill(json={"take_by_answering": True, "notice": chosen})

    page.route("**/api/owner/options", answer)
    open_part(page, "Общее")
    expect(page.get_by_label("Пропущенные звонки")).to_have_value("auto")
    page.get_by_label("Пропущенные звонки").select_option("звенят и ждут ответа")
    expect(page.get_by_role("status")).to_contain_text("Подействует за несколько секунд")

    expect(page.get_by_label("Пропущенные звонки")).to_have_value("wait")
    assert wanted == [{"call": "wait"}]

    page.unroute("**/api/owner/options")
    page.route("**/api/owner/options", lambda route: route.fulfill(status=422, json={}))
    page.get_by_label("Системные сообщения").select_option("wait")
    expect(page.get_by_role("alert")).to_have_text("HTTP 422")
    expect(page.get_by_label("Системные сообщения")).to_have_value("show")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"avito": "keys refused"}, "Avito не принимает ключи"),
        ({"avito": "not paid"}, "Тариф Avito не включает API мессенджера"),
        ({"avito": "certificate not trusted"}, "Установите на нём ca-certificates"),
        ({"avito": "down since 1793000000"}, "Avito не отвечает с"),
        ({"avito": "something new"}, "something new"),
        ({"sweep_error": "HTML instead of a list"}, "Avito не прочитан: HTML instead of a list"),
        (
            {"sweep_error": "список чатов не прочитан: Avito не отвечает"},
            "Avito не прочитан: Avito не отвечает",
        ),
        ({"products": {"job_application": 3, "rocket": 1}}, "отклики на вакансии3rocket1"),
    ],
)
def test_what_keeps_us_from_avito_is_said_in_words(page: Page, facts: dict[str, object], words: str) -> None:
    def answer(route: Route) -> None:
        body = route.fetch().json()
        body["status"] |= facts
        route.fulfill(json=body)

    page.route("**/api/owner/status", answer)
    open_part(page, "Система")

    expect(page.get_by_role("main")).to_contain_text(words)


def test_a_list_that_is_unread_for_want_of_a_tariff_is_no_second_trouble(page: Page) -> None:
    def answer(route: Route) -> None:
        body = route.fetch().json()
        why = "список чатов не прочитан: тариф Avito не даёт доступа к чатам (HTTP 402)"
        body["status"] |= {"avito": "not paid", "sweep_error": why}
        route.fulfill(json=body)

    page.route("**/api/owner/status", answer)
    open_part(page, "Система")

    expect(page.locator(".box.trouble")).to_have_count(1)


def test_no_choice_is_wider_than_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    open_part(page, "Общее")
    page.locator("select[name=call]").wait_for()

    inside = "(one) => one.getBoundingClientRect().right <= one.closest('.box').getBoundingClientRect().right"
    assert page.locator("select[name=call]").evaluate(inside)


def test_a_dead_letter_says_what_came_of_it_and_how_often_it_came(page: Page) -> None:
    letter = {"id": "1-1", "at": 1_793_000_000, "reason": "a job application", "body": "{}"}
    letter |= {"outcome": "Avito was asked: nothing new", "count": 12}
    answer = {"dead": [letter], "count": 1, "next": None}
    page.route("**/api/owner/dead", lambda route: route.fulfill(json=answer))
    open_part(page, "Не разобрано")

    expect(page.locator("[data-letter]")).to_contain_text("раз за день: 12")
    expect(page.locator("[data-letter]")).to_contain_text("Avito was asked: nothing new")
