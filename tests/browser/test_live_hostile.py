"""Strangers write what they like: 200 hostile texts through every place that shows text."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from shared.redis import keys, lua
from testbed import ACCOUNT, Live, eventually
from tests.browser.operator_panel import PHONE, WIDE, OperatorPanel, panel_in
from tests.worker.builders import make_message
from worker.messages.commit import Change, command
from worker.messages.message import ChatFacts

pytestmark = pytest.mark.browser

SCRIPTS = ("hacked=1", "window.hacked=1", "top.hacked=1")
MARKUP = (
    "<script>{}</script>",
    "<img src=x onerror={}>",
    "<svg onload={}>",
    '"><script>{}</script>',
    "'><img src=x onerror='{}'>",
    "<iframe srcdoc='<script>parent.{}</script>'>",
    "<a href='javascript:{}'>нажми</a>",
    "javascript:{}",
    'https://example.test/" onmouseover="{}',
    "<style>*{{display:none}}</style><b onclick={}>",
    "</textarea><script>{}</script>",
    "<!--?lit$123$--><script>{}</script>",
    "${{{}}}",
    "{{{{constructor.constructor('{}')()}}}}",
    "<details open ontoggle={}>",
    "<form action='javascript:{}'><button>ok</button></form>",
    "&lt;script&gt;{}&lt;/script&gt;",
    "<math><mtext></form><form><mglyph><style></math><img src onerror={}>",
    "<base href='https://evil.test/'><link rel=stylesheet href=//evil.test/{}>",
    "data:text/html,<script>{}</script>",
)
BIDI = tuple(
    f"сч{mark}ёт №1 {mark}gpj.exe"
    for mark in "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
RIGHT_TO_LEFT = tuple(
    f"{word} {number}" for word in ("שלום עולם", "مرحبا بالعالم", "سلام دنیا") for number in range(7)
)
EMOJI = ("🙂", "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👍🏽", "🇷🇺" * 9, "❤️‍🔥", "🫠" * 300, "☠︎", "1️⃣", "🤷‍♂️ ладно")
HOMOGRAPHS = (
    "https://аvito.ru/",
    "https://avitо.ru/item",
    "https://xn--80aqecdr1a.xn--p1ai/",
    "https://avito.ru@evil.test/",
    "https://avito.ru%2eevil.test/",
    "http://user:secret@bank.test/",
    "https://ａｖｉｔｏ.ru/",
    "https://evil.test/?https://www.avito.ru",
    "HTTPS://EVIL.TEST/ШЛЕМ",
    "https://avito.ru.evil.test/profile",
)
ODD = (
    "Ъ" * 100_000,
    "слово " * 3_000,
    "\n" * 300 + "внизу",
    "z̷͖̈a̵l̸g̴o̷" * 60,
    "\x00\x01\x02\x1b[31m",
    "\ufeff\u200b\u200c\u200d",
    " ",
    "null",
    "undefined",
    "__proto__",
    "constructor",
    "%s%n%x",
    "../../etc/passwd",
    "'; DROP TABLE chats; --",
    "\t\t\tотступ",
    "﷽" * 50,
    "𒐫" * 40,
    "a\u0300" * 200,
    "-1e308",
    "[object Object]",
)
_MADE = [form.format(script) for script in SCRIPTS for form in MARKUP]
_MIXED = [f"{one} {two}" for one in MARKUP[:8] for two in (*BIDI[:5], *EMOJI[:4])]
TEXTS = [*_MADE, *BIDI, *RIGHT_TO_LEFT, *EMOJI, *HOMOGRAPHS, *ODD, *_MIXED][:200]

BUYER = 205006007
LOOK = """
const lookInto = (faults) => (place) => {
    const strange = 'script:not([src]), iframe, object, embed, base, style, math, form[action^="javascript"]';
    const wrong = (what) => faults.push(`${place}: ${what}`);
    if (window.hacked) wrong('a script ran');
    if (document.body.querySelector(strange)) wrong('an element came in');
    for (const one of document.body.querySelectorAll('*')) {
        if ([...one.attributes].some(({ name }) => name.startsWith('on'))) wrong('a handler came in');
    }
    for (const { href } of document.querySelectorAll('a[href]')) {
        if (!/^https?:/.test(href)) wrong(`a link leads to ${href}`);
    }
    const { scrollWidth } = document.documentElement;
    if (scrollWidth > innerWidth) wrong(`the page is ${scrollWidth} wide`);
    for (const pane of document.querySelectorAll('[data-scroller], [data-rows], .card, .head, .bar')) {
        if (pane.scrollWidth > pane.clientWidth + 1) wrong(`${pane.className} is too wide`);
    }
    for (const row of document.querySelectorAll('.row')) {
        if (row.clientHeight > 80) wrong('a row is too high');
    }
};
"""
WALK = """
async () => {
    LOOK
    const faults = [];
    const look = lookInto(faults);
    const settled = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const until = async (condition) => {
        for (let tries = 0; tries < 600 && !condition(); tries += 1) await settled();
        return condition();
    };
    for (let number = 0; number < COUNT; number += 1) {
        location.hash = `#/chat/hostile-${number}`;
        const last = () => document.querySelector(`[data-message-id="${number}-last"]`);
        if (!(await until(last))) faults.push(`${number}: not drawn`);
        look(number);
    }
    return faults;
}
""".replace("LOOK", LOOK)


def faults(page: Page, place: str) -> list[str]:
    """What is wrong with what the page shows now."""
    look = f"(place) => {{ {LOOK} const faults = []; lookInto(faults)(place); return faults; }}"
    return list(page.evaluate(look, place))


def forms(text: str) -> list[dict[str, Any]]:
    """Every type of message whose content shows a text."""
    preview = {"title": text, "description": text, "domain": text, "url": text, "images": {"140x105": text}}
    return [
        {"content": {"text": text}},
        {"type": "system", "content": {"text": text, "flow_id": text}},
        {"type": "link", "content": {"link": {"text": text, "url": text, "preview": preview}}},
        {
            "type": "link",
            "content": {"link": {"text": text, "url": "https://example.test/", "preview": preview}},
        },
        {
            "type": "item",
            "content": {"item": {"title": text, "price_string": text, "item_url": text, "image_url": text}},
        },
        {
            "type": "location",
            "content": {"location": {"title": text, "text": text, "lat": text, "lon": text}},
        },
        {"type": "image", "content": {"image": {"sizes": {"640x480": text, text[:20]: text}}}},
        {"type": "voice", "content": {"voice": {"voice_id": text}}},
        {"type": "call", "content": {"call": {"status": text}}},
        {"type": text[:200] or "x", "content": {}},
        {"content": {"text": "цитата"}, "quote": {"id": "q", "type": "text", "content": {"text": text}}},
    ]


def hostile_chat(number: int, text: str) -> Change:
    """A chat that shows the text wherever a chat can."""
    chat = f"hostile-{number}"
    named = {"id": BUYER, "name": text, "avatar": text, "url": text}
    item = {"id": 1, "title": text, "price": text, "url": text, "image": text, "place": text}
    facts = ChatFacts(1_757_403_725, time.time(), orjson.dumps(named), orjson.dumps(item), str(number))
    made = [
        make_message(f"{number}-{at}", created=1_757_403_725 + at, **form)
        for at, form in enumerate(forms(text))
    ]
    made.append(make_message(f"{number}-find", created=1_757_403_799, content={"text": f"отыщи {text}"}))
    made.append(make_message(f"{number}-last", created=1_757_403_800, content={"text": text}))
    messages = tuple(replace(one, chat_id=chat) for one in made)
    return Change(ACCOUNT, chat, messages, "sweep", facts=facts, quiet=True)


async def fill(live: Live) -> None:
    """Commit them all."""
    async with live.system.redis as redis:
        await redis.execute_command("SADD", keys.ACCOUNTS, ACCOUNT)
        await redis.script_load(lua.load("commit").text)
        async with redis.pipeline(transaction=False) as pipe:
            for number, text in enumerate(TEXTS):
                pipe.execute_command(*command(hostile_chat(number, text), time.time(), 200))
            await pipe.execute()


@pytest.fixture(scope="module")
def hostile(live: Live) -> Live:
    """An account whose buyers mean no good."""
    live.run(live.system.stop, "worker")  # it would ask Avito about chats that Avito does not have
    live.run(fill, live)
    return live


@pytest.mark.parametrize("screen", ["wide", "phone"])
def test_no_hostile_text_runs_breaks_out_or_breaks_the_layout(
    context: BrowserContext, hostile: Live, screen: str
) -> None:
    assert len(TEXTS) == 200
    with panel_in(context, hostile) as panel:
        panel.page.set_viewport_size(WIDE if screen == "wide" else PHONE)
        panel.go()
        count = len(TEXTS) if screen == "wide" else len(TEXTS) // 10

        assert panel.page.evaluate(WALK.replace("COUNT", str(count))) == []


def test_hostile_drafts_searches_and_replies_stay_text(context: BrowserContext, hostile: Live) -> None:
    with panel_in(context, hostile) as panel:
        panel.go("#/chat/hostile-0")
        panel.page.locator('[data-message-id="0-last"]').wait_for()
        for text in (*MARKUP, *EMOJI, *HOMOGRAPHS):
            panel.field.fill(text)
            panel.page.get_by_role("searchbox").fill(text)
        panel.field.fill(MARKUP[1].format(SCRIPTS[0]))
        panel.field.press("Enter")
        panel.page.locator('[data-state="queued"]').wait_for()

        assert panel.page.evaluate("window.hacked") is None
        panel.page.get_by_role("searchbox").fill("DROP TABLE")
        expect(panel.page.locator(".row")).to_have_count(1)


def test_what_a_stranger_wrote_is_shown_letter_by_letter(context: BrowserContext, hostile: Live) -> None:
    number = TEXTS.index(MARKUP[0].format(SCRIPTS[0]))
    with panel_in(context, hostile) as panel:
        panel.go(f"#/chat/hostile-{number}")
        shown = panel.message(f"{number}-last").locator(".text")
        shown.wait_for()

        assert shown.text_content() == TEXTS[number]


def hand_in(page: Page, live: Live) -> None:
    """Colleagues mean no better: notes and quick replies of the same texts, as far as each may be one."""
    origin = {"Origin": live.system.url("gateway")}
    taken = {"notes": 0, "quick": 0}
    for number, text in enumerate(TEXTS):
        note = {"text": text[:2000], "ref": f"hostile-{number}"}
        reply = {"name": f"{number} {text}"[:100], "folder": text[:40], "text": text[:1000]}
        api = f"{live.panel}api/"
        wrote = page.request.post(f"{api}chats/hostile-0/notes", data=note, headers=origin)
        kept = page.request.post(f"{api}quick-replies", data=reply, headers=origin)
        assert {wrote.status, kept.status} <= {201, 202, 422}
        taken["notes"] += wrote.status == 202
        taken["quick"] += kept.status == 201
    assert min(taken.values()) > 150


def finds(page: Page, query: str) -> bool:
    """Whether a search finds messages yet: words are in the index a moment after the worker saw them."""
    page.get_by_role("searchbox").fill("")
    with page.expect_response(lambda answer: "q=" in answer.url):
        page.get_by_role("searchbox").fill(query)
    page.get_by_text("Загружаем чаты").wait_for(state="detached")
    return page.locator(".row mark").count() > 0


def test_hostile_notes_quick_replies_finds_and_names_stay_text(
    context: BrowserContext, hostile: Live
) -> None:
    with panel_in(context, hostile) as panel:
        hand_in(panel.page, hostile)
        hostile.run(hostile.system.start, "worker")  # it makes the index
        for size in (WIDE, PHONE):
            panel.page.set_viewport_size(size)

            assert list(found_wrong(panel, hostile)) == []


def found_wrong(panel: OperatorPanel, live: Live) -> Iterator[str]:
    """What is wrong with each place that shows what colleagues wrote or a search found."""
    page = panel.page
    panel.go("#/chat/hostile-0")
    page.locator(".note").first.wait_for()
    yield from faults(page, "notes")

    panel.field.press("/")
    page.get_by_role("listbox", name="Быстрые ответы").get_by_role("option").first.wait_for()
    yield from faults(page, "the quick replies' list")
    page.keyboard.press("Escape")

    panel.go()
    eventually(lambda: finds(page, "отыщи"), within=60.0)
    yield from faults(page, "what a search found")

    page.goto(f"{live.panel}quick-replies")
    page.get_by_text("DROP TABLE").first.wait_for()
    yield from faults(page, "the quick replies' page")

    page.goto(f"{live.panel}coach")
    page.get_by_role("link").first.wait_for()
    yield from faults(page, "the coach's page")
