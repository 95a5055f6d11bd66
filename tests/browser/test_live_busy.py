"""A busy account: 5,000 chats and a thread of 10,000 messages. Timings are printed, not judged."""

import time
from dataclasses import replace

import orjson
import pytest
from playwright.sync_api import BrowserContext, expect

from shared.redis import keys, lua
from testbed import ACCOUNT, Live, eventually
from tests.browser.operator_panel import OperatorPanel, panel_in, report
from tests.worker.builders import make_message
from worker.messages.commit import Change, command, commit
from worker.messages.message import ChatFacts

pytestmark = pytest.mark.browser

CHATS, MESSAGES = 5_000, 10_000
AT_ONCE = 500
START = 1_757_403_725
LONG_THREAD = "crowd-0"

PAINTED = """() => {
    const paint = performance.getEntriesByName('first-contentful-paint')[0];
    const fetched = performance.getEntriesByType('resource');
    const chats = fetched.find(({ name }) => name.includes('/api/chats'));
    return { paint: Math.round(paint.startTime), chats: Math.round(chats.responseEnd) };
}"""
# Scrolls a pane from end to end, a screen at a time, waiting for pages; tells the slowest frame.
SCROLL = """async (pane, { up, done }) => {
    let slowest = 0;
    let before = performance.now();
    const frame = () => new Promise((next) => requestAnimationFrame((now) => {
        slowest = Math.max(slowest, now - before);
        before = now;
        next();
    }));
    const began = performance.now();
    while (!document.querySelector(done) && performance.now() - began < 60_000) {
        pane.scrollTop = up ? 0 : pane.scrollTop + pane.clientHeight * 4;
        await frame();
    }
    return { slowest: Math.round(slowest), took: Math.round(performance.now() - began) };
}"""


def chat_change(number: int) -> Change:
    """A chat with one message, each a minute older than the last."""
    chat, created = f"crowd-{number}", START - number * 60
    buyer = orjson.dumps({"id": number + 1, "name": f"Покупатель {number}", "avatar": None, "url": None})
    item = orjson.dumps({"id": number, "title": f"Товар {number}", "price": "1 ₽", "place": "Тверь"})
    message = replace(make_message(f"one-{number}", created=created), chat_id=chat)
    facts = ChatFacts(created, time.time(), buyer, item, str(number))
    return Change(ACCOUNT, chat, (message,), "sweep", facts=facts, quiet=True)


def thread_change(first: int) -> Change:
    """A part of the long thread."""
    messages = tuple(
        replace(
            make_message(
                f"long-{number}", created=START - MESSAGES + number, content={"text": f"№ {number}"}
            ),
            chat_id=LONG_THREAD,
        )
        for number in range(first, first + 100)
    )
    return Change(ACCOUNT, LONG_THREAD, messages, "sweep", quiet=True)


async def fill(live: Live) -> None:
    """Commit them all, as a worker that holds so many would."""
    all_changes = [*map(chat_change, range(CHATS)), *map(thread_change, range(0, MESSAGES, 100))]
    async with live.system.redis as redis:
        await redis.execute_command("SADD", keys.ACCOUNTS, ACCOUNT)
        await redis.script_load(lua.load("commit").text)
        for start in range(0, len(all_changes), AT_ONCE):
            async with redis.pipeline(transaction=False) as pipe:
                for change in all_changes[start : start + AT_ONCE]:
                    pipe.execute_command(*command(change, time.time(), MESSAGES * 2))
                await pipe.execute()


async def write(live: Live, text: str) -> None:
    """Commit a new message in an old chat."""
    message = replace(make_message("new", created=time.time(), content={"text": text}), chat_id="crowd-4000")
    async with live.system.redis as redis:
        await commit(redis, Change(ACCOUNT, "crowd-4000", (message,), "webhook"), time.time(), MESSAGES)


@pytest.fixture(scope="module")
def crowd(live: Live) -> Live:
    """An account like that; the worker sleeps, as Avito does not have these chats."""
    live.run(live.system.stop, "worker")
    live.run(fill, live)
    return live


def few_elements(panel: OperatorPanel) -> bool:
    return int(panel.page.evaluate("document.querySelectorAll('*').length")) < 8_000


def test_five_thousand_chats_are_scrolled_searched_and_kept_up(context: BrowserContext, crowd: Live) -> None:
    with panel_in(context, crowd) as panel:
        panel.go()
        panel.page.locator(".row").first.wait_for()
        report(f"first paint and first chats, ms: {panel.page.evaluate(PAINTED)}")
        rows = panel.page.locator("[data-rows]")
        last = f'.row[data-chat-id="crowd-{CHATS - 1}"]'
        report(f"{CHATS} chats to the end, ms: {rows.evaluate(SCROLL, {'up': False, 'done': last})}")
        panel.page.locator(last).wait_for()
        assert few_elements(panel)

        rows.evaluate("(pane) => pane.scrollTo(0, 0)")
        panel.page.get_by_role("searchbox").fill("Товар 4321")
        panel.row("crowd-4321").wait_for()
        panel.page.get_by_role("searchbox").fill("")
        began = time.perf_counter()
        crowd.run(write, crowd, "среди пяти тысяч")
        expect(panel.page.locator(".row").first).to_contain_text("среди пяти тысяч")
        report(f"a new message among all of them drawn after {(time.perf_counter() - began) * 1000:.0f} ms")


def test_ten_thousand_messages_are_scrolled_with_few_in_the_page(
    context: BrowserContext, crowd: Live
) -> None:
    with panel_in(context, crowd) as panel:
        panel.go(f"#/chat/{LONG_THREAD}")
        panel.message("one-0").wait_for()
        pane = panel.page.locator("[data-scroller]")
        first = '[data-message-id="long-0"]'
        report(f"{MESSAGES} messages to the first, ms: {pane.evaluate(SCROLL, {'up': True, 'done': first})}")
        panel.page.locator(first).wait_for()
        assert few_elements(panel)

        typed = """async (field) => {
            const began = performance.now();
            field.value = 'быстро';
            field.dispatchEvent(new Event('input', { bubbles: true }));
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            return Math.round(performance.now() - began);
        }"""
        report(f"a key drawn after, ms: {panel.field.evaluate(typed)}")
        panel.page.locator(".jump").click()
        eventually(lambda: panel.message("one-0").is_visible())
