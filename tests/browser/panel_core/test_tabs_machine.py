"""Two tabs, two operators, a server that loses answers: no text is nowhere, doubled, or under another's name.

Each text is written once and named by its number. After each step it is a draft, a kept reply or at the
server.
"""

from collections import Counter
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tests.browser.panel_core.tabs import Tabs, reload

TABS = st.sampled_from(["P", "Q"])
CHATS = st.sampled_from(["c1", "c2"])
FATES = st.sampled_from(["lost", "down", "late", "refused", "ok"])
OPERATORS = ("olga", "petr")
BUTTONS = {"rejected": ("edit", "retry", "drop"), "posting": ("cancel",), "queued": ("cancel",)}


class Browser(RuleBasedStateMachine):
    """One browser. `written`: who wrote which text; `let_go`: what its operator has dropped or wiped."""

    def __init__(self, node: Tabs) -> None:
        self.node = node
        super().__init__()

    @initialize()
    def begin(self) -> None:
        self.node.begin()
        self.open = set[str]()
        self.operator = "olga"
        self.written: dict[str, str] = {}
        self.let_go = set[str]()
        self.node.fate("ok")
        self.start("P")

    def start(self, tab: str) -> None:
        """Open a tab, or load it anew."""
        reload(self.node, tab)
        self.open.add(tab)

    def close(self, tab: str) -> None:
        self.node.close(tab)
        self.open.discard(tab)

    def come_to(self, tab: str) -> None:
        """Work in a tab, which is opened for that if it must be."""
        if not self.works_in(tab):
            self.start(tab)

    @rule(
        tab=TABS,
        what=st.sampled_from(
            ["start", "close", "hear", "lose", "mend", "arrive", "deliver", "wait", "sleep", "shift"]
        ),
    )
    def happen(self, tab: str, what: str) -> None:
        """Something happens to the tab, or to all."""
        getattr(self, what)(tab)

    @rule(tab=TABS, chat=CHATS)
    def write(self, tab: str, chat: str) -> None:
        """Write something new behind what stands in the field."""
        self.come_to(tab)
        text = f"<{len(self.written)}>"
        self.written[text] = self.operator
        before = self.node.draft(tab, chat)
        self.node.type(tab, chat, f"{before}\n{text}" if before else text)

    @rule(tab=TABS, chat=CHATS, fate=FATES)
    def send(self, tab: str, chat: str, fate: str) -> None:
        """Write and send; this request and those after it fare like this."""
        self.write(tab, chat)
        self.node.fate(fate)
        self.node.send(tab, chat)

    @rule(tab=TABS, data=st.data())
    def press(self, tab: str, data: st.DataObject) -> None:
        """Press a button of a bubble, of those that it has."""
        self.come_to(tab)
        choices = [
            (chat, at, button, bubble["text"])
            for chat in ("c1", "c2")
            for at, bubble in enumerate(self.node.bubbles(tab, chat))
            for button in BUTTONS.get(bubble["state"], ())
            if bubble["by"] == self.operator
        ]
        if choices:
            chat, at, button, text = data.draw(st.sampled_from(choices))
            self.let_go.update(text.split("\n") if button == "drop" else ())
            self.node.press(tab, button, chat, at)

    def mend(self, _: str) -> None:
        """The server answers again."""
        self.node.fate("ok")
        self.node.pass_time(40)

    def arrive(self, _: str) -> None:
        """What was under way comes in, and every open tab hears of it before Avito does."""
        self.node.arrive()
        for tab in sorted(self.open):
            self.node.hear(tab)

    def wait(self, _: str) -> None:
        self.node.pass_time(2)

    def sleep(self, _: str) -> None:
        """Too long for anything to leave unasked, or to be still under way."""
        self.arrive(_)
        self.node.sleep(4000)

    def deliver(self, _: str) -> None:
        self.node.deliver()

    def hear(self, tab: str, *, lost: bool = False) -> None:
        """Hear the events of late, or lose them and read again."""
        if tab in self.open:
            self.node.hear(tab, lost)
            self.node.greet(tab, lost)

    def lose(self, tab: str) -> None:
        self.hear(tab, lost=True)

    def shift(self, tab: str) -> None:
        """The other operator logs in in one tab; pages of the one before may stay open."""
        self.arrive(tab)
        self.operator = next(name for name in OPERATORS if name != self.operator)
        self.node.login(self.operator)
        self.start(tab)

    @invariant()
    def no_text_is_nowhere(self) -> None:
        stored = self.node.stored()
        held = [one["text"] for name, one in stored.items() if name.startswith(("draft/", "reply/"))]
        at_server = [text for _, text, _, state in self.node.taken() if state != "cancelled"]
        there = set("\n".join([*held, *at_server]).split("\n"))
        assert set(self.written) - self.let_go <= there

    @invariant()
    def nothing_is_sent_twice_or_under_another_name(self) -> None:
        sent: Counter[str] = Counter()
        for _, text, by, state in self.node.taken():
            for line in text.split("\n"):
                assert self.written[line] == by
                sent[line] += state == "sent"
        assert not [line for line, times in sent.items() if times > 1]

    @invariant()
    def each_operator_is_shown_what_is_theirs(self) -> None:
        for tab in self.open:
            if self.works_in(tab):
                for chat in ("c1", "c2"):
                    for line in filter(None, self.node.draft(tab, chat).split("\n")):
                        assert self.written[line] == self.operator

    def works_in(self, tab: str) -> bool:
        """Whether this tab is the page of who is logged in, and still stands there."""
        return tab in self.open and self.node.left(tab) is None and self.node.whose(tab) == self.operator

    def teardown(self) -> None:
        """Once all is well again nothing is on its way for ever, and what was sent is no draft."""
        self.node.fate("ok")
        self.start("P")
        self.arrive("P")
        for operator in OPERATORS:
            self.node.login(operator)
            for tab in ("P", "Q"):
                reload(self.node, tab)
            for _ in range(3):
                self.arrive_and_hear()
        stored: dict[str, Any] = self.node.stored()
        states = {one["state"] for name, one in stored.items() if name.startswith("reply/")}
        assert states <= {"rejected"}
        sent = "\n".join(text for _, text, _, state in self.node.taken() if state == "sent").split("\n")
        drafts = "\n".join(one["text"] for name, one in stored.items() if name.startswith("draft/")).split(
            "\n"
        )
        assert not set(filter(None, drafts)) & set(sent)

    def arrive_and_hear(self) -> None:
        self.node.arrive()
        for tab in ("P", "Q"):
            self.node.hear(tab)
        self.node.pass_time(60)
        self.node.deliver()
        for tab in ("P", "Q"):
            self.node.hear(tab)


def test_no_text_is_nowhere_doubled_or_under_another_name(node: Tabs) -> None:
    often = settings(max_examples=60, stateful_step_count=30, deadline=None, print_blob=True)

    class InNode(Browser):
        def __init__(self) -> None:
            super().__init__(node)

    run_state_machine_as_test(InNode, settings=often)
