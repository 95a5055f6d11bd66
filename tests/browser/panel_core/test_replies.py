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
    assert (tabs.rejected("P", "c1"), tabs.rejected("Q", "c1"), tabs.rejected("P", "c2")) == (
        "опоздал",
        "опоздал",
        None,
    )
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


def test_an_answer_taken_back_whose_post_arrived_unheard_is_cancelled_at_the_server(tabs: Tabs) -> None:
    tabs.fate("lost")
    write(tabs, "P", "c1", "передумал")
    tabs.press("P", "cancel", "c1")
    assert (texts(tabs, "P", "c1"), tabs.draft("P", "c1")) == ([("передумал", "withdrawn")], "")

    tabs.fate("ok")
    tabs.pass_time(60)

    assert tabs.taken() == [["c1", "передумал", "olga", "cancelled"]]
    assert (texts(tabs, "P", "c1"), tabs.draft("P", "c1")) == ([], "передумал")


def test_an_event_that_names_an_answer_taken_back_cancels_it_at_once(tabs: Tabs) -> None:
    tabs.fate("lost")
    write(tabs, "P", "c1", "передумал")
    tabs.press("P", "cancel", "c1")
    tabs.fate("ok")

    tabs.hear("P")

    assert tabs.taken() == [["c1", "передумал", "olga", "cancelled"]]


def test_an_answer_taken_back_is_cancelled_after_a_reload_too(tabs: Tabs) -> None:
    tabs.fate("lost")
    write(tabs, "P", "c1", "передумал")
    tabs.press("P", "cancel", "c1")
    tabs.close("P")
    tabs.close("Q")
    tabs.fate("ok")

    tabs.open("P")

    assert (tabs.taken(), tabs.draft("P", "c1")) == ([["c1", "передумал", "olga", "cancelled"]], "передумал")


def test_an_answer_that_was_sent_before_it_was_taken_back_is_no_draft_and_the_operator_is_told(
    tabs: Tabs,
) -> None:
    tabs.fate("lost")
    write(tabs, "P", "c1", "поздно")
    tabs.deliver()
    tabs.press("P", "cancel", "c1")

    tabs.fate("ok")
    tabs.pass_time(60)

    assert (tabs.draft("P", "c1"), texts(tabs, "P", "c1"), tabs.toasts("P")) == ("", [], ["wrong_state"])


def test_an_answer_that_comes_in_after_it_was_taken_back_is_not_taken(tabs: Tabs) -> None:
    tabs.fate("late")
    write(tabs, "P", "c1", "передумал")
    tabs.press("P", "cancel", "c1")
    tabs.fate("ok")
    tabs.pass_time(60)
    assert (tabs.taken(), tabs.draft("P", "c1")) == ([], "передумал")

    tabs.arrive()
    tabs.hear("P")

    assert tabs.taken() == []
    assert not [name for name in tabs.stored() if name.startswith("reply/")]


def test_an_answer_taken_back_is_given_back_once_though_the_event_comes_before_the_answer(tabs: Tabs) -> None:
    tabs.fate("lost")
    write(tabs, "P", "c1", "первый")
    tabs.type("P", "c1", "начало второго")
    tabs.fate("ok")
    tabs.tellFirst()

    tabs.press("P", "cancel", "c1")

    assert (texts(tabs, "P", "c1"), tabs.draft("P", "c1")) == ([("первый", "rejected")], "начало второго")


def test_an_answer_that_was_never_posted_is_given_back_at_once(tabs: Tabs) -> None:
    tabs.fate("down")
    write(tabs, "P", "c1", "первый")
    write(tabs, "P", "c1", "второй")

    tabs.press("P", "cancel", "c1", 1)

    assert (texts(tabs, "P", "c1"), tabs.draft("P", "c1")) == ([("первый", "posting")], "второй")


def test_an_answer_given_back_while_another_text_is_written_stays_as_a_bubble(tabs: Tabs) -> None:
    tabs.fate("lost")
    write(tabs, "P", "c1", "первый")
    tabs.type("P", "c1", "начало второго")
    tabs.press("P", "cancel", "c1")

    tabs.fate("ok")
    tabs.pass_time(60)

    assert (texts(tabs, "P", "c1"), tabs.draft("P", "c1")) == ([("первый", "rejected")], "начало второго")


def test_a_waiting_answer_that_a_colleague_took_back_does_not_overwrite_what_is_written(tabs: Tabs) -> None:
    write(tabs, "P", "c1", "первый")
    tabs.type("P", "c1", "второй")
    tabs.move("первый", "cancelled")

    tabs.hear("P")
    tabs.hear("Q")

    assert (texts(tabs, "Q", "c1"), tabs.draft("P", "c1")) == ([("первый", "rejected")], "второй")


def test_editing_a_refused_answer_puts_it_before_what_is_being_written(tabs: Tabs) -> None:
    tabs.fate("refused")
    write(tabs, "P", "c1", "опоздал")
    tabs.type("P", "c1", "и ещё")

    tabs.press("P", "edit", "c1")

    assert (texts(tabs, "P", "c1"), tabs.draft("P", "c1")) == ([], "опоздал\nи ещё")


def test_an_answer_of_another_day_that_did_arrive_is_not_called_unsent(tabs: Tabs) -> None:
    tabs.fate("lost")
    write(tabs, "P", "c1", "дошло")
    tabs.deliver()
    tabs.close("P")
    tabs.close("Q")
    tabs.sleep(4000)
    tabs.fate("ok")

    tabs.open("P")

    assert (texts(tabs, "P", "c1"), tabs.rejected("P", "c1")) == ([], None)


def test_an_answer_whose_end_was_never_heard_does_not_stay_in_the_browser(tabs: Tabs) -> None:
    write(tabs, "P", "c1", "ответ")
    tabs.deliver()
    tabs.hear("P", True)
    tabs.close("Q")
    tabs.sleep(4000)

    reload(tabs, "P")

    assert not [name for name in tabs.stored() if name.startswith("reply/")]


def test_an_answer_that_the_server_lost_long_ago_is_for_the_operator_to_decide_on(tabs: Tabs) -> None:
    write(tabs, "P", "c1", "ответ")
    tabs.forget()
    tabs.close("Q")
    tabs.sleep(4000)

    reload(tabs, "P")

    assert (texts(tabs, "P", "c1"), tabs.taken()) == ([("ответ", "rejected")], [])


def test_nobody_is_given_an_automatic_answer_as_a_draft(tabs: Tabs) -> None:
    tabs.automatic("c1", "мы закрыты")

    tabs.press("P", "cancel", "c1")
    tabs.hear("Q")

    assert (tabs.draft("P", "c1"), tabs.draft("Q", "c1")) == ("", "")
