"""Reading: what buyers write stands in the panel, whatever it is."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from testbed import Live, eventually
from tests.browser.operator_panel import OperatorPanel, panel_in, report

pytestmark = pytest.mark.browser

DAY_S = 86_400
ITEM_URL = re.compile(r"^https://www\.avito\.ru/item/\d+$")
LINK = {"text": "docs.example.test/size", "url": "https://docs.example.test/size"}
PREVIEW = {"title": "Таблица размеров", "description": "Как выбрать раму", "images": None}
ITEM = {
    "title": "Шлем",
    "price_string": "1 900 ₽",
    "item_url": "https://www.avito.ru/item/1",
    "image_url": None,
}
TWO_FRAMES = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
PLACE = {"kind": "street", "lat": 56.8587, "lon": 35.9176, "title": "Тверь, улица Садовая", "text": ""}


def test_a_buyers_message_stands_in_the_thread_within_a_second_without_reload(
    panel: OperatorPanel, live: Live
) -> None:
    chat = live.chat(buyer={"name": "Вера"})
    live.write(chat, "Спасибо за интерес!", by="seller", created=int(time.time()) - 60)
    expect(panel.row(chat)).to_contain_text("Вера")
    panel.open(chat)
    panel.page.evaluate("window.sameage = true")
    before = panel.rings

    began = time.perf_counter()
    live.write(chat, "Могу забрать сегодня")
    panel.bubble("Могу забрать сегодня").wait_for()
    report(f"written at Avito → drawn in the thread: {(time.perf_counter() - began) * 1000:.0f} ms")

    expect(panel.row(chat)).to_contain_text("Могу забрать сегодня")
    eventually(lambda: panel.rings == before + 1)
    assert panel.page.evaluate("window.sameage") is True


def counted(panel: OperatorPanel) -> int:
    """How many unread messages the tab's title tells."""
    found = re.match(r"\((\d+)\)", panel.page.title())
    return int(found[1]) if found else 0


def test_a_row_that_is_pressed_opens_though_another_moves_above_it(panel: OperatorPanel, live: Live) -> None:
    pressed, rising, last = (live.chat() for _ in range(3))
    unread = counted(panel)
    live.write(rising, "ниже", created=int(time.time()) - 60)
    live.write(pressed, "нажимаю", created=int(time.time()) - 30)
    expect(panel.row(rising)).to_contain_text("ниже")
    expect(panel.row(pressed)).to_contain_text("нажимаю")
    eventually(lambda: counted(panel) == unread + 2)
    panel.row(pressed).hover()
    panel.page.mouse.down()
    live.write(rising, "всплыл")
    live.write(last, "после него")
    eventually(lambda: counted(panel) == unread + 4)
    panel.page.evaluate(TWO_FRAMES)

    panel.page.mouse.up()

    expect(panel.row(pressed)).to_have_attribute("aria-current", "page")
    expect(panel.row(rising)).to_contain_text("всплыл")


def test_a_chat_whose_read_mark_was_lost_is_marked_once_it_is_opened_again(
    panel: OperatorPanel, live: Live
) -> None:
    chat, other = live.chat(), live.chat()
    live.write(other, "другой чат")
    live.write(chat, "прочтите")
    expect(panel.row(chat).locator(".count")).to_have_text("1")
    panel.page.route("**/read", lambda route: route.fulfill(status=202, json={"ok": True}))
    with panel.page.expect_request("**/read"):
        panel.open(chat)
    panel.bubble("прочтите").wait_for()
    panel.page.unroute("**/read")

    panel.open(other)
    panel.bubble("другой чат").wait_for()
    panel.open(chat)

    expect(panel.row(chat).locator(".count")).to_have_count(0)


TYPES: list[tuple[dict[str, Any], str, str]] = [
    (
        {"text": "см. https://example.test/a."},
        'a[href="https://example.test/a"]',
        "см. https://example.test/a.",
    ),
    ({"type": "image"}, ".photo img", ""),
    ({"type": "voice"}, ".voice", "0:00"),
    ({"type": "item", "content": {"item": ITEM}}, 'a.preview[href^="https://www.avito.ru"]', "1 900 ₽"),
    ({"type": "link", "content": {"link": LINK | {"preview": PREVIEW}}}, "a.preview", "Как выбрать раму"),
    (
        {"type": "link", "content": {"link": LINK | {"preview": None}}},
        f'a[href="{LINK["url"]}"]',
        LINK["text"],
    ),
    ({"type": "location", "content": {"location": PLACE}}, 'a[href*="yandex.ru/maps"]', "улица Садовая"),
    ({"type": "call"}, ".trouble", "Пропущенный звонок"),
    ({"type": "appCall"}, 'a[href*="/messenger/channel/"]', "Звонок в приложении Avito"),
    ({"type": "file"}, 'a[href*="/messenger/channel/"]', "Файл"),
    ({"type": "video"}, 'a[href*="/messenger/channel/"]', "Видео"),
    ({"type": "deleted", "content": {}}, ".quiet", "Сообщение удалено"),
    ({"type": "hologram", "content": {"id": 7}}, 'a[href*="/messenger/channel/"]', "вида „hologram“"),
    (
        {"text": "Перейдите на подписку с API мессенджера"},
        'a[href*="/messenger/channel/"]',
        "Avito скрыл текст",
    ),
]


