"""One client's session, without socket and clock."""

import orjson
import pytest

from push_gateway.ws import protocol, session
from push_gateway.ws.hub import Hub, Ring
from push_gateway.ws.protocol import CloseCode, Facts, FeatureFrame, FrameRefusal, Shown
from push_gateway.ws.session import (
    Close,
    FetchJournal,
    Join,
    Phase,
    Send,
    Session,
)
from shared import __version__
from shared.redis.journal import JournalPosition, JournalSlice
from tests.push_gateway import frames

START = 1_000.0


def event(seq: int) -> bytes:
    return orjson.dumps({"type": "message", "seq": seq})


def frame(seq: int) -> bytes:
    return protocol.encode(event(seq))


def make_hub(head: int, *, held: int = 3) -> Hub[object]:
    hub: Hub[object] = Hub(Ring(max_frames=held))
    hub.restart(JournalPosition("e1", 0))
    for seq in range(1, head + 1):
        hub.publish(seq, frame(seq))
    hub.take()
    return hub


def hello(seq: int, *, recovered: bool) -> dict[str, object]:
    return {
        "type": "hello",
        "epoch": "e1",
        "seq": seq,
        "recovered": recovered,
        "mode": "polling",
        "reason": "why",
        "code": "taken",
        "detail": "crm.example",
        "operator": "anna",
        "version": __version__,
    }


def open_session(hub: Hub[object], claim: JournalPosition | None = None) -> Session:
    opened = Session(hub, "anna", START)
    opened.open(claim, Facts("polling", "why", "taken", "crm.example"))
    return opened


def live_session() -> Session:
    opened = open_session(make_hub(0))
    opened.actions()
    opened.advance()
    assert opened.actions() == [Join()]
    return opened


def sent(actions: list[session.Action]) -> list[dict[str, object]]:
    return frames.read(b"".join(action.frames for action in actions if isinstance(action, Send)))


def test_a_newcomer_is_greeted_at_the_head_and_told_to_read() -> None:
    opened = open_session(make_hub(7))

    assert sent(opened.actions()) == [hello(7, recovered=False)]
    opened.advance()
    assert opened.actions() == [Join()]
    assert opened.phase is Phase.LIVE


def test_a_client_that_missed_nothing_is_greeted_at_its_own_position() -> None:
    opened = open_session(make_hub(7), JournalPosition("e1", 7))

    assert sent(opened.actions()) == [hello(7, recovered=True)]


def test_events_in_the_ring_need_no_journal() -> None:
    opened = open_session(make_hub(7), JournalPosition("e1", 5))

    assert sent(opened.actions()) == [hello(5, recovered=True)]
    opened.advance()
    assert sent(opened.actions()) == [{"type": "message", "seq": 6}, {"type": "message", "seq": 7}]
    opened.advance()
    assert opened.actions() == [Join()]


def test_events_that_left_the_ring_are_read_from_the_journal() -> None:
    opened = open_session(make_hub(7), JournalPosition("e1", 1))
    assert opened.actions() == [FetchJournal(JournalPosition("e1", 1))]

    opened.receive_journal(JournalSlice("e1", 7, 1, tuple(map(event, range(2, 8)))))

    assert sent(opened.actions()) == [
        hello(1, recovered=True),
        *({"type": "message", "seq": seq} for seq in range(2, 8)),
    ]


def test_a_position_ahead_of_this_gateway_waits_for_it() -> None:
    hub = make_hub(7)
    opened = open_session(hub, JournalPosition("e1", 8))
    assert opened.actions() == [FetchJournal(JournalPosition("e1", 8))]
    opened.receive_journal(JournalSlice("e1", 8, 8))
    assert sent(opened.actions()) == [hello(8, recovered=True)]
    opened.advance()
    assert opened.actions() == []

    hub.publish(8, frame(8))
    opened.advance()

    assert opened.actions() == [Join()]


@pytest.mark.parametrize(
    ("claim", "part"),
    [
        (JournalPosition("e0", 7), None),
        (JournalPosition("e1", 1), JournalSlice("e1", 7, 2, gap=True)),
        (JournalPosition("e1", 1), JournalSlice("e1", 7, 7, gap=True)),
        (JournalPosition("e1", 1), JournalSlice("e2", 7, 1, gap=True)),
        (JournalPosition("e1", 1), JournalSlice("e2", 7, 1, (event(2),))),
        (JournalPosition("e1", 1), JournalSlice("e1", 7, 2, (event(3),))),
        (JournalPosition("e1", 900), JournalSlice("e1", 7, 7, gap=True)),
    ],
    ids=[
        "other epoch",
        "below the oldest",
        "journal emptied",
        "epoch changed meanwhile",
        "an answer of another epoch",
        "an answer to another question",
        "beyond the head",
    ],
)
def test_a_claim_that_cannot_be_recovered_is_greeted_as_such(
    claim: JournalPosition, part: JournalSlice | None
) -> None:
    opened = open_session(make_hub(7), claim)
    if part is not None:
        assert opened.actions() == [FetchJournal(claim)]
        opened.receive_journal(part)

    assert sent(opened.actions()) == [hello(7, recovered=False)]


