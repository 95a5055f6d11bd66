"""Two who answer one buyer, and notes: what the panel decides by itself."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.browser.panel_core.conftest import Panel

pytestmark = pytest.mark.browser
NOW = 1_757_403_725

ANSWER = """
    const outbox = new Map(value.outbox.map((one) => [one.ref, one]));
    const answer = m.colleaguesAnswer({ messages: value.messages, outbox }, value.me);
"""


def message(message_id: str, at: float, by: str | None = None, **more: Any) -> dict[str, Any]:
    """Ours by an operator; `by` None: from Avito; `direction="in"`: the buyer's."""
    own = None if by is None else {"operator": by}
    shown = {"id": message_id, "direction": "out", "type": "text", "content": {"text": message_id}}
    return shown | {"created": NOW + at, "own": own, "deleted": False} | more


def buyers(message_id: str, at: float) -> dict[str, Any]:
    return message(message_id, at, direction="in")


def item(ref: str, at: float, by: str | None, state: str = "queued", **more: Any) -> dict[str, Any]:
    return {"ref": ref, "at": NOW + at, "by": by, "state": state, "message_id": None} | more


def answer_of(
    panel: Panel, messages: list[Any], outbox: list[Any] | None = None, me: str | None = "boris"
) -> Any:
    value = {"messages": messages, "outbox": outbox or [], "me": me}
    return panel.ask(
        "core/duplicates.js", ANSWER + "return answer && [answer.id, answer.by, answer.asked];", value
    )


@pytest.mark.parametrize(
    ("messages", "outbox", "found"),
    [
        ([buyers("q", 0)], [], None),
        ([buyers("q", 0), message("a", 1, "anna")], [], ["a", "anna", False]),
        ([message("a", 1, "anna"), buyers("q", 2)], [], ["a", "anna", True]),
        ([message("a", 1, "anna"), message("b", 2, "boris")], [], None),
        ([message("b", 1, "boris"), message("a", 2, "anna")], [], ["a", "anna", False]),
        ([message("a", 1)], [], ["a", None, False]),
        ([message("a", 1, "anna", deleted=True)], [], None),
        ([message("a", 1, content={"text": "…", "flow_id": "f"})], [], None),
        ([message("a", 1, own={"operator": None, "automatic": True})], [], None),
        ([buyers("q", 0)], [item("r", 1, "anna")], ["r", "anna", False]),
        ([buyers("q", 0)], [item("r", 1, "anna", "failed")], None),
        ([buyers("q", 0)], [item("r", 1, "anna", "cancelled")], None),
        ([buyers("q", 0)], [item("r", 1, None)], None),
        ([buyers("q", 0)], [item("r", 1, "anna"), item("s", 2, "boris")], None),
        ([message("a", 1, "anna")], [item("s", 2, "boris", "failed")], ["a", "anna", False]),
        ([message("a", 1, "anna")], [item("r", 1, "anna", "sent", message_id="a")], ["r", "anna", False]),
    ],
    ids=[
        *(
            "only the buyer",
            "a colleague",
            "a colleague, then the buyer",
            "mine came later",
            "theirs came later",
        ),
        *("from Avito itself", "deleted", "a bot", "automatic", "on its way", "failed", "taken back"),
        *(
            "automatic, on its way",
            "mine on its way after theirs",
            "mine that failed",
            "a reply keeps its name",
        ),
    ],
)
def test_the_last_answer_of_a_colleague_is_found(
    panel: Panel, messages: list[Any], outbox: list[Any], found: list[Any] | None
) -> None:
    assert answer_of(panel, messages, outbox) == found


def test_who_i_am_must_be_known_before_anybody_is_a_colleague(panel: Panel) -> None:
    assert answer_of(panel, [message("a", 1, "anna")], me=None) is None


@pytest.mark.parametrize(
    ("begun", "asked", "age", "warned"),
    [
        ("'a'", "false", 59, True),
        ("'a'", "false", 61, False),
        ("'a'", "true", 5, False),
        ("null", "false", 3_000, True),
        ("null", "true", 3_000, True),
        ("'older'", "false", 3_000, True),
        ("undefined", "false", 3_000, False),
        ("undefined", "false", 5, True),
    ],
)
def test_an_answer_may_be_too_much_when_one_came_meanwhile_or_just_now(
    panel: Panel, begun: str, asked: str, age: int, warned: bool
) -> None:
    asking = f"return m.mayBeDuplicate({{ id: 'a', at: value, asked: {asked} }}, {begun}, value + {age});"

    assert panel.ask("core/duplicates.js", asking, NOW) is warned


NOTES = """
    const notes = new Map();
    for (const [kind, seq, what] of value) {
        if (kind === 'event') m.putNote(notes, what, seq);
        else m.loadNotes(notes, what, seq);
    }
    return m.visibleNotes(notes).map(({ id }) => id);
"""
Step = tuple[str, int, Any]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Step], list[str]]:
    """What happened, told as events and answers that may come late; and which notes stand in the end."""
    journal: list[dict[str, Any]] = []
    standing: dict[str, float] = {}
    answers: list[Step] = []
    for seq in range(1, draw(st.integers(1, 8)) + 1):
        removes = draw(st.booleans())
        if standing and removes:
            gone = draw(st.sampled_from(sorted(standing)))
            del standing[gone]
            journal.append({"id": gone, "deleted": True})
        else:
            standing[f"n{seq}"] = seq
            journal.append({"id": f"n{seq}", "at": seq, "deleted": False})
        page = [{"id": one, "at": at, "deleted": False} for one, at in standing.items()]
        answers.append(("answer", seq, page))
    events: list[Step] = [("event", seq, what) for seq, what in enumerate(journal, 1)]
    late = draw(st.lists(st.sampled_from(answers), max_size=3))
    steps = list(events)
    for answer in late:  # read at any time after its own seq, so that it may come late
        place = draw(st.integers(0, len(steps)))
        steps.insert(place, answer)
    return steps, sorted(standing, key=lambda one: (standing[one], one))


@settings(max_examples=100, deadline=None)
@given(told=histories())
def test_notes_end_as_the_server_has_them_however_late_an_answer_comes(
    panel: Panel, told: tuple[list[Step], list[str]]
) -> None:
    steps, standing = told

    assert panel.ask("features/notes/notes.js", NOTES, steps) == standing