def test_every_type_of_message_is_drawn_as_what_it_is(panel: OperatorPanel, live: Live) -> None:
    chat = live.chat()
    ids = [live.write(chat, **({"text": ""} | body)) for body, _, _ in TYPES]
    panel.open(chat)

    for message_id, (body, inside, words) in zip(ids, TYPES, strict=True):
        drawn = panel.message(message_id)
        expect(drawn.locator(inside).first, str(body)).to_be_attached()
        expect(drawn).to_contain_text(words)


def test_a_text_can_be_read_before_its_links_can_be_drawn(panel: OperatorPanel, live: Live) -> None:
    held: list[Route] = []
    panel.page.route(re.compile("/views/kinds.js$"), lambda route: held.append(route), times=1)  # noqa: PLW0108 - Playwright asks a function for its arguments
    chat = live.chat()
    live.write(chat, "см. https://example.test/a.")
    panel.open(chat)
    bubble = panel.bubble("см. https://example.test/a.")
    bubble.wait_for()
    eventually(lambda: len(held) == 1)
    expect(bubble.get_by_role("link")).to_have_count(0)

    held[0].abort()

    expect(bubble.get_by_role("link")).to_have_text("https://example.test/a", timeout=20_000)


def test_system_messages_stand_apart_and_bots_are_marked(panel: OperatorPanel, live: Live) -> None:
    chat = live.chat()
    live.write(chat, "Здравствуйте")
    system = live.write(chat, "Пользователь посмотрел ваш номер телефона", by="system")
    bot = live.write(chat, "Покупателям предложена скидка", by="bot")
    panel.open(chat)

    assert "system" in (panel.message(system).get_attribute("class") or "")
    expect(panel.message(bot)).to_contain_text("бот")


def test_a_picture_opens_large_and_escape_closes_it(panel: OperatorPanel, live: Live) -> None:
    chat = live.chat()
    live.write(chat, "", type="image")
    panel.open(chat)

    panel.page.get_by_role("button", name="Увеличить картинку").click()
    expect(panel.page.get_by_role("dialog").locator("img")).to_be_visible()
    panel.page.keyboard.press("Escape")

    expect(panel.page.get_by_role("dialog")).to_have_count(0)


def test_a_voice_message_plays_and_each_play_asks_for_a_fresh_link(panel: OperatorPanel, live: Live) -> None:
    chat = live.chat()
    live.write(chat, "", type="voice")
    panel.open(chat)
    asked = panel.fetches()

    panel.page.get_by_role("button", name="Слушать").click()
    panel.page.get_by_role("button", name="Пауза").click()
    panel.page.get_by_role("button", name="Слушать").click()
    panel.page.get_by_role("button", name="Пауза").wait_for()

    eventually(lambda: len({url for url in asked if "/api/voice/" in url}) == 2)


def test_quotes_and_read_marks_come_from_avitos_history(panel: OperatorPanel, live: Live) -> None:
    chat = live.chat()
    question = live.write(chat, "Рама какого размера?")
    answer = live.write(chat, "Рама M", by="seller", quote_id=question)
    live.run(live.system.avito.ask, f"chats/{chat}/read")
    panel.open(chat)

    expect(panel.message(answer).locator("blockquote")).to_have_text("Рама какого размера?")
    expect(panel.message(answer).get_by_label("Прочитано")).to_be_visible()


def test_own_messages_say_who_wrote_them(panel: OperatorPanel, live: Live) -> None:
    chat = live.chat()
    live.write(chat, "Здравствуйте")
    live.write(chat, "из приложения", by="seller")
    panel.open(chat)
    panel.answer("из панели")

    expect(panel.bubble("из приложения").locator(".author")).to_have_text("из Avito")
    expect(panel.bubble("из панели").locator(".author")).to_have_text("вы")


def test_days_are_separated_and_the_full_date_is_there_on_hover(panel: OperatorPanel, live: Live) -> None:
    chat = live.chat()
    live.write(chat, "вчерашнее", created=int(time.time()) - DAY_S)
    live.write(chat, "сегодняшнее")
    panel.open(chat)

    expect(panel.page.locator(".day")).to_have_text(["Вчера", "Сегодня"])
    assert " г." in (panel.bubble("вчерашнее").locator("time").get_attribute("title") or "")


def test_a_message_that_the_buyer_deletes_is_shown_as_deleted(panel: OperatorPanel, live: Live) -> None:
    chat = live.chat()
    message = live.write(chat, "Ой, не туда")
    panel.open(chat)
    panel.bubble("Ой, не туда").wait_for()

    live.run(live.system.avito.delete, chat, message)

    expect(panel.message(message)).to_contain_text("Сообщение удалено")