def test_a_new_epoch_greets_a_live_client_anew() -> None:
    hub = make_hub(7)
    opened = open_session(hub)
    opened.actions()
    opened.advance()
    opened.actions()

    hub.restart(JournalPosition("e2", 9))
    opened.restart(Facts())

    (again,) = sent(opened.actions())
    assert (again["epoch"], again["seq"], again["recovered"]) == ("e2", 9, False)


def test_a_client_that_reads_slowly_is_fed_at_its_own_speed() -> None:
    hub = make_hub(7, held=10)
    opened = open_session(hub, JournalPosition("e1", 2))
    opened.actions()
    opened.pause(START)

    opened.advance()
    assert opened.actions() == []

    opened.resume()
    opened.advance()
    assert [event["seq"] for event in sent(opened.actions())] == [3, 4, 5, 6, 7]


def test_a_live_client_beyond_its_bound_is_cut() -> None:
    opened = live_session()

    opened.pause(START)

    assert opened.actions() == [Close(CloseCode.TOO_SLOW, "too slow")]


def test_a_client_that_stops_reading_while_it_catches_up_is_cut() -> None:
    opened = open_session(make_hub(7), JournalPosition("e1", 5))
    opened.actions()
    opened.pause(START)
    opened.receive_part(0, START + session.STALLED_AFTER)

    opened.tick(START + session.STALLED_AFTER)
    assert opened.actions() == []

    opened.tick(START + session.STALLED_AFTER + 0.1)
    assert opened.actions() == [Close(CloseCode.TOO_SLOW, "too slow")]


def test_silence_of_45_seconds_is_death_and_any_sign_of_life_is_not() -> None:
    opened = live_session()
    opened.receive_text('{"type":"ping"}', START + 40)
    opened.actions()
    opened.tick(START + 85)
    assert opened.actions() == []

    opened.tick(START + 85.1)

    assert opened.actions() == [Close(CloseCode.TOO_SLOW, "silent")]


def test_a_ping_is_answered() -> None:
    opened = live_session()

    opened.receive_text('{"type":"ping"}', START)

    assert sent(opened.actions()) == [{"type": "pong"}]


def test_a_frame_of_a_feature_is_handed_on_and_may_be_refused() -> None:
    opened = Session(make_hub(0), "anna", START, frozenset({"viewing"}))

    opened.receive_text('{"type":"viewing"}', START)
    assert opened.actions() == [FeatureFrame("viewing", {"type": "viewing"})]
    opened.refuse(FrameRefusal("bad_frame", "viewing needs a chat_id"))

    assert sent(opened.actions()) == [
        {"type": "error", "code": "bad_frame", "message": "viewing needs a chat_id"}
    ]
    assert opened.refused == 1


def test_drawn_events_are_handed_on() -> None:
    opened = live_session()

    opened.receive_text('{"type":"shown","seq":5}', START)

    assert opened.actions() == [Shown(5)]


def test_garbage_gets_an_error_frame_and_harms_nothing() -> None:
    opened = live_session()

    opened.receive_text("garbage", START)
    opened.receive_binary(3, START)
    opened.receive_text('{"type":"ping"}', START)

    assert [reply["type"] for reply in sent(opened.actions())] == ["error", "error", "pong"]


def test_too_many_frames_are_dropped_with_one_error_frame() -> None:
    opened = live_session()

    for _ in range(400):
        opened.receive_text('{"type":"ping"}', START)

    replies = [reply["type"] for reply in sent(opened.actions())]
    assert replies.count("error") == 1
    assert 200 < replies.count("pong") < 250
    assert opened.refused == 400 - replies.count("pong")


def test_a_flood_of_frames_ends_the_connection() -> None:
    opened = live_session()

    for _ in range(2_000):
        opened.receive_text('{"type":"ping"}', START)

    assert opened.actions()[-1] == Close(CloseCode.TOO_MANY, "too many frames")


def test_an_allowance_used_up_grows_back() -> None:
    opened = live_session()
    for _ in range(400):
        opened.receive_text('{"type":"ping"}', START)
    opened.actions()

    opened.receive_text('{"type":"ping"}', START + 1)

    assert sent(opened.actions()) == [{"type": "pong"}]


def test_a_session_whose_connection_ends_asks_for_nothing_more() -> None:
    opened = open_session(make_hub(7), JournalPosition("e1", 1))

    opened.end()
    opened.receive_journal(JournalSlice("e1", 7, 1, tuple(map(event, range(2, 8)))))

    assert opened.actions() == []


def test_after_its_end_a_session_does_nothing_more() -> None:
    opened = live_session()
    opened.close(CloseCode.RESTARTING, "restarting")
    assert opened.actions() == [Close(CloseCode.RESTARTING, "restarting")]

    opened.receive_text('{"type":"ping"}', START)
    opened.close(CloseCode.NO_SESSION, "again")
    opened.restart(Facts())
    opened.advance()
    opened.tick(START + 900)

    assert opened.actions() == []
