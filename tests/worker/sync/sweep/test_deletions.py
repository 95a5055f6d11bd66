"""The words of a deletion: what they mean is found out at Avito, and nothing rings before."""

import pytest

from shared.redis import keys
from tests.worker.builders import BUYER, SELLER
from tests.worker.sync.sweep.conftest import SweepRig
from worker.accounts.context import ACCOUNT
from worker.messages.commit import Change, commit
from worker.messages.deletion import DELETED_TEXT
from worker.messages.reading import read_message
from worker.sync.sweep.refresh import recheck_chat

pytestmark = pytest.mark.anyio


class Deletions:
    """A chat with two messages of the buyer, unread, and what came of them."""

    def __init__(self, rig: SweepRig) -> None:
        self.rig, self.avito = rig, rig.avito

    async def begin(self) -> None:
        self.first = self.avito.write("c1", age=600)
        await self.rig.start()
        self.second = self.avito.write("c1", age=500)
        await self.rig.webhook("c1", self.second)

    async def notice(self, message_id: str, author: int = BUYER) -> None:
        """A webhook with these words comes, and is followed up."""
        row = {"id": message_id, "author_id": author, "created": int(self.avito.clock()), "type": "text"}
        message = read_message(row | {"content": {"text": DELETED_TEXT}}, SELLER, "c1")
        done = await commit(
            self.rig.account.redis, Change(SELLER, "c1", (message,), "webhook"), self.avito.clock(), 200
        )
        if done.needs_recheck:
            await self.rig.account.redis.delete(keys.rechecked(SELLER, "c1"))
            await recheck_chat({ACCOUNT: self.rig.account}, SELLER, "c1")

    async def rung(self) -> list[str]:
        return [event["message"]["id"] for event in await self.rig.events() if event.get("ring")]

    async def counters(self) -> tuple[int, bool, str]:
        """Unread, whether somebody waits, and the last message's type, as the last event tells."""
        chat = (await self.rig.events())[-1]["chat"]
        return chat["unread"], chat["unanswered_since"] is not None, chat["last_message"]["type"]


@pytest.fixture
async def chat(rig: SweepRig) -> Deletions:
    deletions = Deletions(rig)
    await deletions.begin()
    return deletions


async def test_words_under_the_messages_own_id_delete_it_at_once(chat: Deletions) -> None:
    await chat.notice(chat.second)

    assert await chat.rig.shown("c1") == [(chat.first, "text"), (chat.second, "deleted")]
    assert (await chat.counters())[0] == 1


async def test_counters_follow_each_deletion_and_none_rings(chat: Deletions) -> None:
    before = await chat.rung()
    assert (await chat.counters())[0] == 2

    await chat.notice(chat.second)
    assert await chat.counters() == (1, True, "deleted")
    await chat.notice(chat.first)

    assert await chat.counters() == (0, False, "deleted")
    assert await chat.rung() == before


@pytest.mark.parametrize("listed", [True, False], ids=["and is listed", "and is in no list"])
@pytest.mark.parametrize("is_gone", [True, False], ids=["the message is gone", "by type"])
async def test_words_under_a_new_id_announce_a_deletion(chat: Deletions, listed: bool, is_gone: bool) -> None:
    rung = await chat.rung()
    if is_gone:
        chat.avito.threads["c1"].pop()
    else:
        chat.avito.delete("c1", chat.second)
    notice = chat.avito.write("c1", text=DELETED_TEXT) if listed else "in-no-list"

    await chat.notice(notice)

    shown = dict(await chat.rig.shown("c1"))
    assert shown[chat.first] == "text"
    assert shown[chat.second] == "deleted"
    assert shown.get(notice) == ("deleted" if listed else None)
    assert await chat.rung() == rung
    assert (await chat.counters())[0] == 1


async def test_a_buyer_who_types_these_words_is_shown_as_typing_them(chat: Deletions) -> None:
    typed = chat.avito.write("c1", text=DELETED_TEXT)

    await chat.notice(typed)
    await chat.notice(typed)

    assert dict(await chat.rig.shown("c1"))[typed] == "text"
    assert (await chat.rung())[-1] == typed
    assert (await chat.counters())[0] == 3


async def test_of_a_deletion_and_the_same_words_typed_only_one_is_a_deletion(chat: Deletions) -> None:
    chat.avito.delete("c1", chat.second)
    announced = chat.avito.write("c1", text=DELETED_TEXT)
    await chat.notice(announced)
    typed = chat.avito.write("c1", text=DELETED_TEXT)
    await chat.notice(typed)

    shown = dict(await chat.rig.shown("c1"))
    assert (shown[announced], shown[typed]) == ("deleted", "text")


async def test_our_own_deletion_that_is_announced_is_no_answer(chat: Deletions) -> None:
    ours = chat.avito.write("c1", author=SELLER)
    await chat.rig.webhook("c1", ours)
    chat.avito.delete("c1", ours)
    await chat.rig.sweep()
    announced = chat.avito.write("c1", author=SELLER, text=DELETED_TEXT)

    await chat.notice(announced, SELLER)

    shown = dict(await chat.rig.shown("c1"))
    assert (shown[ours], shown[announced]) == ("deleted", "deleted")