# Scrolls near the top; returns the bubble the reader's eye is on.
NEAR_TOP = """(pane) => {
    pane.scrollTop = 300;
    const edge = pane.getBoundingClientRect().top;
    const seen = [...pane.querySelectorAll('[data-key]')];
    return seen.find((one) => one.getBoundingClientRect().top > edge).dataset.key;
}"""


def test_older_history_comes_on_scrolling_up_and_the_page_does_not_jump(
    panel: OperatorPanel, live: Live
) -> None:
    chat = live.chat()
    live.run(live.system.avito.burst, messages=110, chat_ids=[chat])
    expect(panel.row(chat).locator(".count")).to_have_text("99+")
    panel.open(chat)
    pane = panel.page.locator("[data-scroller]")
    eventually(lambda: pane.evaluate("(pane) => pane.scrollTop") > 1000)

    key = pane.evaluate(NEAR_TOP)
    held = pane.locator(f'[data-key="{key}"]')
    before = held.evaluate("(one) => one.getBoundingClientRect().top")
    expect(pane.locator(".bubble")).not_to_have_count(50)

    assert abs(held.evaluate("(one) => one.getBoundingClientRect().top") - before) <= 2
    eventually(lambda: pane.evaluate(NEAR_TOP) and pane.locator(".bubble").count() == 110)


def test_the_way_back_to_the_newest_message_counts_what_came(panel: OperatorPanel, live: Live) -> None:
    chat = live.chat()
    live.run(live.system.avito.burst, messages=60, chat_ids=[chat])
    expect(panel.row(chat).locator(".count")).to_have_text("60")
    panel.open(chat)
    scroller = panel.page.locator("[data-scroller]")
    eventually(lambda: scroller.evaluate("(element) => element.scrollTop") > 500)
    scroller.evaluate("(element) => { element.scrollTop = 0; }")
    panel.page.locator(".jump").wait_for()

    live.write(chat, "а вы ещё здесь?")
    expect(panel.page.locator(".jump")).to_have_text("1")
    panel.page.locator(".jump").click()

    expect(panel.bubble("а вы ещё здесь?")).to_be_in_viewport()
    expect(panel.page.locator(".jump")).to_have_count(0)


def test_the_slightest_scroll_up_stays_up_while_messages_arrive(panel: OperatorPanel, live: Live) -> None:
    chat = live.chat()
    for age in range(30, 0, -1):
        live.write(chat, "на экране", created=int(time.time()) - age)
    panel.open(chat)
    expect(panel.page.locator(".bubble")).to_have_count(30)
    scroller = panel.page.locator("[data-scroller]")
    scroller.hover()
    panel.page.mouse.wheel(0, -15)
    panel.page.locator(".jump").wait_for()
    before = scroller.evaluate("(element) => element.scrollTop")

    live.write(chat, "ниже экрана")
    expect(panel.page.locator(".jump")).to_have_text("1")

    assert scroller.evaluate("(element) => element.scrollTop") == before


def test_every_chat_has_an_address_that_opens_it(context: BrowserContext, live: Live) -> None:
    chat = live.chat(buyer={"name": "Прямая Ссылка"})
    live.write(chat, "сюда по ссылке")

    with panel_in(context, live) as panel:
        panel.go(f"#/chat/{chat}")
        panel.bubble("сюда по ссылке").wait_for()
        expect(panel.page.get_by_role("heading", level=1)).to_have_text("Прямая Ссылка")


def test_the_card_shows_buyer_item_and_other_chats_with_the_same_buyer(
    panel: OperatorPanel, live: Live
) -> None:
    item = {"title": "Велосипед", "price": "18 500 ₽", "place": "Тверь", "picture": "bicycle"}
    one = live.chat(buyer={"id": 777, "name": "Олег"}, item=item)
    other = live.chat(buyer={"id": 777, "name": "Олег"}, item={"title": "Шины зимние"})
    live.write(one, "про велосипед")
    live.write(other, "про шины")
    expect(panel.row(other)).to_contain_text("Шины зимние")
    panel.open(one)
    card = panel.page.get_by_label("Покупатель и объявление").and_(panel.page.locator("aside"))

    for words in ("Олег", "Велосипед", "18 500 ₽", "Тверь"):
        expect(card).to_contain_text(words)
    expect(card.get_by_role("link", name="Открыть объявление")).to_have_attribute("href", ITEM_URL)
    card.get_by_role("link", name="Шины зимние").click()
    panel.bubble("про шины").wait_for()


def test_search_finds_chats_by_name_item_and_text(panel: OperatorPanel, live: Live) -> None:
    chat = live.chat(buyer={"name": "Зинаида"}, item={"title": "Самовар угольный"})
    live.write(chat, "кипятит быстро?")
    expect(panel.row(chat)).to_contain_text("Самовар угольный")

    for query in ("зинаид", "самовар", "кипятит"):
        panel.page.get_by_role("searchbox").fill(query)
        expect(panel.page.locator(".row")).to_have_count(1)
        expect(panel.row(chat)).to_be_visible()
