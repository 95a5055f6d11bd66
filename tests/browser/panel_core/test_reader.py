"""Reading threads into the panel while the server fails now and then."""

from typing import Any

import pytest

from tests.browser.panel_core.conftest import Panel

pytestmark = pytest.mark.browser

READ = """
    const { emptyState, loadThread } = await import('/core/store.js');
    const { emptyList } = await import('/core/lists.js');
    const { answers, act } = value;
    const page = (ids, epoch = 'e') => ({
        messages: ids.map((id, at) => ({ id, created: at, type: 'text', content: { text: id } })),
        outbox: [], next: 'above', epoch, seq: 5, chat: null,
    });
    const state = emptyState();
    loadThread(state, 'c', { ...page(['m1']), seq: 1 });
    const told = [];
    const app = {
        state, ui: { chatId: 'c', list: emptyList(), newFrom: '', settings: {} }, session: { epoch: 'e' },
        changed() {}, refused() {}, tellFeatures() {}, tellLoaded() {}, replies: { addTo() {} },
        thread: () => state.threads.get('c'), messageIds: () => [],
        feed: { reloaded: () => told.push(state.threads.get('c').status) },
    };
    const fetch = window.fetch;
    const noChats = { chats: [], next: null, epoch: 'e', seq: 5 };
    window.fetch = async (url) => {
        if (!String(url).includes('/messages')) return Response.json(noChats);
        const answer = answers.shift();
        if (answer === 'silence') throw new TypeError('no connection');
        if (Number.isInteger(answer)) return Response.json({}, { status: answer });
        return Response.json(page(answer.ids, answer.epoch));
    };
    try {
        await new m.Reader(app)[act]('c');
    } finally {
        window.fetch = fetch;
    }
    const thread = state.threads.get('c');
    return { told, status: thread.status, ids: thread.messages.map(({ id }) => id), left: answers.length };
"""


def read(panel: Panel, act: str, *answers: Any) -> dict[str, Any]:
    answer: dict[str, Any] = panel.ask("shell/reader.js", READ, {"act": act, "answers": list(answers)})
    return answer


@pytest.mark.parametrize("trouble", ["silence", 503, 429])
def test_a_thread_that_is_to_be_read_again_is_asked_for_until_it_comes(
    panel: Panel, trouble: str | int
) -> None:
    result = read(panel, "thread", trouble, {"ids": ["m1", "m2"]})

    assert result == {"told": [], "status": "ready", "ids": ["m1", "m2"], "left": 0}


def test_nothing_is_as_of_now_before_the_open_thread_was_read_too(panel: Panel) -> None:
    result = read(panel, "reload", "silence", {"ids": ["m1", "m2"]})

    assert result["told"] == ["ready"]
    assert result["ids"] == ["m1", "m2"]


def test_a_thread_that_is_refused_for_good_is_not_asked_for_again(panel: Panel) -> None:
    assert read(panel, "thread", 404, {"ids": ["m2"]})["left"] == 1


def test_an_older_page_of_another_epoch_is_not_mixed_in(panel: Panel) -> None:
    result = read(panel, "older", {"ids": ["m0"], "epoch": "before"})

    assert result["ids"] == ["m1"]


def test_a_message_of_the_same_second_above_the_last_one_is_marked_as_read_too(panel: Panel) -> None:
    script = """
        const ids = ['m5'];
        const app = {
            state: { chats: new Map([['c', { unread: 1 }]]) }, refused() {}, messageIds: () => ids,
            ui: { chatId: 'c', atBottom: true, settings: { markRead: true } },
            thread: () => ({ status: 'ready' }),
        };
        const posted = [];
        const { fetch } = window;
        const { hasFocus } = document;
        document.hasFocus = () => true;
        window.fetch = async (url, { body }) => {
            posted.push(JSON.parse(body).message_id);
            return Response.json({});
        };
        const reader = new m.Reader(app);
        reader.maybeMarkRead();
        reader.maybeMarkRead();
        ids.unshift('m3');
        reader.maybeMarkRead();
        reader.maybeMarkRead();
        Object.assign(window, { fetch });
        document.hasFocus = hasFocus;
        return posted;
    """

    assert panel.ask("shell/reader.js", script) == ["m5", "m5"]


def test_facts_of_a_new_chat_are_asked_for_until_they_come(panel: Panel) -> None:
    script = """
        const { emptyState, applyEvent } = await import('/core/store.js');
        const { emptyList } = await import('/core/lists.js');
        const state = emptyState();
        applyEvent(state, { type: 'message', seq: 6, at: 6, chat_id: 'c', account_id: 1,
            message: { id: 'm1', created: 6 },
            chat: { unread: 1, unanswered_since: 6, last_message: null } });
        const ui = { chatId: null, list: emptyList() };
        const app = { state, ui, session: { epoch: 'e' }, changed() {}, refused() {} };
        const chat = {
            id: 'c', account_id: 1, buyer: { id: 2, name: 'Вера' }, item: null, updated: 6, unread: 1,
            unanswered_since: 6, last_message: null, owner: null, enriched: true,
        };
        const answers = [503, 'silence', { chats: [chat], next: null, epoch: 'e', seq: 6 }];
        const fetch = window.fetch;
        window.fetch = async () => {
            const answer = answers.shift();
            if (answer === 'silence') throw new TypeError('no connection');
            const refused = Number.isInteger(answer);
            return refused ? Response.json({}, { status: answer }) : Response.json(answer);
        };
        try {
            new m.Reader(app).unknownChats();
            for (let tries = 0; tries < 100 && !state.chats.get('c').known; tries += 1)
                await new Promise((resolve) => setTimeout(resolve, 100));
        } finally {
            window.fetch = fetch;
        }
        return state.chats.get('c').buyer?.name ?? null;
    """

    assert panel.ask("shell/reader.js", script) == "Вера"