async def test_an_answer_that_is_not_yet_listed_is_not_the_one_that_was_deleted(chat: Deletions) -> None:
    old = chat.avito.write("c1", author=SELLER, age=400)
    await chat.rig.webhook("c1", old)
    fresh = chat.avito.write("c1", author=SELLER)
    await chat.rig.webhook("c1", fresh)
    chat.avito.delete("c1", old)
    announced = chat.avito.write("c1", author=SELLER, text=DELETED_TEXT)
    del chat.avito.threads["c1"][-2]

    await chat.notice(announced, SELLER)

    shown = dict(await chat.rig.shown("c1"))
    assert (shown[old], shown[fresh], shown[announced]) == ("deleted", "text", "deleted")


async def test_a_list_that_shares_only_a_fresh_answer_with_us_proves_what_is_gone(chat: Deletions) -> None:
    fresh = chat.avito.write("c1", author=SELLER)
    await chat.rig.webhook("c1", fresh)
    del chat.avito.threads["c1"][:-1]

    await chat.notice("in-no-list")

    assert dict(await chat.rig.shown("c1"))[chat.second] == "deleted"


async def test_a_buyer_still_waits_after_our_announced_deletion_of_an_older_answer(chat: Deletions) -> None:
    ours = chat.avito.write("c1", author=SELLER, age=550)
    await chat.rig.webhook("c1", ours)
    chat.avito.delete("c1", ours)
    announced = chat.avito.write("c1", author=SELLER, text=DELETED_TEXT)

    await chat.notice(announced, SELLER)
    await chat.notice(announced, SELLER)

    assert await chat.counters() == (1, True, "deleted")


async def test_words_that_the_tariff_had_hidden_announce_a_deletion_as_well(chat: Deletions) -> None:
    ours = chat.avito.write("c1", author=SELLER, text="Перейдите на подписку с API мессенджера")
    await chat.rig.sweep()
    chat.avito.threads["c1"][-1]["content"] = {"text": DELETED_TEXT}
    await chat.notice("in-no-list", SELLER)

    assert dict(await chat.rig.shown("c1"))[ours] == "deleted"


async def test_words_that_the_tariff_had_hidden_announce_what_was_deleted_before(chat: Deletions) -> None:
    chat.avito.delete("c1", chat.second)
    announced = chat.avito.write("c1", text="Перейдите на подписку с API мессенджера")
    await chat.rig.sweep()
    chat.avito.threads["c1"][-1]["content"] = {"text": DELETED_TEXT}
    await chat.notice("in-no-list")

    assert dict(await chat.rig.shown("c1"))[announced] == "deleted"


async def test_a_webhook_with_words_that_the_tariff_hides_in_the_thread_settles_nothing(
    chat: Deletions,
) -> None:
    chat.avito.delete("c1", chat.second)
    announced = chat.avito.write("c1", text="Перейдите на подписку с API мессенджера")
    await chat.rig.sweep()
    chat.avito.threads["c1"][-1]["content"] = {"text": DELETED_TEXT}
    await chat.notice(announced)

    assert dict(await chat.rig.shown("c1"))[announced] == "deleted"


async def test_hidden_words_leave_a_new_deletion_to_the_words_that_tell_of_it(chat: Deletions) -> None:
    first, second = (chat.avito.write("c1", age=400) for _ in range(2))
    await chat.rig.sweep()
    chat.avito.delete("c1", first)
    hidden = chat.avito.write("c1", text="Перейдите на подписку с API мессенджера", age=400)
    await chat.rig.sweep()
    chat.avito.threads["c1"][-1]["content"] = {"text": DELETED_TEXT}
    chat.avito.delete("c1", second)
    announced = chat.avito.write("c1", text=DELETED_TEXT)
    await chat.notice(announced)

    shown = dict(await chat.rig.shown("c1"))
    assert (shown[hidden], shown[announced]) == ("deleted", "deleted")


async def test_a_notice_before_the_original_deletes_it_as_well(chat: Deletions) -> None:
    late = chat.avito.write("c1")
    row = chat.avito.threads["c1"][-1]
    original, row["content"] = row["content"], {"text": DELETED_TEXT}
    await chat.notice(late)

    row["content"] = original
    await chat.rig.webhook("c1", late)

    assert dict(await chat.rig.shown("c1"))[late] == "deleted"


async def test_a_list_of_strangers_deletes_nothing(chat: Deletions) -> None:
    chat.avito.threads["c1"].clear()
    chat.avito.write("c1", age=700)
    chat.avito.threads["c1"][0]["id"] = "of-another-life"

    await chat.notice("in-no-list")

    assert dict(await chat.rig.shown("c1"))[chat.second] == "text"


async def test_a_message_that_is_gone_without_any_notice_stays(chat: Deletions) -> None:
    chat.avito.threads["c1"].pop()
    chat.avito.write("c1")

    await chat.rig.sweep()

    assert dict(await chat.rig.shown("c1"))[chat.second] == "text"
