"""Quick replies over HTTP, on a real gateway and Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from shared.redis import keys
from testbed import System
from tests.push_gateway.panel import COLLEAGUES_PASSWORD, PATH, Panel, refusal
from tests.push_gateway.shared_by_module import module_panel, module_system

pytestmark = pytest.mark.anyio
API = f"{PATH}api/quick-replies"
HELLO = {"folder": "Начало", "name": "Привет", "text": "Здравствуйте, {имя}!"}
system = module_system("gateway", "gateway-2")
owner = module_panel()


@pytest.fixture
async def anna(owner: Panel, system: System) -> AsyncIterator[Panel]:
    """An operator who is no owner; the catalogue is empty."""
    async with system.redis as redis:
        await redis.delete(keys.QUICK_REPLIES)
    body = {"name": "anna", "password": COLLEAGUES_PASSWORD, "role": "operator"}
    assert (await owner.http.post(f"{PATH}api/owner/operators", json=body)).status_code in (201, 409)
    async with Panel.at(owner.base) as panel:
        assert (await panel.log_in("anna", COLLEAGUES_PASSWORD)).status_code == 303
        yield panel


async def add(panel: Panel, **fields: Any) -> dict[str, Any]:
    answer = await panel.http.post(API, json=HELLO | fields)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def change(panel: Panel, known: dict[str, Any], **fields: Any) -> httpx2.Response:
    return await panel.http.post(f"{API}/{known['id']}", json=known | fields)


async def everything(panel: Panel) -> list[dict[str, Any]]:
    return list((await panel.get("api/quick-replies"))["quick_replies"])


def csv(*rows: str) -> bytes:
    return "\n".join(("folder;name;text", *rows)).encode()


async def test_all_operators_share_the_quick_replies(anna: Panel, owner: Panel) -> None:
    made = await add(anna)

    (seen,) = await everything(owner)
    assert seen == made
    assert {name: made[name] for name in ("folder", "name", "text", "version", "by")} == HELLO | {
        "version": 1,
        "by": "anna",
    }


async def test_an_unchanged_list_is_answered_with_304(anna: Panel) -> None:
    made = await add(anna)
    first = await anna.http.get(API)

    again = await anna.http.get(API, headers={"If-None-Match": first.headers["ETag"]})
    await change(anna, made, text="Добрый день!")
    changed = await anna.http.get(API, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert (changed.status_code, changed.json()["quick_replies"][0]["text"]) == (200, "Добрый день!")


async def test_of_two_concurrent_changes_the_second_is_refused(anna: Panel, owner: Panel) -> None:
    made = await add(anna)
    assert (await change(anna, made, text="от Анны")).status_code == 200

    late = await change(owner, made, text="от владельца")

    assert refusal(late) == (409, "changed")
    assert "anna has changed" in late.json()["error"]["message"]
    (kept,) = await everything(owner)
    assert (kept["text"], kept["version"]) == ("от Анны", 2)
    assert (await change(owner, kept, text="от обоих")).json()["version"] == 3


async def test_of_many_concurrent_changes_exactly_one_wins(anna: Panel, system: System) -> None:
    made = await add(anna)
    async with Panel.at(system.url("gateway-2")) as other:
        await other.log_in("anna", COLLEAGUES_PASSWORD)
        seats = [anna, other] * 8

        answers = await asyncio.gather(
            *(change(seat, made, text=f"text {number}") for number, seat in enumerate(seats))
        )

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 15
    (winner,) = [answer.json()["text"] for answer in answers if answer.status_code == 200]
    (kept,) = await everything(anna)
    assert (kept["text"], kept["version"]) == (winner, 2)


async def test_of_many_concurrent_additions_of_a_name_exactly_one_wins(anna: Panel) -> None:
    answers = await asyncio.gather(*(anna.http.post(API, json=HELLO) for _ in range(12)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    assert len(await everything(anna)) == 1


async def test_a_removal_needs_the_present_version(anna: Panel, owner: Panel) -> None:
    made = await add(anna)
    await change(anna, made, text="другое")
    stale = await owner.http.post(f"{API}/{made['id']}/delete", json={"version": 1})
    (kept,) = await everything(anna)

    gone = await owner.http.post(f"{API}/{made['id']}/delete", json={"version": kept["version"]})

    assert (refusal(stale), gone.status_code) == ((409, "changed"), 200)
    assert await everything(anna) == []
    assert refusal(await change(anna, kept)) == (404, "unknown_quick_reply")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": "", "text": "x"}, "bad_name"),
        ({"name": 5, "text": "x"}, "bad_name"),
        ({"text": "x"}, "bad_name"),
        ({"name": "x", "text": "я" * 1001}, "bad_text"),
        ({"name": "x", "text": "x", "folder": None}, "bad_folder"),
        ({"name": "x", "text": "x", "folder": "я" * 101}, "bad_folder"),
    ],
)
async def test_an_invalid_quick_reply_is_refused_with_a_reason(
    anna: Panel, body: dict[str, Any], expected: str
) -> None:
    assert refusal(await anna.http.post(API, json=body)) == (422, expected)
    assert await everything(anna) == []


async def test_a_change_without_its_version_is_refused(anna: Panel) -> None:
    made = await add(anna)

    assert refusal(await change(anna, made, version="1")) == (422, "bad_version")


async def test_a_change_needs_a_session_and_our_own_page(anna: Panel) -> None:
    made = await add(anna)
    writes = ("", f"/{made['id']}", f"/{made['id']}/delete", "/import", "/import/preview")

    async with Panel.at(anna.base) as stranger:
        for path in ("", "/export"):
            assert refusal(await stranger.http.get(API + path)) == (401, "no_session")
        for path in writes:
            assert refusal(await stranger.http.post(API + path, json=made)) == (401, "no_session")
    for path in writes:
        evil = await anna.http.post(API + path, json=made, headers={"Origin": "https://evil.example"})
        assert refusal(evil) == (403, "foreign_origin")
    assert await everything(anna) == [made]


async def test_a_read_token_may_read_and_a_reply_token_may_edit(anna: Panel, owner: Panel) -> None:
    async with reading_and_replying(owner) as (reader, replier):
        assert refusal(await reader.post(API, json=HELLO)) == (403, "forbidden")
        made = await replier.post(API, json=HELLO)
        assert (made.status_code, made.json()["by"]) == (201, "api:quick-reply")
        assert len((await reader.get(API)).json()["quick_replies"]) == 1


@asynccontextmanager
async def reading_and_replying(owner: Panel) -> AsyncIterator[tuple[httpx2.AsyncClient, httpx2.AsyncClient]]:
    """Give two programs, with a token of each scope."""
    clients = []
    for scope in ("read", "reply"):
        body = {"name": f"quick-{scope}", "scope": scope}
        made = (await owner.http.post(f"{PATH}api/owner/tokens", json=body)).json()
        headers = {"Authorization": f"Bearer {made['token']}"}
        clients.append(httpx2.AsyncClient(base_url=owner.base, headers=headers, timeout=30))
    async with clients[0], clients[1]:
        yield clients[0], clients[1]


async def test_an_exported_file_is_imported_unchanged(anna: Panel) -> None:
    await add(anna)
    await add(anna, name="Формула", text="=HYPERLINK(1)")

    file = await anna.http.get(f"{API}/export")
    again = await anna.http.post(f"{API}/import", content=file.content)

    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert file.headers["Content-Disposition"] == 'attachment; filename="quick-replies.csv"'
    assert '"\'=HYPERLINK(1)"' in file.text
    assert again.json() == {"added": 0, "changed": 0, "unchanged": 2}


async def test_a_file_is_previewed_and_then_imported_as_shown(anna: Panel) -> None:
    await add(anna)
    file = csv("Начало;привет;Добрый день!", ";Адрес;Москва")

    seen = (await anna.http.post(f"{API}/import/preview", content=file)).json()
    before = await everything(anna)
    done = await anna.http.post(f"{API}/import", content=file, headers={"If-Match": f'"{seen["tag"]}"'})

    counts = {"added": 1, "changed": 1, "unchanged": 0}
    assert (seen, len(before)) == (counts | {"problems": [], "tag": seen["tag"]}, 1)
    assert done.json() == counts
    assert [(one["name"], one["text"], one["version"]) for one in await everything(anna)] == [
        ("Адрес", "Москва", 1),
        ("привет", "Добрый день!", 2),
    ]


async def test_a_file_is_not_imported_over_changes_since_its_preview(anna: Panel, owner: Panel) -> None:
    file = csv(";Адрес;Москва")
    seen = (await anna.http.post(f"{API}/import/preview", content=file)).json()
    kept = await add(owner)

    late = await anna.http.post(f"{API}/import", content=file, headers={"If-Match": f'"{seen["tag"]}"'})

    assert refusal(late) == (409, "changed")
    assert await everything(anna) == [kept]


async def test_one_bad_line_is_reported_and_nothing_is_imported(anna: Panel) -> None:
    file = csv(";Адрес;Москва", f";Длинный;{'я' * 1001}", ";Пустой;")

    seen = (await anna.http.post(f"{API}/import/preview", content=file)).json()
    tried = await anna.http.post(f"{API}/import", content=file)

    assert [(one["line"], one["why"]) for one in seen["problems"]] == [(3, "bad_text"), (4, "bad_text")]
    assert (seen["added"], seen["changed"], seen["unchanged"]) == (0, 0, 0)
    assert refusal(tried) == (422, "bad_csv")
    assert "Line 3: " in tried.json()["error"]["message"]
    assert await everything(anna) == []


async def test_a_file_beyond_a_thousand_quick_replies_is_refused_as_a_whole(anna: Panel) -> None:
    full = csv(*(f";n{number};{'я' * 1_000}" for number in range(1_000)))
    assert (await anna.http.post(f"{API}/import", content=full)).json()["added"] == 1_000
    more = csv(";one more;x")

    seen = (await anna.http.post(f"{API}/import/preview", content=more)).json()

    assert [one["why"] for one in seen["problems"]] == ["too_many"]
    assert refusal(await anna.http.post(f"{API}/import", content=more)) == (409, "too_many")
    assert refusal(await anna.http.post(API, json=HELLO)) == (409, "too_many")
    assert len(await everything(anna)) == 1_000


async def test_a_file_that_is_too_large_is_refused_before_it_is_read_whole(anna: Panel) -> None:
    answer = await anna.http.post(f"{API}/import", content=b"x" * (5 * 1024 * 1024 + 1))

    assert refusal(answer) == (413, "too_large")


async def test_the_log_has_who_changed_which_quick_reply_and_none_of_its_text(
    anna: Panel, system: System
) -> None:
    made = await add(anna, text="never in a log")

    log = system.part("gateway").log.read_text()
    assert made["id"] in log
    assert "never in a log" not in log
