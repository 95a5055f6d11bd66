"""Replies over HTTP: texts, pictures; cancel, retry, look up."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError
from starlette.responses import Response

from push_gateway.auth.access import PATH
from push_gateway.chats import assignments
from push_gateway.chats.requested_chat import chat_of
from push_gateway.http.bodies import read_json, ref_field, words_field
from push_gateway.http.error_handlers import not_replicated
from push_gateway.http.errors import ApiError
from push_gateway.http.failover_guard import is_safe
from push_gateway.http.routes import ApiCall, get, post
from push_gateway.replies import outbox, pictures
from push_gateway.replies.outbox import ReplyAction, queue_safely
from push_gateway.replies.picture_check import BadPictureError, CheckedPicture, check
from push_gateway.replies.pictures import reading_picture
from shared.redis import keys
from shared.redis.lua.scripts import QueueReplyReply, QueueReplyVerdict
from shared.redis.replication import term_of
from shared.wires.outbox import MAX_TEXT_LENGTH, REF, NewReply

_LOG = logging.getLogger("push_gateway.replies")
_MOST_SEQ = 2**53
_LONGEST_EPOCH = 64
_FULL_FOR = {"Retry-After": "10"}


async def post_text(call: ApiCall) -> Response:
    """Answer `POST …/messages` `{"text", "ref", "seen", "epoch"}`: 202 with the outbox item.

    `seen` (optional) is the seq of the last event on the screen, `epoch` (optional) its epoch: 409 when a
    colleague replied after that. A reply written in another epoch may have been sent since.
    """
    call.gateway.authenticator.check_rate(call.request, call.caller, call.gateway.reply_rates)
    data = await read_json(call.request)
    text, ref = words_field(data, MAX_TEXT_LENGTH, "text"), ref_field(data)
    seen, epoch = _seen(data.get("seen")), _epoch(data.get("epoch"))
    account, chat_id = await chat_of(call)
    now = round(time.time(), 3)
    wish = NewReply(account, chat_id, ref, call.caller.operator, now, text=text, seen=seen, epoch=epoch)
    verdict, item = await queue_safely(call.redis, wish)
    await _take_chat(call, wish, verdict)
    return _answer(verdict, item)


async def post_image(call: ApiCall) -> Response:
    """Answer `POST …/images` (multipart `image`, `ref`, `epoch`): 202 with the outbox item.

    `epoch` (optional): as for a text.
    """
    call.gateway.authenticator.check_rate(call.request, call.caller, call.gateway.reply_rates)
    account, chat_id = await chat_of(call)
    files, loop = call.gateway.files, asyncio.get_running_loop()
    async with _room_for_upload(call), reading_picture(call.request, files) as form:
        ref, epoch = ref_field({"ref": form.ref}), _epoch(form.epoch or None)
        try:
            picture = await loop.run_in_executor(files, check, form.file, form.size)
        except BadPictureError as error:
            raise ApiError(422, "bad_picture", str(error)) from None
        now = round(time.time(), 3)
        wish = NewReply(account, chat_id, ref, call.caller.operator, now, digest=picture.digest, epoch=epoch)
        verdict, item = await _queue_picture(call.redis, wish, picture)
        await _take_chat(call, wish, verdict)
        return _answer(verdict, item)


async def _take_chat(call: ApiCall, wish: NewReply, verdict: QueueReplyVerdict) -> None:
    """Assign an unassigned chat to the operator who replies; a failure of this does not stop the reply."""
    if verdict != "queued" or call.caller.is_program:
        return
    with suppress(RedisError, OSError):
        await assignments.take_by_answering(call.redis, wish.account_id, wish.chat_id, call.caller.operator)


@asynccontextmanager
async def _room_for_upload(call: ApiCall) -> AsyncIterator[None]:
    uploads, digest = call.gateway.uploads, call.caller.digest
    if not uploads.take(digest):
        raise _full("Too many pictures are being uploaded.")
    try:
        yield
    finally:
        uploads.give_back(digest)


async def _queue_picture(redis: Redis, wish: NewReply, picture: CheckedPicture) -> QueueReplyReply:
    """Store the picture first, unless this ref has been queued before, then queue the reply."""
    kept = None
    if not await redis.exists(keys.reply(wish.account_id, wish.ref)):
        kept = await pictures.keep(redis, wish.account_id, picture, wish.at)
        if kept is None:
            raise _full("Too many pictures wait to be sent.")
        wish = replace(wish, picture=kept)
    done = await queue_safely(redis, wish)
    if kept is not None and done.verdict != "queued":
        await pictures.forget(redis, wish.account_id, kept)
    return done


async def post_retry(call: ApiCall) -> Response:
    """Answer `POST api/outbox/{ref}/retry`: 202; 409 for a reply that did not fail or can never be sent."""
    return await _cancel_or_retry(call, "retry")


async def post_cancel(call: ApiCall) -> Response:
    """Answer `POST api/outbox/{ref}/cancel`: 202; 409 for a reply that is being sent, or was.

    404 when it has not arrived, or ended long ago; if it arrives within the next hour it is cancelled.
    """
    return await _cancel_or_retry(call, "cancel")


async def get_reply(call: ApiCall) -> Response:
    """Answer `GET api/outbox/{ref}`: the state of a reply; 404 when it never arrived, or ended long ago."""
    ref = call.request.path_params["ref"]
    item = await outbox.find(call.redis, ref) if REF.fullmatch(ref) else None
    if item is None:
        raise _unknown_reply()
    return Response(item, media_type="application/json")


async def _cancel_or_retry(call: ApiCall, action: ReplyAction) -> Response:
    ref = call.request.path_params["ref"]
    if not REF.fullmatch(ref):
        raise _unknown_reply()
    term = term_of(call.redis)
    verdict, item = await outbox.cancel_or_retry(call.redis, action, ref, time.time())
    by = call.caller.operator
    _LOG.info("push_gateway.replies.pressed", extra={"button": action, "ref": ref, "by": by})
    match verdict:
        case "done":
            return Response(item, 202, media_type="application/json")
        case "wrong" if action == "cancel":
            raise ApiError(409, "wrong_state", "It is on its way already: it cannot be taken back.")
        case "wrong":
            raise ApiError(409, "wrong_state", "It did not fail, or it can never be sent.")
        case "unknown" if action == "cancel" and not await is_safe(call.redis, term):
            return not_replicated()
        case "unknown":
            raise _unknown_reply()


def _answer(verdict: QueueReplyVerdict, item: bytes) -> Response:
    match verdict:
        case "queued" | "known" | "withdrawn":
            return Response(item, 202, media_type="application/json")
        case "conflict":
            raise ApiError(409, "other_reply", "This ref belongs to another reply.")
        case "unknown":
            raise ApiError(404, "unknown_chat", "There is no such chat.")
        case "full":
            raise _full("Too many replies wait to be sent.")
        case "answered":
            who = orjson.loads(item)
            raise ApiError(409, "answered", f"{who} answered a moment ago.", more={"operator": who})


def _unknown_reply() -> ApiError:
    return ApiError(404, "unknown_reply", "There is no such reply.")


def _full(message: str) -> ApiError:
    return ApiError(429, "too_many", f"{message} Try again in a moment.", _FULL_FOR)


def _seen(value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST_SEQ):
        return value
    raise ApiError(422, "bad_seen", "seen must be the seq of an event.")


def _epoch(value: Any) -> str | None:
    if value is None or (isinstance(value, str) and 0 < len(value) <= _LONGEST_EPOCH):
        return value
    raise ApiError(422, "bad_epoch", "epoch must be the one that seen belongs to.")


ROUTES = [
    post(f"{PATH}api/chats/{{chat_id:path}}/messages", "reply", post_text),
    post(f"{PATH}api/chats/{{chat_id:path}}/images", "reply", post_image, in_time=False),
    get(f"{PATH}api/outbox/{{ref}}", "read", get_reply),
    post(f"{PATH}api/outbox/{{ref}}/retry", "reply", post_retry),
    post(f"{PATH}api/outbox/{{ref}}/cancel", "reply", post_cancel),
]
