"""How the panel keeps in step with the gateway. Times in milliseconds."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.browser.panel_core.conftest import Panel

pytestmark = pytest.mark.browser

RUN = """
    const session = new m.Session({ chance: () => 0.5 });
    const done = [];
    for (const [now, input, ...values] of value) {
        session[input](now, ...values);
        done.push({ actions: session.actions(), light: session.light(now) });
    }
    const { epoch, seq, place } = session;
    return { done, epoch, seq, place, next: session.nextAt(value.at(-1)[0]) };
"""
PLACE = {"epoch": "e1", "seq": 10}
START: list[list[Any]] = [[0, "start", PLACE], [10, "opened"]]


@dataclass(frozen=True, slots=True)
class Story:
    """What a session did at each step, and where it stands."""

    steps: list[dict[str, Any]]
    epoch: str
    seq: int
    next: float
    place: dict[str, Any] | None = None

    def did(self, step: int = -1) -> list[str]:
        return [action["do"] for action in self.steps[step]["actions"]]

    def actions(self, step: int = -1) -> list[dict[str, Any]]:
        return list(self.steps[step]["actions"])

    def light(self, step: int = -1) -> str:
        return str(self.steps[step]["light"]["live"])

    def applied(self) -> list[int]:
        actions = [action for step in self.steps for action in step["actions"]]
        return [action["event"].get("seq") for action in actions if action["do"] == "apply"]


def tell(panel: Panel, *steps: list[Any]) -> Story:
    answer = panel.ask("core/session.js", RUN, list(steps))
    return Story(answer["done"], answer["epoch"], answer["seq"], answer["next"], answer.get("place"))


def hello(
    now: int, seq: int = 10, *, epoch: str = "e1", recovered: bool = True, mode: str = "webhook"
) -> list[Any]:
    frame = {
        "type": "hello",
        "epoch": epoch,
        "seq": seq,
        "recovered": recovered,
        "mode": mode,
        "reason": None,
    }
    return [now, "frame", frame | {"operator": "anna", "version": "1"}]


def event(now: int, seq: int, type_: str = "chat") -> list[Any]:
    return [now, "frame", {"type": type_, "seq": seq, "chat_id": "c", "at": 1}]


def canary(now: int, seq: int) -> list[Any]:
    return [now, "frame", {"type": "canary", "seq": seq}]


LIVE = [*START, hello(20)]


def test_it_connects_from_the_place_the_first_answer_was_read_at(panel: Panel) -> None:
    story = tell(panel, [0, "start", PLACE])

    assert story.actions() == [{"do": "connect", "epoch": "e1", "seq": 10}]


def test_it_is_live_only_after_the_greeting(panel: Panel) -> None:
    story = tell(panel, *LIVE)

    assert [story.light(step) for step in range(3)] == ["catching-up", "catching-up", "live"]


def test_an_event_that_was_applied_is_ignored_the_second_time(panel: Panel) -> None:
    story = tell(panel, *LIVE, event(30, 11), event(40, 11), event(50, 10), event(60, 12))

    assert story.applied() == [11, 12]


def test_a_number_left_out_makes_it_resume_from_the_last_it_has(panel: Panel) -> None:
    story = tell(panel, *LIVE, event(30, 11), event(40, 13))

    assert story.actions() == [{"do": "close"}, {"do": "connect", "epoch": "e1", "seq": 11}]


def test_a_number_that_stays_away_after_resuming_makes_it_read_everything_again(panel: Panel) -> None:
    again = [event(30, 12), [40, "opened"], hello(50), event(60, 12)]

    story = tell(panel, *LIVE, *again)

    assert story.did() == ["reload", "apply"]


def test_a_head_beyond_its_own_place_is_shown_as_catching_up_and_resumed(panel: Panel) -> None:
    story = tell(panel, *LIVE, canary(2000, 11), canary(4000, 11), canary(6000, 11))

    assert (story.light(-2), story.did()) == ("catching-up", ["close", "connect"])


def test_without_a_canary_for_eight_seconds_it_no_longer_claims_to_be_live(panel: Panel) -> None:
    story = tell(panel, *LIVE, canary(2000, 10), [9999, "tick"], [10_001, "tick"])

    assert (story.light(-2), story.light()) == ("live", "catching-up")


def test_the_gateway_losing_its_store_is_shown_until_it_is_back(panel: Panel) -> None:
    link = [
        [at, "frame", {"type": "link", "state": state}] for at, state in ((30, "catching_up"), (40, "live"))
    ]

    story = tell(panel, *LIVE, *link)

    assert (story.light(-2), story.light()) == ("catching-up", "live")


def test_another_epoch_makes_it_read_everything_again(panel: Panel) -> None:
    story = tell(panel, *LIVE, hello(30, 5, epoch="e2", recovered=False))

    assert story.did() == ["hello", "reload"]
    assert (story.epoch, story.seq, story.light()) == ("e2", 5, "catching-up")


def test_it_is_live_again_once_what_was_read_again_is_on_the_screen(panel: Panel) -> None:
    story = tell(panel, *START, hello(20, recovered=False), [30, "reloaded"])

    assert (story.light(-2), story.light()) == ("catching-up", "live")


def test_it_pings_every_twenty_seconds(panel: Panel) -> None:
    beats = [canary(at, 10) for at in range(2000, 22_000, 2000)]

    story = tell(panel, *LIVE, *beats, [20_020, "tick"])

    assert story.actions() == [{"do": "send", "frame": {"type": "ping"}}]


def test_a_socket_silent_for_forty_five_seconds_is_dead(panel: Panel) -> None:
    story = tell(panel, *LIVE, [20_020, "tick"], [40_020, "tick"], [45_020, "tick"])

    assert story.did() == ["close"]


@pytest.mark.parametrize(
    ("code", "back_within_ms"),
    [(4408, 0), (1012, 1500), (1013, 1500), (1006, 1500), (1001, 1500), (4429, 1500)],
    ids=["too slow: at once", "restarting", "Redis away: later", "cut", "going away", "too many"],
)
def test_each_close_code_has_its_own_way_back(panel: Panel, code: int, back_within_ms: int) -> None:
    story = tell(panel, *LIVE, [20_020, "closed", code])

    assert story.next - 20_020 == back_within_ms


@pytest.mark.parametrize("code", [1001, 1006, 1012])
def test_panels_whose_connections_end_at_once_come_back_spread_over_three_seconds(
    panel: Panel, code: int
) -> None:
    script = """
        const [code, steps] = value;
        return Array.from({ length: 3000 }, () => {
            const session = new m.Session();
            for (const [now, input, ...values] of steps) session[input](now, ...values);
            session.closed(20_020, code);
            return Math.floor((session.nextAt(20_020) - 20_020) / 100);
        });
    """

    came = Counter(panel.ask("core/session.js", script, [code, list(LIVE)]))

    assert came.keys() == set(range(30))
    assert max(came.values()) < 200


def test_without_a_session_it_goes_to_the_login_and_tries_no_more(panel: Panel) -> None:
    story = tell(panel, *LIVE, [30, "closed", 4401], [99_000, "tick"], [99_001, "wake"])

    assert [story.did(step) for step in (-3, -2, -1)] == [["login"], [], []]


def test_an_origin_that_is_not_allowed_is_polled_for_and_said(panel: Panel) -> None:
    story = tell(
        panel, *START, [20, "closed", 4403], [30, "polled", {"events": [], **PLACE, "recovered": True}]
    )

    assert story.did(-2) == ["poll"]
    assert story.steps[-1]["light"] == {"live": "polling", "by": "origin"}


def test_waits_between_tries_double_up_to_half_a_minute(panel: Panel) -> None:
    script = """
        const session = new m.Session({ chance: () => 0.5 });
        const waits = [];
        let now = 0;
        session.start(now, { epoch: 'e1', seq: 10 });
        for (let n = 0; n < 8; n += 1) {
            session.closed(now, 1006);
            session.pollFailed(now, 0, 9999);
            const due = session.nextAt(now);
            waits.push(due - now);
            session.tick(now = due);
        }
        return waits;
    """

    waits = panel.ask("core/session.js", script)

    assert waits == [750, 1500, 3000, 6000, 12_000, 22_500, 22_500, 22_500]


def test_looking_at_the_tab_again_connects_at_once(panel: Panel) -> None:
    story = tell(panel, *LIVE, [20_020, "closed", 1006], [20_030, "wake"])

    assert story.did() == ["connect"]


def test_after_a_sleep_the_socket_is_asked_and_given_five_seconds(panel: Panel) -> None:
    story = tell(panel, *LIVE, [30_000, "wake"], [34_999, "tick"], [35_000, "tick"])

    assert story.actions(-3)[0] == {"do": "send", "frame": {"type": "ping"}}
    assert (story.light(-3), story.did(-2), story.did()) == ("catching-up", [], ["close"])


def test_a_browser_that_cannot_hold_a_socket_polls_every_thirty_seconds_and_says_so(panel: Panel) -> None:
    answer = {"events": [{"type": "chat", "seq": 11, "at": 1}], "epoch": "e1", "seq": 11, "recovered": True}
    story = tell(panel, [0, "start", PLACE], [10_000, "tick"], [10_100, "polled", answer], [40_100, "tick"])

    assert story.did(1) == ["close", "poll"]
    assert (story.applied(), story.light(2)) == ([11], "polling")
    assert {"do": "poll", "epoch": "e1", "seq": 11} in story.actions()


def test_a_poll_that_brought_a_part_is_followed_by_the_next_at_once_and_until_then_it_is_catching_up(
    panel: Panel,
) -> None:
    part = {"events": [{"type": "chat", "seq": 11, "at": 1}], "epoch": "e1", "seq": 11, "recovered": True}
    rest = part | {"events": [{"type": "chat", "seq": 12, "at": 1}], "seq": 12}
    story = tell(
        panel,
        *([0, "start", PLACE], [10_000, "tick"], [10_100, "polled", part | {"head": 12}], [10_100, "tick"]),
        [10_200, "polled", rest | {"head": 12}],
    )

    assert (story.did(2), story.did(3)) == (["apply"], ["poll"])
    assert (story.light(2), story.light(4)) == ("catching-up", "polling")


def test_polling_ends_by_itself_when_a_socket_holds(panel: Panel) -> None:
    answer = {"events": [], **PLACE, "recovered": True}
    back = [[10_100, "polled", answer], [20_000, "tick"], [20_100, "opened"], hello(20_200), [60_000, "tick"]]
    story = tell(panel, [0, "start", PLACE], [10_000, "tick"], *back)

    assert story.light(-2) == "live"
    assert "poll" not in story.did()


def test_nothing_is_fetched_by_time_while_live(panel: Panel) -> None:
    beats = [canary(at, 10) for at in range(2000, 300_000, 2000)]

    story = tell(panel, *LIVE, *beats)

    assert {action for step in range(3, len(beats)) for action in story.did(step)} <= {"send"}


def test_polling_at_the_server_is_told_with_the_socket_open(panel: Panel) -> None:
    story = tell(panel, *START, hello(20, mode="polling"))

    assert story.steps[-1]["light"] == {"live": "polling", "by": "server"}


def test_frames_nobody_knows_do_no_harm(panel: Panel) -> None:
    story = tell(panel, *LIVE, [30, "frame", {"type": "from_the_future"}], event(40, 11))

    assert (story.applied()[-1], story.light()) == (11, "live")


def test_what_the_operator_views_is_said_again_after_each_greeting(panel: Panel) -> None:
    story = tell(panel, [0, "start", PLACE], [1, "opened"], [2, "say", "viewing", "c"], hello(20))

    assert story.actions()[-1] == {"do": "send", "frame": {"type": "viewing", "chat_id": "c"}}


frames = st.one_of(
    st.builds(lambda seq: {"type": "chat", "seq": seq, "at": 1}, st.integers(8, 16)),
    st.builds(lambda seq: {"type": "canary", "seq": seq}, st.integers(8, 16)),
    st.just({"type": "pong"}),
    st.builds(
        lambda epoch, seq, ok: {
            "type": "hello",
            "epoch": epoch,
            "seq": seq,
            "recovered": ok,
            "mode": "webhook",
        },
        st.sampled_from(["e1", "e2"]),
        st.integers(8, 16),
        st.booleans(),
    ),
)
inputs = st.one_of(
    st.builds(lambda frame: ["frame", frame], frames),
    st.builds(lambda code: ["closed", code], st.sampled_from([1006, 1012, 1013, 4403, 4408])),
    st.sampled_from([["opened"], ["tick"], ["wake"], ["lost"], ["reloaded"], ["pollFailed", 0]]),
)


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(st.tuples(st.integers(1, 50_000), inputs), max_size=30))
def test_whatever_happens_no_event_is_applied_twice_within_an_epoch(
    panel: Panel, steps: list[tuple[int, list[Any]]]
) -> None:
    now = 0
    told: list[list[Any]] = [[0, "start", PLACE]]
    for wait, step in steps:
        now += wait
        told.append([now, *step])

    story = tell(panel, *told)

    seen: list[int] = []
    for action in [action for step in story.steps for action in step["actions"]]:
        if action["do"] == "reload":
            seen = [action["seq"]]
        elif action["do"] == "apply" and "seq" in action["event"]:
            assert action["event"]["seq"] > max(seen, default=10)
            seen.append(action["event"]["seq"])


def test_a_reply_is_told_with_the_epoch_of_what_was_on_the_screen(panel: Panel) -> None:
    assert tell(panel, *START, hello(20), event(30, 11)).place == {"seen": 11, "epoch": "e1"}
