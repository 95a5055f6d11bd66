"""Replies on their way: none is lost, doubled or sent under another's name, whatever tabs and links do."""

import pytest

from tests.browser.panel_core.tabs import Tabs, reload


def write(tabs: Tabs, name: str, chat: str, text: str) -> None:
    """Write an answer and send it."""
    tabs.type(name, chat, text)
    tabs.send(name, chat)


def texts(tabs: Tabs, name: str, chat: str) -> list[tuple[str, str]]:
    """Return text and state of the bubbles that are no messages yet."""
    return [(one["text"], one["state"]) for one in tabs.bubbles(name, chat)]


def test_unsent_replies_of_two_tabs_both_survive(tabs: Tabs) -> None:
    tabs.fate("down")
    write(tabs, "P", "c1", "P1")
    write(tabs, "Q", "c2", "Q1")
    tabs.close("P")
    tabs.close("Q")
    tabs.fate("ok")

    tabs.open("R")

    assert sorted(tabs.taken()) == [["c1", "P1", "olga", "queued"], ["c2", "Q1", "olga", "queued"]]


def test_a_reply_of_another_tab_wipes_none_that_waits(tabs: Tabs) -> None:
    tabs.fate("down")
    write(tabs, "P", "c1", "ждёт")
    tabs.close("P")
    tabs.fate("ok")
    write(tabs, "Q", "c2", "Торг у капота")
    tabs.deliver()
    tabs.hear("Q")

    tabs.open("R")

    assert ["c1", "ждёт", "olga", "queued"] in tabs.taken()


@pytest.mark.parametrize("state", ["sent", "failed", "cancelled"])
def test_a_reply_is_forgotten_in_the_browser_once_it_has_ended(tabs: Tabs, state: str) -> None:
    write(tabs, "P", "c1", "ответ")
    tabs.move("ответ", state)

    tabs.hear("Q")

    assert not [name for name in tabs.stored() if name.startswith("reply/")]


def test_what_a_closed_tab_was_posting_is_posted_by_another(tabs: Tabs) -> None:
    tabs.fate("down")
    write(tabs, "P", "c1", "осталось")
    tabs.close("P")
    tabs.fate("ok")

    tabs.pass_time(60)

    assert tabs.taken() == [["c1", "осталось", "olga", "queued"]]


def test_another_operators_unsent_reply_waits_until_they_are_back(tabs: Tabs) -> None:
    tabs.fate("down")
    write(tabs, "P", "c4", "от Ольги")
    tabs.close("P")
    tabs.close("Q")
    tabs.login("petr")
    tabs.fate("ok")
    tabs.open("P")
    tabs.pass_time(60)
    assert (tabs.taken(), texts(tabs, "P", "c4")) == ([], [])

    tabs.login("olga")
    reload(tabs, "P")

    assert tabs.taken() == [["c4", "от Ольги", "olga", "queued"]]


def test_a_page_that_is_still_open_posts_nothing_under_the_next_operators_name(tabs: Tabs) -> None:
    tabs.fate("down")
    write(tabs, "P", "c4", "от Ольги")
    tabs.login("petr")
    tabs.fate("ok")
    tabs.pass_time(60)

    assert (tabs.taken(), tabs.left("P")) == ([], "reload")


def test_unsent_replies_of_the_version_before_are_posted_under_the_same_ref(node: Tabs) -> None:
    old = {"ref": "r1", "chat_id": "c1", "kind": "text", "text": "старый", "by": "olga", "state": "posting"}
    node.begin({"replies": [old | {"at": node.now() - 60, "tries": 0, "message_id": None}]})

    node.open("P")

    assert (node.taken(), "replies" in node.stored()) == ([["c1", "старый", "olga", "queued"]], False)


def test_an_answer_that_was_refused_stays_until_the_operator_decides(tabs: Tabs) -> None:
    tabs.fate("refused")
    write(tabs, "P", "c1", "опоздал")
    tabs.wander("P")
    assert texts(tabs, "P", "c1") == [("опоздал", "rejected")]

    reload(tabs, "P")

    assert texts(tabs, "P", "c1") == [("опоздал", "rejected")]
    assert (tabs.rejected("P", "c1"), tabs.rejected("Q", "c1"), tabs.rejected("P", "c2")) == ("опоздал", "опоздал", None)
    tabs.press("Q", "drop", "c1")
    assert (texts(tabs, "P", "c1"), tabs.rejected("P", "c1")) == ([], None)


def test_an_answer_from_yesterday_is_shown_and_kept_not_sent_unasked(tabs: Tabs) -> None:
    tabs.fate("down")
    write(tabs, "P", "c1", "вчера")
    tabs.close("P")
    tabs.close("Q")
    tabs.pass_time(4000)
    tabs.fate("ok")

    tabs.open("P")
    reload(tabs, "P")

    assert (texts(tabs, "P", "c1"), tabs.taken()) == ([("вчера", "rejected")], [])
