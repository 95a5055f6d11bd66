"""The panel opens the chat of every body met in the wild: nothing is blank, nothing fails."""

import time

import pytest
from playwright.sync_api import BrowserContext

from testbed import ACCOUNT, Live, shown, until
from tests.browser.operator_panel import panel_in
from tests.payloads.posting import post
from tests.payloads.rows import webhooks

pytestmark = pytest.mark.browser
ROWS = [row for row in webhooks() if row.is_shown]
OPEN_AND_LOOK = """
async (rows) => {
    const wrong = [];
    const settled = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const tells = (node) => {
        const body = node.cloneNode(true);
        for (const part of body.querySelectorAll('time, .foot, .author, .erase')) part.remove();
        return body.textContent.trim() || body.querySelector('img[alt], audio, [aria-label]');
    };
    for (const [name, chat, message, words] of rows) {
        location.hash = `#/chat/${encodeURIComponent(chat)}`;
        const drawn = () => document.querySelector(`[data-message-id="${message}"]`);
        for (let tries = 0; tries < 300 && !(drawn() && tells(drawn())); tries += 1) await settled();
        if (!drawn()) wrong.push(`${name}: not drawn`);
        else if (!drawn().textContent.includes(words)) wrong.push(`${name}: ${drawn().textContent.trim()}`);
        for (const node of document.querySelectorAll('[data-message-id]')) {
            if (!tells(node)) wrong.push(`${name}: a blank bubble`);
        }
        for (const { href } of document.querySelectorAll('.messages a[href]')) {
            if (!/^https?:/.test(href)) wrong.push(`${name}: a link leads to ${href}`);
        }
    }
    return wrong;
}
"""


async def arrive(live: Live) -> None:
    """Post every body and wait until its chat is there."""
    await post(live.system, ROWS, time.time())
    async with live.system.redis as redis:

        async def all_there() -> bool:
            threads = await shown(redis, ACCOUNT)
            return all(row.message_id in {one[0] for one in threads.get(row.chat_id, [])} for row in ROWS)

        await until(all_there, within=30)


def test_every_body_is_drawn_with_words_and_without_an_error(context: BrowserContext, live: Live) -> None:
    live.run(arrive, live)
    told: list[str] = []
    with panel_in(context, live) as panel:
        picture = {
            "status": 200,
            "content_type": "image/svg+xml",
            "body": "<svg xmlns='http://www.w3.org/2000/svg'/>",
        }
        panel.page.route("https://img.example.test/**", lambda route: route.fulfill(**picture))
        panel.page.on("console", lambda line: told.append(line.text) if line.type == "error" else None)
        panel.go()

        rows = [[row.name, row.chat_id, row.message_id, row.words] for row in ROWS]
        wrong = panel.page.evaluate(OPEN_AND_LOOK, rows)

    assert (wrong, told) == ([], [])
