"""Notes over HTTP, and replies that cross a colleague's."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from testbed import System
from tests.push_gateway.panel import PATH, Panel, new_chat, refusal, team_of_two
from tests.push_gateway.shared_by_module import module_system

pytestmark = pytest.mark.anyio
system = module_system("gateway")


@pytest.fixture(scope="module")
async def team(system: System, anyio_backend: str) -> AsyncIterator[tuple[Panel, Panel]]:
    """The owner and Анна."""
    async with team_of_two(system.url("gateway"), system.url("gateway")) as both:
        yield both


async def thread(panel: Panel, chat_id: str, **query: Any) -> dict[str, Any]:
    return dict(await panel.get(f"api/chats/{chat_id}/messages", **query))


async def test_a_note_comes_with_the_newest_page_and_is_no_message(
    system: System, team: tuple[Panel, Panel]
) -> None:
    owner, anna = team
    chat = await new_chat(system, "noted")
    before = await thread(owner, chat)
    async with owner.socket() as socket:
        await socket.read_type("hello")
        written = await anna.post(f"chats/{chat}/notes", text="звонить после шести", ref="n-1")
        told = (await socket.read_type("note"))["note"]

    after = await thread(owner, chat)
    assert written.status_code == 202
    assert written.json() == told
    assert (before["notes"], after["notes"]) == ([], [told])
    assert (told["by"], told["text"]) == ("Анна", "звонить после шести")
    for part in ("messages", "outbox", "chat"):
        assert after[part] == before[part]


async def test_a_client_that_comes_back_gets_the_notes_it_missed(
    system: System, team: tuple[Panel, Panel]
) -> None:
    owner, anna = team
    chat = await new_chat(system, "missed")
    place = await owner.get("api/events")
    await anna.post(f"chats/{chat}/notes", text="раз", ref="n-1")
    await anna.post(f"chats/{chat}/notes/n-1/delete")

    async with owner.socket(place) as socket:
        hello = await socket.read_type("hello")
        missed = [(await socket.read_type("note"))["note"] for _ in range(2)]
    polled = await owner.get("api/events", epoch=place["epoch"], seq=place["seq"])

    assert hello["recovered"] is True
    assert [note["deleted"] for note in missed] == [False, True]
    assert [event["note"] for event in polled["events"] if event["type"] == "note"] == missed


async def test_only_the_author_and_an_owner_remove_a_note(system: System, team: tuple[Panel, Panel]) -> None:
    owner, anna = team
    chat = await new_chat(system, "removed")
    await owner.post(f"chats/{chat}/notes", text="раз", ref="of-owner")
    await anna.post(f"chats/{chat}/notes", text="два", ref="of-anna")

    assert (await anna.post(f"chats/{chat}/notes/of-owner/delete")).status_code == 403
    assert (await owner.post(f"chats/{chat}/notes/of-anna/delete")).status_code == 202
    assert (await owner.post(f"chats/{chat}/notes/of-anna/delete")).status_code == 404
    assert [note["id"] for note in (await thread(anna, chat))["notes"]] == ["of-owner"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": " \n", "ref": "n-1"}, 422, "bad_text"),
        ({"text": "я" * 2001, "ref": "n-1"}, 422, "bad_text"),
        ({"text": ["раз"], "ref": "n-1"}, 422, "bad_text"),
        ({"text": "раз"}, 422, "bad_ref"),
        ({"text": "раз", "ref": "n 1"}, 422, "bad_ref"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_an_invalid_note_is_refused_with_a_reason(
    system: System, team: tuple[Panel, Panel], body: dict[str, Any], status: int, code: str
) -> None:
    owner, _ = team
    chat = await new_chat(system, "no notes")

    answer = await owner.http.post(f"{PATH}api/chats/{chat}/notes", json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert (await thread(owner, chat))["notes"] == []


async def test_a_note_needs_a_chat_and_a_session(team: tuple[Panel, Panel]) -> None:
    owner, _ = team
    assert (await owner.post("chats/none/notes", text="раз", ref="n-1")).status_code == 404
    async with Panel.at(owner.base) as stranger:
        assert (await stranger.post("chats/noted/notes", text="раз", ref="n-1")).status_code == 401


async def test_a_reply_written_before_a_colleagues_was_seen_is_refused(
    system: System, team: tuple[Panel, Panel]
) -> None:
    owner, anna = team
    chat = await new_chat(system, "both answer")
    seen = (await owner.get("api/events"))["seq"]
    await anna.post(f"chats/{chat}/messages", text="Да, в наличии", ref="a-1", seen=seen)

    late = await owner.post(f"chats/{chat}/messages", text="Есть", ref="o-1", seen=seen)

    assert (late.status_code, late.json()["error"]["code"]) == (409, "answered")
    assert late.json()["error"]["operator"] == "Анна"
    assert [item["ref"] for item in (await thread(owner, chat))["outbox"]] == ["a-1"]


async def test_a_reply_is_queued_once_the_colleagues_was_seen_or_without_seen(
    system: System, team: tuple[Panel, Panel]
) -> None:
    owner, anna = team
    chat = await new_chat(system, "both answered")
    seen = (await owner.get("api/events"))["seq"]
    for ref in ("b-1", "b-2"):  # one's own replies are no colleague's
        answer = await anna.post(f"chats/{chat}/messages", text=ref, ref=ref, seen=seen)
        assert answer.status_code == 202
    now_seen = (await owner.get("api/events"))["seq"]

    assert (await owner.post(f"chats/{chat}/messages", text="1", ref="b-4")).status_code == 202
    again = await anna.post(f"chats/{chat}/messages", text="b-2", ref="b-2", seen=seen)
    assert again.status_code == 202  # what was taken before is not asked again
    assert (await anna.post(f"chats/{chat}/messages", text="2", ref="b-3", seen=now_seen)).status_code == 409
    now_seen = (await owner.get("api/events"))["seq"]
    assert (await anna.post(f"chats/{chat}/messages", text="2", ref="b-3", seen=now_seen)).status_code == 202


@pytest.mark.parametrize("seen", ["5", -1, 1.5, True, 2**60])
async def test_an_invalid_seq_is_refused(system: System, team: tuple[Panel, Panel], seen: Any) -> None:
    owner, _ = team
    chat = await new_chat(system, "bad seen")

    answer = await owner.post(f"chats/{chat}/messages", text="1", ref="o-1", seen=seen)

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_seen")


@pytest.mark.parametrize("epoch", ["", 7, "e" * 65])
async def test_an_invalid_epoch_is_refused(system: System, team: tuple[Panel, Panel], epoch: Any) -> None:
    owner, _ = team
    chat = await new_chat(system, "bad epoch")

    answer = await owner.post(f"chats/{chat}/messages", text="1", ref="o-1", seen=1, epoch=epoch)

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_epoch")


async def test_a_screen_of_another_epoch_has_not_seen_a_colleagues_answer(
    system: System, team: tuple[Panel, Panel]
) -> None:
    owner, anna = team
    chat = await new_chat(system, "another epoch")
    events = await owner.get("api/events")
    seen = {"seen": events["seq"] + 1_000, "epoch": "earlier"}
    await anna.post(f"chats/{chat}/messages", text="Да", ref="e-1", epoch=events["epoch"])

    late = await owner.post(f"chats/{chat}/messages", text="Есть", ref="e-2", **seen)

    assert (late.status_code, late.json()["error"]["code"]) == (409, "answered")


async def test_of_two_concurrent_answers_one_is_held_back(system: System, team: tuple[Panel, Panel]) -> None:
    owner, anna = team
    chat = await new_chat(system, "same moment")
    seen = (await owner.get("api/events"))["seq"]

    answers = await asyncio.gather(
        *(
            panel.post(f"chats/{chat}/messages", text="Да", ref=f"r-{name}", seen=seen)
            for panel, name in ((owner, "o"), (anna, "a"))
        )
    )

    by_status = {answer.status_code: answer.json() for answer in answers}
    assert by_status.keys() == {202, 409}
    assert by_status[409]["error"]["operator"] == by_status[202]["by"]


async def test_an_operator_who_writes_notes_without_end_is_told_to_wait(
    system: System, team: tuple[Panel, Panel]
) -> None:
    owner, anna = team
    behind = {"X-Forwarded-For": "198.51.100.7"}  # this very machine has no limit
    chats = [await new_chat(system, f"flooded-{number}") for number in range(3)]
    answers = await asyncio.gather(
        *(
            anna.post(f"chats/{chats[number % 3]}/notes", behind, text="раз", ref=f"f-{number}")
            for number in range(400)
        )
    )

    refused = [answer for answer in answers if answer.status_code != 202]
    assert {refusal(answer) for answer in refused} == {(429, "too_often")}
    assert int(refused[0].headers["Retry-After"]) >= 1
    assert (await owner.post(f"chats/{chats[0]}/notes", behind, text="два", ref="owners")).status_code == 202
