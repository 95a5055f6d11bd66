"""One worker's turn at one chat: performs the steps that decide.py returns."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

import orjson
from redis.exceptions import RedisError

from shared.process.supervise import running, supervise
from shared.process.trace import following
from shared.redis import keys
from shared.wires import jobs
from shared.wires.read_model import stored_chat
from worker.accounts.context import AccountContext
from worker.avito.client import AvitoClient
from worker.avito.errors import AvitoError
from worker.avito.rate_limit import Priority
from worker.messages.commit import Change, commit
from worker.messages.counters import REPLIES
from worker.messages.kinds import fingerprint
from worker.messages.match import picture_words
from worker.messages.message import Message
from worker.outbox.attempt import PREPARE_WITHIN_S, Attempt, NotBegunError
from worker.outbox.automatic import is_moot
from worker.outbox.box import LEASE_S, Box, ReplyFields
from worker.outbox.decide import (
    Outcome,
    Refused,
    Step,
    Transition,
    Wait,
    after_check,
    after_failed_check,
    after_send,
    after_upload,
    give_up,
    is_last_check,
    next_step,
)
from worker.outbox.outcome import outcome_of
from worker.outbox.reply import Reply, find_message

log = logging.getLogger("worker.outbox")

PATIENCE_S = 1.0
SHORT_WAIT_S = 2.5
TURN_S = 20.0
UPLOAD_WITHIN_S = 50.0
PAGES = 3

Sleep = Callable[[float], Awaitable[None]]


@dataclass(slots=True)
class ChatTurn:
    """One turn at one chat. `sleep` and `chance` are there for tests to replace."""

    account: AccountContext
    box: Box
    sleep: Sleep = asyncio.sleep
    chance: Callable[[], float] = random.random

    async def run(self) -> float | None:
        """Go on until nothing is left (None), or until another turn is due after so many seconds.

        A turn that did nothing but find a reply waiting asks for no other turn: the turn that put the reply
        off has asked for one, and jobs would multiply.
        """
        ends = asyncio.get_running_loop().time() + TURN_S
        acted = False
        async with self._lease():
            while True:
                reply = await self.box.take(self.account.clock())
                if not isinstance(reply, Reply):
                    return None
                now = self.account.clock()
                step = next_step(reply, now)
                if isinstance(step, Wait):
                    pause = max(0.0, step.until - now)
                    if pause > SHORT_WAIT_S:
                        return pause if acted or reply.until <= now else None
                    await self.sleep(pause)
                else:
                    with following(reply.ref):
                        await self._perform(step, reply)
                    acted = True
                if step == "upload" or asyncio.get_running_loop().time() > ends:
                    return 0.0

    async def _perform(self, step: Step, reply: Reply) -> None:
        match step:
            case "upload":
                await self._upload(reply)
            case "send":
                await self._attempt(reply)
            case "check":
                await self._check(reply)
            case _:
                await self._apply(reply, give_up(reply, self.account.clock()))

    async def _attempt(self, reply: Reply) -> None:
        now = self.account.clock()
        if reply.automatic and await self._is_moot(reply, now):
            await self.box.withdraw(reply, now)
            return
        scope = asyncio.timeout(PREPARE_WITHIN_S)
        attempt = Attempt(self.box, reply, self.account.clock, scope)
        try:
            async with scope:
                message = await self._send(attempt)
        except NotBegunError:
            return
        except (AvitoError, TimeoutError) as error:
            transition = after_send(
                attempt.reply, attempt.outcome(error), self.account.clock(), self.chance()
            )
            log.warning("worker.outbox.unsent", extra=_extra(attempt.reply) | {"reason": str(error)})
            await self._apply(attempt.reply, transition)
        else:
            await self._sent(reply, message, sure=True)

    async def _is_moot(self, reply: Reply, now: float) -> bool:
        key = keys.chat(self.box.account_id, reply.chat_id)
        async with self.account.redis.pipeline(transaction=True) as pipe:
            pipe.hget(key, "json")
            pipe.llen(keys.outbox(self.box.account_id, reply.chat_id))
            chat, waiting = await pipe.execute()
        since = stored_chat(key, chat).get("unanswered_since")
        return is_moot(reply.queued, now, since, waiting - 1)

    async def _send(self, attempt: Attempt) -> Message:
        reply = attempt.reply
        avito = self.account.avito.at(Priority.REPLY, PATIENCE_S, attempt.leave)
        log.info("worker.outbox.try", extra=_extra(reply))
        if reply.kind == "image":
            return await avito.send_image(reply.chat_id, reply.image)
        message = await avito.send_text(reply.chat_id, reply.text)
        if message.content_fp:
            return message
        content = {"text": reply.text}
        return replace(message, content=orjson.dumps(content), content_fp=fingerprint("text", content))

    async def _check(self, reply: Reply) -> None:
        asked = self.account.clock()
        try:
            found = await self._find(reply, asked)
        except AvitoError as error:
            transition = after_failed_check(reply, outcome_of(error), self.account.clock(), self.chance())
            await self._apply(reply, transition)
            return
        if found is None or not await self._sent(reply, found, sure=False):
            await self._apply(reply, after_check(reply, asked, self.chance()))

    async def _find(self, reply: Reply, asked: float) -> Message | None:
        thread = await self._thread_since(reply)
        own = [message.id for message in thread if message.ours]
        claimed = await self.box.claimed(own)
        likely = is_last_check(reply, asked) and not reply.restored  # an operator is asked instead
        found = find_message(reply, thread, claimed, last=likely)
        log.info("worker.outbox.looked", extra=_extra(reply) | {"found": found.id if found else None})
        return found

    async def _thread_since(self, reply: Reply) -> list[Message]:
        """Read the thread back to before the first attempt."""
        thread: list[Message] = []
        offset = 0
        for _ in range(PAGES):
            page = await self._avito.messages(reply.chat_id, offset=offset)
            thread += page.messages
            offset += page.rows
            oldest = min((message.created for message in page.messages), default=0.0)
            if not page.more or oldest < (reply.first or 0.0):
                break
        return thread

    async def _sent(self, reply: Reply, message: Message, *, sure: bool) -> bool:
        """Commit message and reply together; False when the message is another reply's."""
        own = replace(message, own=b'{"operator":%b}' % reply.by)
        change = Change(self.box.account_id, reply.chat_id, (own,), "reply", reply=reply.ref, sure=sure)
        done = await commit(self.account.redis, change, self.account.clock(), self.account.keep)
        if done.needs_recheck:
            await jobs.enqueue(self.account.redis, jobs.RECHECK_CHAT, self.box.account_id, reply.chat_id)
        if not done.is_reply:
            return False
        REPLIES.labels("sent").inc()
        log.info("worker.outbox.sent", extra=_extra(reply) | {"message_id": message.id, "sure": sure})
        return True

    async def _upload(self, reply: Reply) -> None:
        picture = await self.box.picture(reply.picture)
        if picture is None:
            await self._upload_failed(reply, Refused("picture_gone"))
            return
        if not await self.box.change(reply, {"progress": "0"}, self.account.clock()):
            return
        try:
            async with asyncio.timeout(UPLOAD_WITHIN_S):
                uploaded = await self._avito.upload_image(picture)
        except (AvitoError, TimeoutError) as error:
            log.warning("worker.outbox.not_uploaded", extra=_extra(reply) | {"reason": str(error)})
            outcome = outcome_of(error)
            if isinstance(outcome, Refused) and outcome.code == "bad_request":
                outcome = replace(outcome, code="bad_picture")
            await self._upload_failed(reply, outcome)
            return
        words = picture_words(uploaded.sizes.values())
        fields: ReplyFields = {"image": uploaded.image_id, "match": words, "progress": "1"}
        await self.box.change(reply, fields, self.account.clock())

    async def _upload_failed(self, reply: Reply, outcome: Outcome) -> None:
        await self._apply(reply, after_upload(reply, outcome, self.account.clock(), self.chance()))

    async def _apply(self, reply: Reply, transition: Transition) -> None:
        changed = await self.box.apply(reply, transition, self.account.clock())
        if changed and transition.state == "failed":
            code = transition.trouble.code if transition.trouble else "unknown"
            REPLIES.labels(code).inc()
            log.warning("worker.outbox.failed", extra=_extra(reply) | {"code": code})

    @property
    def _avito(self) -> AvitoClient:
        return self.account.avito.at(Priority.REPLY, PATIENCE_S)

    @asynccontextmanager
    async def _lease(self) -> AsyncIterator[None]:
        """Renew the lease for as long as this turn lasts, then release it."""
        try:
            async with running(supervise(log, "turn_lease", self._renew)):
                yield
        finally:
            with suppress(RedisError, OSError):
                await self.box.release()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE_S / 4)
            await self.box.renew()


def _extra(reply: Reply) -> dict[str, object]:
    return {"chat": reply.chat_id, "ref": reply.ref, "try": reply.tries}
