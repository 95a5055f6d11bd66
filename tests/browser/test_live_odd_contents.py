"""Whatever a message holds, its bubble says something: every odd content, drawn by the whole panel."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from testbed import ACCOUNT, Live, live_system
from tests.browser.odd_contents import HOSTILE, MESSAGES, SAID
from tests.browser.operator_panel import panel_in, remembered_login, settings

pytestmark = pytest.mark.browser

IN_A_CHAT = 100
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
DIRECTIONS = ("in", "out", "system")
# What is drawn without visible words, a picture with a name, or a player; and what does not belong there.
LOOK = """async (chat) => {
    const faultsOf = (one) => {
        const inside = one.cloneNode(true);
        const others = '.foot, .author, .tag, .quote, time, .erase';
        for (const part of inside.querySelectorAll(others)) part.remove();
        const words = inside.textContent;
        const picture = inside.querySelector('img[alt]:not([alt=""]), .voice');
        const isSeen = picture || /[^\\s\\p{Cc}\\p{DI}]/u.test(words);
        const isStray = /\\[object|undefined|NaN|\\btype\\.\\w/.test(words);
        return isSeen && !isStray ? [] : [`${one.dataset.messageId}: ${words.slice(0, 200)}`];
    };
    const look = () => {
        if (!document.querySelector(`[aria-current="page"][data-chat-id="${chat}"]`)) return ['not open'];
        const bubbles = [...document.querySelectorAll('.messages [data-message-id]')];
        const links = [...document.querySelectorAll('a[href]')].filter(({ href }) => !/^https?:/.test(href));
        const strange = window.hacked || document.querySelector('.messages script, .messages iframe');
        const isWide = document.documentElement.scrollWidth > innerWidth;
        return [
            ...bubbles.flatMap(faultsOf), ...links.map(({ href }) => href),
            ...(bubbles.length ? [] : ['nothing drawn']), ...(strange ? ['a script ran'] : []),
            ...(isWide ? ['too wide'] : []),
        ];
    };
    const until = Date.now() + 10_000;
    location.hash = `#/chat/${chat}`;
    let faults;
    do {
        await new Promise((resolve) => setTimeout(resolve, 20));
        faults = look();
    } while (faults.length && Date.now() < until);
    return [document.querySelectorAll('.messages [data-message-id]').length, faults];
}"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Live]:
    with live_system(tmp_path_factory.mktemp("odd"), "gateway") as running:
        yield running


@pytest.fixture(scope="module")
def login(browser: Browser, live: Live) -> Any:
    return remembered_login(browser, live)


def thread(chat: int, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages as an operator's panel gets them, a second apart, from all sides."""
    now = int(time.time()) - 3600
    return [
        {"quote": None, "read": False, "deleted": False, "own": None, "source": "webhook", "rank": None}
        | {"id": f"m{number}", "chat_id": f"odd-{chat}", "author_id": 7, "created": now + number}
        | {"direction": DIRECTIONS[number % 3] if len(messages) > len(SAID) else "in"}
        | message
        for number, message in enumerate(messages)
    ]


def serve(
    context: BrowserContext, threads: list[list[dict[str, Any]]], facts: list[dict[str, Any]] | None = None
) -> None:
    """Let the gateway have a chat for each of these threads, with these facts."""
    place: dict[str, Any] = {}
    rows = [
        {"id": f"odd-{chat}", "account_id": ACCOUNT, "type": None, "buyer": None, "item": {"title": None}}
        | {"updated": time.time(), "last_message": messages[-1], "unread": 0, "unanswered_since": None}
        | {"enriched": True, "owner": None, "buying": False}
        | (facts[chat] if facts else {})
        for chat, messages in enumerate(threads)
    ]

    def chats(route: Route) -> None:
        body = route.fetch(url=route.request.url.partition("?")[0]).json()
        place.update(epoch=body["epoch"], seq=body["seq"])
        wanted = {"buying": True, "selling": False}.get(
            route.request.url.partition("filter=")[2].split("&")[0]
        )
        shown = [row for row in rows if wanted in {None, row["buying"]}]
        route.fulfill(json=body | {"chats": shown})

    def messages(route: Route) -> None:
        chat = int(route.request.url.partition("/odd-")[2].partition("/")[0])
        answer = {"messages": threads[chat], "outbox": [], "notes": [], "next": None, "chat": rows[chat]}
        # Half a surrogate pair cannot be sent as it is.
        route.fulfill(body=json.dumps(answer | place), content_type="application/json")

    context.route("**/api/chats?*", chats)
    context.route("**/api/chats/odd-*/messages*", messages)
    context.route("https://*.test/**", lambda route: route.fulfill(body=PIXEL, content_type="image/gif"))


def complaints_of(page: Page) -> list[str]:
    """What the page complains of in its console from now on."""
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    return complaints


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_no_bubble_is_blank_whatever_the_message_holds(
    context: BrowserContext, live: Live, lang: str
) -> None:
    parts = [MESSAGES[at : at + IN_A_CHAT] for at in range(0, len(MESSAGES), IN_A_CHAT)]
    context.add_init_script(settings(lang=lang))
    serve(context, [thread(chat, part) for chat, part in enumerate(parts)])
    with panel_in(context, live) as panel:
        complaints = complaints_of(panel.page)
        panel.go()
        for chat, part in enumerate(parts):
            assert (panel.page.evaluate(LOOK, f"odd-{chat}"), complaints, panel.errors) == (
                [len(part), []],
                [],
                [],
            )
        assert complaints == []


def test_a_message_shows_what_it_holds(context: BrowserContext, live: Live) -> None:
    serve(context, [thread(0, [message for message, _, _ in SAID])])
    with panel_in(context, live) as panel:
        panel.go("#/chat/odd-0")
        for number, (_, words, selector) in enumerate(SAID):
            bubble = panel.message(f"m{number}")
            expect(bubble).to_contain_text(words)
            if selector:
                expect(bubble.locator(selector).first).to_be_attached()


def test_a_picture_that_is_gone_is_named_and_leads_to_avito(context: BrowserContext, live: Live) -> None:
    sizes = {"640x480": "https://gone.test/1.jpg"}
    said = {"type": "image", "content": {"text": "вот такая деталь", "image": {"sizes": sizes}}}
    serve(context, [thread(0, [said])])
    context.route("https://gone.test/**", lambda route: route.fulfill(status=404))
    with panel_in(context, live) as panel:
        panel.go("#/chat/odd-0")
        bubble = panel.message("m0")
        expect(bubble.locator("a[href*='avito.ru']")).to_be_visible()
        expect(bubble).to_contain_text("Картинка")
        expect(bubble).to_contain_text("вот такая деталь")
        expect(bubble.locator("img")).to_have_count(0)


FACTS: list[tuple[dict[str, Any], list[str]]] = [
    ({"item": None}, ["Покупатель", "Без объявления"]),
    ({"item": {"id": 1, "title": None, "price": None}}, ["Покупатель", "Объявление"]),
    (
        {"item": {"title": HOSTILE, "price": HOSTILE}, "buyer": {"name": HOSTILE}},
        ["Покупатель", "Объявление"],
    ),
    ({"buyer": {"id": None, "name": "\u200b"}, "enriched": False, "item": None}, ["загружается"]),
    (
        {"buying": True, "item": {"title": "Чужой велосипед"}},
        ["Продавец", "Вы покупатель", "Чужой велосипед"],
    ),
    ({"type": "x2x", "buyer": {"name": "Вера"}}, ["Вера"]),
]


def test_a_chat_is_named_by_what_is_known_and_says_where_we_are_the_buyer(
    context: BrowserContext, live: Live
) -> None:
    said = [{"type": "text", "content": {"text": "здравствуйте"}}]
    serve(context, [thread(chat, said) for chat in range(len(FACTS))], [facts for facts, _ in FACTS])
    with panel_in(context, live) as panel:
        complaints = complaints_of(panel.page)
        panel.go()
        for chat, (_, words) in enumerate(FACTS):
            panel.open(f"odd-{chat}")
            for one in words:
                expect(panel.row(f"odd-{chat}")).to_contain_text(one)
        panel.open("odd-4")
        expect(panel.page.locator(".head")).to_contain_text("Вы покупатель Чужой велосипед")
        panel.page.evaluate("location.hash = '#/'")
        filters = panel.page.locator(".filters")
        filters.get_by_role("button", name="Покупки").click()
        expect(panel.page.locator(".row")).to_have_count(1)
        filters.get_by_role("button", name="Продажи").click()
        expect(panel.row("odd-0")).to_be_visible()
        expect(panel.row("odd-4")).to_have_count(0)
        assert complaints == []
