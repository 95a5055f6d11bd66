"""Assigning chats over HTTP, and by answering in them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from testbed import USERNAME, System
from tests.push_gateway.panel import COLLEAGUES_PASSWORD, PATH, Panel, new_chat, team_of_two
from tests.push_gateway.shared_by_module import module_system

pytestmark = pytest.mark.anyio
system = module_system("gateway", "gateway-2")


@pytest.fixture(scope="module")
async def team(system: System, anyio_backend: str) -> AsyncIterator[tuple[Panel, Panel]]:
    """The owner at one gateway, Анна at the other."""
    async with team_of_two(system.url("gateway"), system.url("gateway-2")) as both:
        yield both


async def owner_of(panel: Panel, chat_id: str) -> str | None:
    chat = (await panel.get(f"api/chats/{chat_id}/messages"))["chat"]
    owner: str | None = chat["owner"]
    return owner


async def test_the_second_operator_is_told_who_was_first(system: System, team: tuple[Panel, Panel]) -> None:
    owner, anna = team
    chat = await new_chat(system, "race")
    assert (await anna.post(f"chats/{chat}/owner", owner="Анна", was=None)).status_code == 202

    late = await owner.post(f"chats/{chat}/owner", owner=USERNAME, was=None)

    assert late.status_code == 409
    assert late.json()["error"] == {
        "code": "taken",
        "message": "Анна has this chat now.",
        "owner": "Анна",
    }
    assert await owner_of(owner, chat) == "Анна"


async def test_all_gateways_tell_of_assignments(system: System, team: tuple[Panel, Panel]) -> None:
    owner, anna = team
    chat = await new_chat(system, "told")
    async with owner.socket() as socket:
        await owner.catch_up(socket)
        await anna.post(f"chats/{chat}/owner", owner="Анна", was=None)
        await anna.post(f"chats/{chat}/owner", owner=None, was="Анна")
        told = [(await socket.read_type("chat"))["chat"]["owner"] for _ in range(2)]

    assert told == ["Анна", None]


async def test_answering_assigns_a_free_chat_but_not_one_of_a_colleague(
    system: System, team: tuple[Panel, Panel]
) -> None:
    owner, anna = team
    chat = await new_chat(system, "answered")

    assert (await anna.post(f"chats/{chat}/messages", text="Здравствуйте", ref="a-1")).status_code == 202
    assert (await owner.post(f"chats/{chat}/messages", text="И я", ref="o-1")).status_code == 202

    assert await owner_of(anna, chat) == "Анна"


async def test_a_chat_that_was_unassigned_is_not_assigned_again_by_the_same_answer(
    system: System, team: tuple[Panel, Panel]
) -> None:
    _, anna = team
    chat = await new_chat(system, "left")
    for _ in range(2):
        assert (await anna.post(f"chats/{chat}/messages", text="Да", ref="left-1")).status_code == 202
        await anna.post(f"chats/{chat}/owner", owner=None, was="Анна")

    assert await owner_of(anna, chat) is None


async def test_a_program_answers_without_being_assigned_and_may_assign_a_chat(
    system: System, team: tuple[Panel, Panel]
) -> None:
    owner, _ = team
    chat = await new_chat(system, "program")
    made = await owner.post("owner/tokens", name="crm", scope="reply")
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}

    assert (await owner.post(f"chats/{chat}/messages", bearer, text="Hi", ref="p-1")).status_code == 202
    assert await owner_of(owner, chat) is None
    given = await owner.post(f"chats/{chat}/owner", bearer, owner="Анна", was=None)

    assert (given.status_code, await owner_of(owner, chat)) == (202, "Анна")


async def test_the_owner_switches_taking_by_answering_off_for_all_operators(
    system: System, team: tuple[Panel, Panel]
) -> None:
    owner, anna = team
    chat = await new_chat(system, "not taken")
    changed = await owner.post("owner/options", take_by_answering=False)
    try:
        assert changed.json() == await owner.get("api/owner/options")
        assert changed.json()["take_by_answering"] is False
        await anna.post(f"chats/{chat}/messages", text="Здравствуйте", ref="n-1")
    finally:
        await owner.post("owner/options", take_by_answering=True)

    assert await owner_of(anna, chat) is None


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"owner": "Анна"}, 422, "bad_was"),
        ({"was": None}, 422, "bad_owner"),
        ({"owner": 5, "was": None}, 422, "bad_owner"),
        ({"owner": "", "was": None}, 422, "bad_owner"),
        ({"owner": "x" * 65, "was": None}, 422, "bad_owner"),
        ({"owner": "stranger", "was": None}, 422, "unknown_operator"),
        ({"owner": "api:crm", "was": None}, 422, "unknown_operator"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_an_invalid_assignment_is_refused_and_changes_nothing(
    system: System, team: tuple[Panel, Panel], body: dict[str, Any], status: int, code: str
) -> None:
    owner, _ = team
    chat = await new_chat(system, "unharmed")

    answer = await owner.http.post(f"{PATH}api/chats/{chat}/owner", json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert await owner_of(owner, chat) is None


async def test_an_assignment_needs_a_session_our_own_page_and_a_known_chat(
    team: tuple[Panel, Panel],
) -> None:
    owner, _ = team
    wish: dict[str, Any] = {"owner": USERNAME, "was": None}
    async with Panel.at(owner.base) as stranger:
        assert (await stranger.post("chats/race/owner", **wish)).status_code == 401
        assert (await stranger.http.get(f"{PATH}api/operators")).status_code == 401
    foreign = {"Origin": "https://elsewhere.example"}
    assert (await owner.post("chats/race/owner", foreign, **wish)).status_code == 403
    assert (await owner.post("chats/none/owner", **wish)).status_code == 404


async def test_only_an_owner_sets_options_and_only_valid_ones(
    team: tuple[Panel, Panel],
) -> None:
    owner, anna = team

    assert (await anna.post("owner/options", take_by_answering=False)).status_code == 403
    for wrong in (
        {},
        {"take_by_answering": "no"},
        {"notice": "ring"},
        {"notice": {"sticker": "ring"}},
        {"notice": {"lead": "auto"}},
        {"notice": {"call": ["wait"]}},
    ):
        assert (await owner.post("owner/options", **wrong)).status_code == 422


async def test_the_owner_chooses_for_each_kind_of_message_what_rings_and_waits(
    team: tuple[Panel, Panel],
) -> None:
    owner, _ = team
    defaults = (await owner.get("api/owner/options"))["notice"]
    assert defaults == {"system": "show", "lead": "ring", "call": "auto", "appCall": "auto"}

    changed = await owner.post("owner/options", notice={"lead": "wait", "call": "show"})
    try:
        assert changed.json()["notice"] == defaults | {"lead": "wait", "call": "show"}
        assert await owner.get("api/owner/options") == changed.json()
    finally:
        await owner.post("owner/options", notice=defaults)


async def test_disabling_a_colleague_frees_the_chats_and_ends_the_offer(
    system: System, team: tuple[Panel, Panel]
) -> None:
    owner, _ = team
    await owner.post("owner/operators", name="Глеб", password=COLLEAGUES_PASSWORD, role="operator")
    chat = await new_chat(system, "freed")
    await owner.post(f"chats/{chat}/owner", owner="Глеб", was=None)
    assert (await owner.get("api/operators"))["operators"] == sorted([USERNAME, "Анна", "Глеб"])

    assert (await owner.post("owner/operators/Глеб/disable")).status_code == 200

    assert await owner_of(owner, chat) is None
    assert (await owner.get("api/operators"))["operators"] == sorted([USERNAME, "Анна"])
