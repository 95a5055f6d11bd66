"""The outbox through everything at once: clocks that jump, lost tails, dead workers, Avito's moods, people.

Each reply has words of its own, so that what stands at Avito tells which ones were sent, and how often.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from contextlib import suppress
from itertools import count
from typing import Any, Literal, TypeVar

import fakeredis
import orjson
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shared.redis import keys
from shared.redis.lua import scripts
from tests.worker.builders import SELLER
from tests.worker.outbox.lost_tail import lose_tail, take_snapshot
from tests.worker.outbox.moody_avito import Killed, Mood, MoodyAvito, deliver_all, turn_of
from tests.worker.outbox.replies import make_wish, open_chat, press, queue

T = TypeVar("T")

MOODS: tuple[Mood, ...] = (
    *("ok", "refuses", "forbids", "429", "unreachable", "500", "500 after", "cut", "cut after"),
    *("silent", "silent after", "killed", "killed after", "late", "401 late", "killed late"),
)
OVER = ("sent", "failed", "cancelled")
CLOCKS_APART_S = 600.0


class Outbox(RuleBasedStateMachine):
    """Actions on one chat's replies, and what must hold after any of them."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.redis: Any = self.run(self._open())
        self.avito = MoodyAvito(self.redis)
        self.snapshot = self.run(take_snapshot(self.redis))
        self.numbers = count()
        self.queued: list[str] = []
        self.typed: set[str] = set()
        self.taken_for_it: set[str] = set()
        self.out_of_turn: set[str] = set()

    async def _open(self) -> Any:
        redis = fakeredis.FakeAsyncRedis()
        await scripts.open_epoch(run_id="run-1", fresh="epoch-1").run(redis)
        await open_chat(redis)
        return redis

    def run(self, coroutine: Awaitable[T]) -> T:
        async def whole() -> T:
            return await coroutine

        return self.runner.run(whole())

    def teardown(self) -> None:
        try:
            self.run(self._settle())
        finally:
            self.run(self.redis.aclose())
            self.runner.close()

    # What happens

    @initialize(lag_s=st.sampled_from([0.0, 0.9]), token_s=st.sampled_from([0.0, 6.5]))
    def begin(self, lag_s: float, token_s: float) -> None:
        self.avito.lag_s, self.avito.token_s = lag_s, token_s

    @rule()
    def an_operator_replies(self) -> None:
        ref = f"r{next(self.numbers)}"
        self.queued.append(ref)
        self.run(queue(self.redis, make_wish(ref, f"words of {ref}", at=self.avito.clock())))

    @rule(
        moods=st.lists(st.sampled_from(MOODS), max_size=2),
        looks=st.lists(st.sampled_from(["ok", "500", "429"]), max_size=2),
        echoes=st.lists(st.none() | st.sampled_from([0.0, 4.0]), max_size=2),
    )
    def a_worker_takes_a_turn(self, moods: list[Mood], looks: list[str], echoes: list[float | None]) -> None:
        self.avito.moods, self.avito.looks, self.avito.echoes = moods, looks, echoes
        self.run(self._turn())

    @rule(moods=st.lists(st.sampled_from(MOODS), max_size=1), asked=st.booleans())
    def the_tail_is_lost_while_a_worker_sends(self, moods: list[Mood], asked: bool) -> None:
        async def lose() -> None:
            self.avito.before_answer = self.avito.while_waiting = None
            await self._lose()

        self.avito.moods, self.avito.looks = moods, []
        if asked:
            self.avito.before_answer = lose
        else:
            self.avito.while_waiting = lose
        self.run(self._turn())
        self.avito.before_answer = self.avito.while_waiting = None

    @rule(seconds=st.sampled_from([0.1, 1.0, 4.0, 20.0, 700.0]))
    def time_passes(self, seconds: float) -> None:
        self.run(self.avito.sleep(seconds))

    @rule()
    def all_is_on_disk(self) -> None:
        self.snapshot = self.run(take_snapshot(self.redis))

    @rule()
    def the_tail_is_lost(self) -> None:
        self.run(self._lose())

    @rule(seconds=st.sampled_from([1.0, 30.0, CLOCKS_APART_S]))
    def the_clock_is_set_back(self, seconds: float) -> None:
        self.avito.ahead_s = max(-CLOCKS_APART_S, self.avito.ahead_s - seconds)

    @precondition(lambda self: not self.in_state("sending"))
    @rule(seconds=st.sampled_from([1.0, 30.0, 2 * CLOCKS_APART_S]))
    def the_clock_jumps_ahead(self, seconds: float) -> None:
        """Not while a send has no answer: docs/adr/0006 names that."""
        self.avito.ahead_s = min(CLOCKS_APART_S, self.avito.ahead_s + seconds)

    @precondition(lambda self: self.in_state("queued", "failed"))
    @rule(data=st.data())
    def a_reply_is_taken_back(self, data: Any) -> None:
        self._press("cancel", data.draw(st.sampled_from(self.in_state("queued", "failed"))))

    @precondition(lambda self: self.in_state("failed"))
    @rule(data=st.data())
    def a_reply_is_retried(self, data: Any) -> None:
        self._press("retry", data.draw(st.sampled_from(self.in_state("failed"))))

    @precondition(lambda self: self.in_state("queued", "sending", "failed"))
    @rule(data=st.data(), webhook=st.booleans())
    def the_same_words_are_typed_in_the_app(self, data: Any, webhook: bool) -> None:
        ref = data.draw(st.sampled_from(self.in_state("queued", "sending", "failed")))
        if not webhook or self.run(self._is_in_doubt(ref)):
            self.taken_for_it.add(ref)  # see docs/adr/0006, "What cannot be promised"
        self.run(self.avito.write_in_app(f"words of {ref}", webhook=webhook))
        self.typed.add(self.avito.truth[-1].id)

    # What must hold

    @invariant()
    def nothing_leaves_twice(self) -> None:
        sent = Counter(text for id_, text in self._at_avito() if id_ not in self.typed)
        assert not [text for text, times in sent.items() if times > 1]

    @invariant()
    def what_is_sent_stands_at_avito_and_was_sent_by_us(self) -> None:
        words = dict(self._at_avito())
        for ref, reply in self.run(self._replies()).items():
            if reply["state"] == "sent":
                assert words[reply["message_id"]] == f"words of {ref}"
                assert reply["message_id"] not in self.typed or ref in self.taken_for_it

    @invariant()
    def replies_leave_in_order(self) -> None:
        ours = [text for id_, text in self._at_avito() if id_ not in self.typed]
        in_turn = [f"words of {ref}" for ref in self.queued if ref not in self.out_of_turn]
        left = [text for text in ours if text in in_turn]
        assert left == sorted(left, key=in_turn.index)

    # How

    def in_state(self, *states: str) -> list[str]:
        return [ref for ref, reply in self.run(self._replies()).items() if reply["state"] in states]

    def _press(self, button: Literal["cancel", "retry"], ref: str) -> None:
        if self.run(press(self.redis, button, ref, self.avito.clock())) == "done":
            self.out_of_turn.add(ref)

    async def _turn(self) -> None:
        with suppress(Killed):
            await turn_of(self.avito)
        for ref, reply in (await self._replies()).items():
            if reply["state"] == "failed":
                self.out_of_turn.add(ref)

    async def _lose(self) -> None:
        await lose_tail(self.redis, self.snapshot)
        self.taken_for_it.update(self.queued)
        kept = await self._replies()
        self.queued = [ref for ref in self.queued if ref in kept]

    async def _settle(self) -> None:
        """Let all be well: every reply comes to its end, and Avito has those that did not fail."""
        self.avito.moods, self.avito.looks, self.avito.token_s = [], [], 0.0
        await deliver_all(self.avito, within_s=400.0)
        await self.avito.sleep(60.0)
        kept = await self._replies()
        assert all(reply["state"] in OVER for reply in kept.values())
        assert set(self.queued) <= kept.keys()
        self.nothing_leaves_twice()

    async def _replies(self) -> dict[str, dict[str, Any]]:
        names = [name async for name in self.redis.scan_iter(keys.reply(SELLER, "*"))]
        items = [orjson.loads(await self.redis.execute_command("HGET", name, "json")) for name in names]
        return {item["ref"]: item for item in items}

    async def _is_in_doubt(self, ref: str) -> bool:
        held = await self.redis.execute_command("HMGET", keys.reply(SELLER, ref), "state", "doubt")
        return bool(held[0] == b"sending" or held[1] == b"1")

    def _at_avito(self) -> list[tuple[str, str]]:
        return [(message.id, orjson.loads(message.content)["text"]) for message in self.avito.truth]


TestOutbox = Outbox.TestCase
TestOutbox.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
