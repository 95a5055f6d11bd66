"""What an operator has begun to write: theirs alone, in whichever tab, whatever other tabs know."""

from typing import Any

from tests.browser.panel_core.tabs import Tabs, reload


def test_a_draft_outlives_what_another_tab_writes(tabs: Tabs) -> None:
    tabs.type("P", "c1", "черновик один")
    tabs.type("Q", "c2", "два")
    reload(tabs, "P")

    assert (tabs.draft("P", "c1"), tabs.draft("P", "c2")) == ("черновик один", "два")


def test_a_sent_text_is_a_draft_in_no_tab(tabs: Tabs) -> None:
    tabs.type("P", "c1", "Да, в наличии")
    reload(tabs, "Q")
    tabs.send("P", "c1")
    assert tabs.draft("Q", "c1") == ""

    tabs.type("Q", "c2", "а")
    reload(tabs, "P")

    assert tabs.draft("P", "c1") == ""


def test_a_note_whose_answer_was_lost_is_the_same_note_after_a_reload(tabs: Tabs) -> None:
    tabs.type("P", "note c1", "звонил")
    first = tabs.refOfDraft("P", "note c1")
    reload(tabs, "P")
    assert tabs.refOfDraft("P", "note c1") == first

    tabs.type("P", "note c1", "звонил дважды")

    assert tabs.refOfDraft("P", "note c1") != first


def test_a_draft_is_shown_to_its_operator_alone(tabs: Tabs) -> None:
    tabs.type("P", "c1", "Личное")
    tabs.close("Q")
    tabs.login("petr")
    reload(tabs, "P")
    assert tabs.draft("P", "c1") == ""
    tabs.type("P", "c1", "моё")

    tabs.login("olga")
    reload(tabs, "P")

    assert tabs.draft("P", "c1") == "Личное"


def test_drafts_of_the_version_before_are_taken_over_once(node: Tabs) -> None:
    node.begin({"drafts": {"c1": "старый", "note c1": "заметка"}})
    node.open("P")
    assert (node.draft("P", "c1"), node.draft("P", "note c1")) == ("старый", "заметка")
    assert "drafts" not in node.stored()

    node.close("P")
    node.login("petr")
    node.open("P")

    assert node.draft("P", "c1") == ""


def old_tab_writes(node: Tabs, drafts: dict[str, str]) -> None:
    """A tab that was opened before the upgrade writes all that it knows."""
    node.store("drafts", drafts)


def test_a_tab_of_the_version_before_brings_no_sent_text_back_but_loses_none_of_its_own(node: Tabs) -> None:
    node.begin({"drafts": {"c1": "старый"}})
    node.open("P")
    node.send("P", "c1")
    old_tab_writes(node, {"c1": "старый", "c2": "из старой вкладки"})

    reload(node, "P")

    assert (node.draft("P", "c1"), node.draft("P", "c2")) == ("", "из старой вкладки")


def test_a_draft_that_nobody_touched_for_as_long_as_a_chat_is_kept_goes(tabs: Tabs) -> None:
    tabs.type("P", "c1", "давно")
    tabs.sleep(181 * 86_400)
    tabs.type("P", "c2", "вчера")
    reload(tabs, "P")

    left: list[Any] = [name for name in tabs.stored() if name.startswith("draft/")]
    assert left == ["draft/olga/c2"]
