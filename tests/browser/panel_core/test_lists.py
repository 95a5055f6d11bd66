"""Which chats a list shows, how much of it is drawn, and what is kept of unsent replies."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.browser.panel_core.conftest import Panel

pytestmark = pytest.mark.browser


def chat(id_: str, updated: int, *, unread: int = 0, waits: int | None = None) -> dict[str, Any]:
    counters = {"unread": unread, "unanswered_since": waits}
    return {"id": id_, "updated": updated, "last_message": {"id": "m"}, **counters}


def visible(panel: Panel, chats: list[dict[str, Any]], **options: Any) -> list[str]:
    script = """
        const list = Object.assign(m.emptyList(value.filter, value.q, value.longest), { floor: value.floor });
        for (const id of value.found) list.ids.add(id);
        const chats = new Map(value.chats.map((one) => [one.id, one]));
        return m.visibleChats(chats, list, value.open, value.me).map((one) => one.id);
    """
    defaults = {
        "filter": "all",
        "q": "",
        "longest": False,
        "floor": 0,
        "found": [],
        "open": None,
        "me": "vera",
    }
    ids: list[str] = panel.ask("core/lists.js", script, {**defaults, "chats": chats, **options})
    return ids


CHATS = [chat("old", 1, unread=2, waits=1), chat("new", 9), chat("mid", 5, waits=4)]


def test_the_newest_chat_comes_first(panel: Panel) -> None:
    assert visible(panel, CHATS) == ["new", "mid", "old"]


def test_unread_shows_only_chats_with_something_to_read(panel: Panel) -> None:
    assert visible(panel, CHATS, filter="unread") == ["old"]


def test_the_chat_being_read_does_not_vanish_from_the_unread_ones(panel: Panel) -> None:
    assert visible(panel, CHATS, filter="unread", open="mid", found=["mid"]) == ["mid", "old"]


def test_who_waits_longest_comes_first_on_request(panel: Panel) -> None:
    assert visible(panel, CHATS, filter="unanswered", longest=True) == ["old", "mid"]


def test_a_search_shows_what_the_server_found(panel: Panel) -> None:
    assert visible(panel, CHATS, q="вело", found=["old"]) == ["old"]


@pytest.mark.parametrize(
    ("name", "shown"), [("mine", ["a"]), ("free", ["d", "c"]), ("all", ["d", "c", "b", "a"])]
)
def test_whose_a_chat_is_decides_between_mine_and_free(panel: Panel, name: str, shown: list[str]) -> None:
    owners = {"a": "vera", "b": "olga", "c": None}
    chats = [chat(id_, at) | {"owner": owner} for at, (id_, owner) in enumerate(owners.items(), 1)]

    assert visible(panel, [*chats, chat("d", 9)], filter=name) == shown


def test_what_a_search_found_stays_until_the_next_has_an_answer(panel: Panel) -> None:
    script = """
        const list = m.emptyList('all', 'ве');
        m.loadList(list, { chats: [{ id: 'old', updated: 1 }], found: { old: {} }, next: null });
        const next = m.nextSearch(list, 'all', 'вело');
        const before = [...next.ids, ...next.excerpts.keys()];
        m.loadList(next, { chats: [{ id: 'new', updated: 2 }], found: { new: {} }, next: null });
        return [before, [...next.ids, ...next.excerpts.keys()], [...list.ids]];
    """

    assert panel.ask("core/lists.js", script) == [["old", "old"], ["new", "new"], ["old"]]


def test_chats_below_a_page_that_is_not_loaded_wait_for_it(panel: Panel) -> None:
    assert visible(panel, CHATS, floor=5) == ["new", "mid"]


def test_totals_count_messages_unread_chats_waiting_and_the_longest_wait(panel: Panel) -> None:
    script = "return m.totals(new Map(value.map((one) => [one.id, one])))"

    assert panel.ask("core/lists.js", script, CHATS) == {
        "unread": 2,
        "waiting": 2,
        "since": 1,
        "buying": False,
    }


def test_of_five_thousand_rows_only_those_in_view_are_drawn(panel: Panel) -> None:
    rows = panel.ask("core/lists.js", "return m.rowsInView(80_000, 800, 80, 5000)")

    assert rows == {"first": 994, "last": 1016}


@settings(max_examples=100, deadline=None)
@given(count=st.integers(0, 400), moves=st.lists(st.sampled_from(["runUp", "runDown"]), max_size=12))
def test_a_run_of_messages_is_never_long_and_always_within_the_thread(
    panel: Panel, count: int, moves: list[str]
) -> None:
    script = """
        const ids = Array.from({ length: value.count }, (_, n) => `m${n}`);
        let run = m.tailRun();
        for (const move of value.moves) run = m[move](ids, run);
        return m.runPlaces(ids, run);
    """
    places = panel.ask("core/lists.js", script, {"count": count, "moves": moves})

    assert 0 <= places["from"] <= places["to"] <= count
    assert min(count, 120) <= places["to"] - places["from"] <= 240


def test_scrolling_up_and_all_the_way_down_follows_the_newest_again(panel: Panel) -> None:
    script = """
        const ids = Array.from({ length: 1000 }, (_, n) => `m${n}`);
        let run = m.tailRun();
        for (let n = 0; n < 9; n += 1) run = m.runUp(ids, run);
        const up = m.runPlaces(ids, run);
        for (let n = 0; n < 12; n += 1) run = m.runDown(ids, run);
        return [up, run.first, m.runPlaces([...ids, 'newest'], run).to];
    """
    up, first, end = panel.ask("core/lists.js", script)

    assert (up, first, end) == ({"from": 340, "to": 580}, None, 1001)


def reply(state: str = "posting", at: int = 1000, kind: str = "text") -> dict[str, Any]:
    return {"ref": "r", "state": state, "at": at, "kind": kind}


@pytest.mark.parametrize(
    ("state", "after", "step"),
    [
        ("posting", 60, "post"),
        ("queued", 60, "post"),
        ("posting", 4000, "look"),
        ("queued", 4000, "look"),
        ("withdrawn", 4000, "takeBack"),
        ("rejected", 4000, None),
    ],
)
def test_what_is_kept_of_a_reply_is_carried_on_with(panel: Panel, state: str, after: int, step: str) -> None:
    assert panel.ask("core/store.js", "return m.stepFor(...value)", [reply(state), 1000 + after]) == step


@pytest.mark.parametrize(
    ("refusal", "then"),
    [
        ({"status": 429, "retryAfter": 7}, {"again": 7}),
        ({"status": 0, "retryAfter": None}, {"again": 3}),
        ({"status": 500, "retryAfter": None}, {"again": 3}),
        (
            {"status": 422, "code": "bad_text", "message": "too long"},
            {"failed": {"code": "bad_text", "reason": "too long"}},
        ),
    ],
    ids=["too many: as told", "no answer: again", "server trouble: again", "refused: said"],
)
def test_what_a_refused_post_means(panel: Panel, refusal: dict[str, Any], then: dict[str, Any]) -> None:
    assert panel.ask("core/store.js", "return m.afterRefusal(value, 2, 0.5)", refusal) == then


def test_a_burst_rings_once(panel: Panel) -> None:
    assert panel.ask("shell/attention.js", "return [100, 100.5, 102].map((now) => m.mayRing(now, 100))") == [
        False,
        False,
        True,
    ]


def test_a_clock_that_was_set_back_is_no_burst(panel: Panel) -> None:
    assert panel.ask("shell/attention.js", "return m.mayRing(100, 3700)") is True


def test_while_a_buyer_waits_the_bell_comes_again(panel: Panel) -> None:
    due = "return m.repeatAt(...value)"

    assert panel.ask("shell/attention.js", due, [50, 2, 100]) == 220
    assert panel.ask("shell/attention.js", due, [None, 2, 100]) == float("inf")
    assert panel.ask("shell/attention.js", due, [50, 0, 100]) == float("inf")


def test_title_and_badge_count_every_chat_however_many_pages_there_are(panel: Panel) -> None:
    script = """
        const list = await import(`${document.location.origin}/core/lists.js`);
        const store = await import(`${document.location.origin}/core/store.js`);
        const row = (n) => ({
            id: `c${n}`, unread: 1, unanswered_since: n + 1, updated: 1000 - n, last_message: null,
        });
        const all = Array.from({ length: 260 }, (_, n) => row(n));
        window.fetch = async (url) => {
            const from = Number(new URL(url).searchParams.get('before') ?? 0);
            const next = from + 100 < all.length ? String(from + 100) : null;
            return Response.json({ chats: all.slice(from, from + 100), next, epoch: 'e1', seq: 1 });
        };
        const app = {
            state: store.emptyState(), ui: { list: list.emptyList() }, session: { epoch: 'e1' },
            changed() {}, refused(error) { throw error; },
        };
        const reader = new m.Reader(app);
        await reader.boot();
        await reader.counts();
        return list.totals(app.state.chats);
    """

    assert panel.ask("shell/reader.js", script) == {
        "unread": 260,
        "waiting": 260,
        "since": 1,
        "buying": False,
    }


def test_facts_of_all_new_chats_are_fetched_also_when_they_fill_more_than_a_page(panel: Panel) -> None:
    script = """
        const list = await import(`${document.location.origin}/core/lists.js`);
        const store = await import(`${document.location.origin}/core/store.js`);
        const row = (n) => ({ id: `c${n}`, unread: 1, unanswered_since: 1, updated: 1000 - n });
        const all = Array.from({ length: 400 }, (_, n) => row(n));
        let asked = 0;
        window.fetch = async (url) => {
            asked += 1;
            const from = Number(new URL(url).searchParams.get('before') ?? 0);
            const chats = all.slice(from, from + 100);
            return Response.json({ chats, next: String(from + 100), epoch: 'e1', seq: 1 });
        };
        const state = store.emptyState();
        for (const { id, updated } of all.slice(0, 150)) {
            state.chats.set(id, { id, updated, known: false, stamp: 0 });
        }
        const app = {
            state, ui: { list: list.emptyList() }, session: { epoch: 'e1' },
            changed() {}, refused(error) { throw error; },
        };
        new m.Reader(app).unknownChats();
        const strange = () => [...state.chats.values()].some((chat) => !chat.known);
        while (strange()) await new Promise((resolve) => setTimeout(resolve, 5));
        return asked;
    """

    assert panel.ask("shell/reader.js", script) == 2
