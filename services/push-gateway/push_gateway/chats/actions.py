"""Actions on a chat besides replies: read, delete, blacklist, answered, voice. The worker calls Avito."""

import time
from secrets import token_hex
from typing import Any

import orjson
from redis.asyncio import Redis
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from push_gateway.auth.access import PATH
from push_gateway.chats.accounts import all_accounts
from push_gateway.chats.requested_chat import chat_of
from push_gateway.http.bodies import read_json
from push_gateway.http.errors import ApiError
from push_gateway.http.responses import done
from push_gateway.http.routes import ApiCall, get, post
from push_gateway.ws.protocol import LONGEST_ID
from shared.process.stored import read_or
from shared.redis import keys
from shared.redis.lua import scripts
from shared.wires import job_results, jobs, operator_actions, threads
from shared.wires.job_results import Refusal
from shared.wires.operator_actions import ActionKind, OperatorAction

MOST_ACTIONS = 1_000
_REASONS = range(1, 5)


async def post_read(call: ApiCall) -> Response:
    """Answer `POST …/read` `{"message_id"}` (the last one seen; optional): 202; an event follows."""
    account, chat_id = await chat_of(call)
    seen = await _last_seen(call.request)
    if not seen:
        newest = await call.redis.zrevrange(keys.thread(account, chat_id), 0, 0)
        seen = threads.message_id_of(newest[0]).decode(errors="replace") if newest else ""
    elif await call.redis.hget(keys.messages(account, chat_id), seen) is None:
        raise ApiError(404, "unknown_message", "There is no such message.")
    return await _request_action(call, "read", wait=False, message_id=seen)


async def post_delete(call: ApiCall) -> Response:
    """Answer `POST …/messages/{id}/delete`: 202, or why Avito refuses."""
    return await _request_action(call, "delete", message_id=call.request.path_params["message_id"])


async def post_blacklist(call: ApiCall) -> Response:
    """Answer `POST …/blacklist` `{"reason_id"}` (1 spam, 2 fraud, 3 insults, 4 other): 202, or why not."""
    reason_id = (await read_json(call.request)).get("reason_id")
    if not isinstance(reason_id, int) or isinstance(reason_id, bool) or reason_id not in _REASONS:
        raise ApiError(422, "bad_reason", "reason_id must be 1 (spam), 2 (fraud), 3 (insults) or 4 (other).")
    return await _request_action(call, "blacklist", reason_id=reason_id)


async def post_answered(call: ApiCall) -> Response:
    """Answer `POST …/answered` `{"message_id"}` (the last one seen, optional): no answer is needed."""
    seen = await _last_seen(call.request)
    account, chat_id = await chat_of(call)
    marking = scripts.mark_answered(
        account_id=account,
        chat_id=chat_id,
        chat_json=orjson.dumps(chat_id),
        now=time.time(),
        seen=seen,
    )
    if await marking.run(call.redis) != "done":
        raise ApiError(404, "unknown_message", "There is no such message.")
    return done(202)


async def get_voice(call: ApiCall) -> Response:
    """Answer `GET api/voice/{voice_id}`: a redirect to a fresh link."""
    voice_id = call.request.path_params["voice_id"]
    if len(voice_id) > LONGEST_ID or "," in voice_id:
        raise ApiError(404, "unknown_voice", "There is no such voice message.")
    refusal: ApiError | None = None
    for account in await all_accounts(call.redis):
        key = keys.voice(account, voice_id)
        url = read_or(key, await call.redis.get(key), bytes.decode, None)
        if url is not None:
            return RedirectResponse(url, 302)
        try:
            found = await ask(call.redis, jobs.FIND_VOICE, account, voice_id)
        except ApiError as error:
            refusal = error
        else:
            return RedirectResponse(str(found["url"]), 302)
    raise refusal or ApiError(404, "unknown_voice", "There is no such voice message.")


async def ask(redis: Redis, job: str, *arguments: str | int) -> dict[str, Any]:
    """Run a job in the worker and return its result; raises ApiError: its refusal, or 504 after a timeout."""
    try:
        found = await job_results.run_and_wait(redis, job, *arguments)
    except Refusal as why:
        raise ApiError(why.status, why.code, why.message) from None
    if found is None:
        raise ApiError(504, "avito_silent", "Avito does not answer. Try again.")
    return found


async def _last_seen(request: Request) -> str:
    """Return the id of the last message that the operator saw, '' when that was not said."""
    seen = (await read_json(request, optional=True)).get("message_id")
    if seen is None:
        return ""
    if not isinstance(seen, str) or len(seen) > LONGEST_ID:
        raise ApiError(422, "bad_message_id", "message_id must be the id of a message.")
    return seen


async def _request_action(call: ApiCall, kind: ActionKind, *, wait: bool = True, **more: Any) -> Response:
    redis = call.redis
    account, chat_id = await chat_of(call)
    if await redis.hlen(keys.operator_actions(account)) >= MOST_ACTIONS:
        raise ApiError(429, "too_many", "Too much waits to be done. Try again.", {"Retry-After": "10"})
    action = OperatorAction(kind, chat_id, time.time(), call.caller.operator, **more)
    action_id = token_hex(8)
    await redis.hset(keys.operator_actions(account), action_id, operator_actions.write(action))
    if not wait:
        await jobs.enqueue(redis, jobs.RUN_OPERATOR_ACTION, action_id, 0, account, action_id)
        return done(202)
    try:
        # A timeout is no refusal: the action is stored, and will be done.
        await job_results.run_and_wait(redis, jobs.RUN_OPERATOR_ACTION, account, action_id)
    except Refusal as why:
        raise ApiError(why.status, why.code, why.message) from None
    return done(202)


_CHAT = f"{PATH}api/chats/{{chat_id:path}}"
ROUTES = [
    post(f"{_CHAT}/messages/{{message_id}}/delete", "reply", post_delete, in_time=False),
    post(f"{_CHAT}/read", "reply", post_read),
    post(f"{_CHAT}/blacklist", "reply", post_blacklist, in_time=False),
    post(f"{_CHAT}/answered", "reply", post_answered),
    get(f"{PATH}api/voice/{{voice_id}}", "read", get_voice, in_time=False),
]
