"""Reading: what buyers write stands in the panel, whatever it is."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.browser.desk import Desk, desk_in, report
from tests.support.live import Live, eventually

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
PLACE = {"kind": "street", "lat": 56.8587, "lon": 35.9176, "title": "Тверь, улица Садовая", "text": ""}


def test_a_buyers_message_stands_in_the_thread_within_a_second_without_reload(desk: Desk, live: Live) -> None:
    chat = live.chat(buyer={"name": "Вера"})
    live.write(chat, "Спасибо за интерес!", by="seller", created=int(time.time()) - 60)
    expect(desk.row(chat)).to_contain_text("Вера")
    desk.open(chat)
    desk.page.evaluate("window.sameage = true")
    before = desk.rings

    began = time.perf_counter()
    live.write(chat, "Могу забрать сегодня")
    desk.bubble("Могу забрать сегодня").wait_for()
    report(f"written at Avito → drawn in the thread: {(time.perf_counter() - began) * 1000:.0f} ms")

    expect(desk.row(chat)).to_contain_text("Могу забрать сегодня")
    eventually(lambda: desk.rings == before + 1)
    assert desk.page.evaluate("window.sameage") is True


def test_a_chat_whose_read_mark_was_lost_is_marked_once_it_is_opened_again(desk: Desk, live: Live) -> None:
    chat, other = live.chat(), live.chat()
    live.write(other, "другой чат")
    live.write(chat, "прочтите")
    expect(desk.row(chat).locator(".count")).to_have_text("1")
    desk.page.route("**/read", lambda route: route.fulfill(status=202, json={"ok": True}))
    with desk.page.expect_request("**/read"):
        desk.open(chat)
    desk.bubble("прочтите").wait_for()
    desk.page.unroute("**/read")

    desk.open(other)
    desk.bubble("другой чат").wait_for()
    desk.open(chat)

    expect(desk.row(chat).locator(".count")).to_have_count(0)


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
    ({"type": "sticker", "content": {"id": 7}}, 'a[href*="/messenger/channel/"]', "вида «sticker»"),
    (
        {"text": "Перейдите на подписку с API мессенджера"},
        'a[href*="/messenger/channel/"]',
        "Avito скрыл текст",
    ),
]


def test_every_type_of_message_is_drawn_as_what_it_is(desk: Desk, live: Live) -> None:
    chat = live.chat()
    ids = [live.write(chat, **({"text": ""} | body)) for body, _, _ in TYPES]
    desk.open(chat)

    for message_id, (body, inside, words) in zip(ids, TYPES, strict=True):
        drawn = desk.message(message_id)
        expect(drawn.locator(inside).first, str(body)).to_be_attached()
        expect(drawn).to_contain_text(words)


def test_a_text_can_be_read_before_its_links_can_be_drawn(desk: Desk, live: Live) -> None:
    held: list[Route] = []
    desk.page.route(re.compile("/views/kinds.js$"), lambda route: held.append(route), times=1)  # noqa: PLW0108 - Playwright asks a function for its arguments
    chat = live.chat()
    live.write(chat, "см. https://example.test/a.")
    desk.open(chat)
    bubble = desk.bubble("см. https://example.test/a.")
    bubble.wait_for()
    eventually(lambda: len(held) == 1)
    expect(bubble.get_by_role("link")).to_have_count(0)

    held[0].abort()

    expect(bubble.get_by_role("link")).to_have_text("https://example.test/a", timeout=20_000)


def test_system_messages_stand_apart_and_bots_are_marked(desk: Desk, live: Live) -> None:
    chat = live.chat()
    live.write(chat, "Здравствуйте")
    system = live.write(chat, "Пользователь посмотрел ваш номер телефона", by="system")
    bot = live.write(chat, "Покупателям предложена скидка", by="bot")
    desk.open(chat)

    assert "system" in (desk.message(system).get_attribute("class") or "")
    expect(desk.message(bot)).to_contain_text("бот")


def test_a_picture_opens_large_and_escape_closes_it(desk: Desk, live: Live) -> None:
    chat = live.chat()
    live.write(chat, "", type="image")
    desk.open(chat)

    desk.page.get_by_role("button", name="Увеличить картинку").click()
    expect(desk.page.get_by_role("dialog").locator("img")).to_be_visible()
    desk.page.keyboard.press("Escape")

    expect(desk.page.get_by_role("dialog")).to_have_count(0)


def test_a_voice_message_plays_and_each_play_asks_for_a_fresh_link(desk: Desk, live: Live) -> None:
    chat = live.chat()
    live.write(chat, "", type="voice")
    desk.open(chat)
    asked = desk.fetches()

    desk.page.get_by_role("button", name="Слушать").click()
    desk.page.get_by_role("button", name="Пауза").click()
    desk.page.get_by_role("button", name="Слушать").click()
    desk.page.get_by_role("button", name="Пауза").wait_for()

    eventually(lambda: len({url for url in asked if "/api/voice/" in url}) == 2)


def test_quotes_and_read_marks_come_from_avitos_history(desk: Desk, live: Live) -> None:
    chat = live.chat()
    question = live.write(chat, "Рама какого размера?")
    answer = live.write(chat, "Рама M", by="seller", quote_id=question)
    live.run(live.system.avito.ask, f"chats/{chat}/read")
    desk.open(chat)

    expect(desk.message(answer).locator("blockquote")).to_have_text("Рама какого размера?")
    expect(desk.message(answer).get_by_label("Прочитано")).to_be_visible()


def test_own_messages_say_who_wrote_them(desk: Desk, live: Live) -> None:
    chat = live.chat()
    live.write(chat, "Здравствуйте")
    live.write(chat, "из приложения", by="seller")
    desk.open(chat)
    desk.answer("из панели")

    expect(desk.bubble("из приложения").locator(".author")).to_have_text("из Avito")
    expect(desk.bubble("из панели").locator(".author")).to_have_text("вы")


def test_days_are_separated_and_the_full_date_is_there_on_hover(desk: Desk, live: Live) -> None:
    chat = live.chat()
    live.write(chat, "вчерашнее", created=int(time.time()) - DAY_S)
    live.write(chat, "сегодняшнее")
    desk.open(chat)

    expect(desk.page.locator(".day")).to_have_text(["Вчера", "Сегодня"])
    assert " г." in (desk.bubble("вчерашнее").locator("time").get_attribute("title") or "")


def test_a_message_that_the_buyer_deletes_is_shown_as_deleted(desk: Desk, live: Live) -> None:
    chat = live.chat()
    message = live.write(chat, "Ой, не туда")
    desk.open(chat)
    desk.bubble("Ой, не туда").wait_for()

    live.run(live.system.avito.delete, chat, message)

    expect(desk.message(message)).to_contain_text("Сообщение удалено")


# Scrolls near the top; returns the bubble the reader's eye is on.
NEAR_TOP = """(pane) => {
    pane.scrollTop = 300;
    const edge = pane.getBoundingClientRect().top;
    const seen = [...pane.querySelectorAll('[data-key]')];
    return seen.find((one) => one.getBoundingClientRect().top > edge).dataset.key;
}"""


def test_older_history_comes_on_scrolling_up_and_the_page_does_not_jump(desk: Desk, live: Live) -> None:
    chat = live.chat()
    live.run(live.system.avito.burst, messages=110, chat_ids=[chat])
    expect(desk.row(chat).locator(".count")).to_have_text("99+")
    desk.open(chat)
    pane = desk.page.locator("[data-scroller]")
    eventually(lambda: pane.evaluate("(pane) => pane.scrollTop") > 1000)

    key = pane.evaluate(NEAR_TOP)
    held = pane.locator(f'[data-key="{key}"]')
    before = held.evaluate("(one) => one.getBoundingClientRect().top")
    expect(pane.locator(".bubble")).to_have_count(110)

    assert abs(held.evaluate("(one) => one.getBoundingClientRect().top") - before) <= 2


def test_the_way_back_to_the_newest_message_counts_what_came(desk: Desk, live: Live) -> None:
    chat = live.chat()
    live.run(live.system.avito.burst, messages=60, chat_ids=[chat])
    desk.open(chat)
    scroller = desk.page.locator("[data-scroller]")
    eventually(lambda: scroller.evaluate("(element) => element.scrollTop") > 500)
    scroller.evaluate("(element) => { element.scrollTop = 0; }")
    desk.page.locator(".jump").wait_for()

    live.write(chat, "а вы ещё здесь?")
    expect(desk.page.locator(".jump")).to_have_text("1")
    desk.page.locator(".jump").click()

    expect(desk.bubble("а вы ещё здесь?")).to_be_in_viewport()
    expect(desk.page.locator(".jump")).to_have_count(0)


def test_every_chat_has_an_address_that_opens_it(context: BrowserContext, live: Live) -> None:
    chat = live.chat(buyer={"name": "Прямая Ссылка"})
    live.write(chat, "сюда по ссылке")

    with desk_in(context, live) as desk:
        desk.go(f"#/chat/{chat}")
        desk.bubble("сюда по ссылке").wait_for()
        expect(desk.page.get_by_role("heading", level=1)).to_have_text("Прямая Ссылка")


def test_the_card_shows_buyer_item_and_other_chats_with_the_same_buyer(desk: Desk, live: Live) -> None:
    item = {"title": "Велосипед", "price": "18 500 ₽", "place": "Тверь", "picture": "bicycle"}
    one = live.chat(buyer={"id": 777, "name": "Олег"}, item=item)
    other = live.chat(buyer={"id": 777, "name": "Олег"}, item={"title": "Шины зимние"})
    live.write(one, "про велосипед")
    live.write(other, "про шины")
    expect(desk.row(other)).to_contain_text("Шины зимние")
    desk.open(one)
    card = desk.page.get_by_label("Покупатель и объявление").and_(desk.page.locator("aside"))

    for words in ("Олег", "Велосипед", "18 500 ₽", "Тверь"):
        expect(card).to_contain_text(words)
    expect(card.get_by_role("link", name="Открыть объявление")).to_have_attribute("href", ITEM_URL)
    card.get_by_role("link", name="Шины зимние").click()
    desk.bubble("про шины").wait_for()


def test_search_finds_chats_by_name_item_and_text(desk: Desk, live: Live) -> None:
    chat = live.chat(buyer={"name": "Зинаида"}, item={"title": "Самовар угольный"})
    live.write(chat, "кипятит быстро?")
    expect(desk.row(chat)).to_contain_text("Самовар угольный")

    for query in ("зинаид", "самовар", "кипятит"):
        desk.page.get_by_role("searchbox").fill(query)
        expect(desk.page.locator(".row")).to_have_count(1)
        expect(desk.row(chat)).to_be_visible()
