"""The chat that a request is about."""

from push_gateway.chats.accounts import all_accounts
from push_gateway.http.errors import ApiError
from push_gateway.http.routes import ApiCall
from push_gateway.ws.protocol import LONGEST_ID
from shared.redis import keys


async def chat_of(call: ApiCall) -> tuple[int, str]:
    """Return account and id of the chat in the request's path; ApiError 404 when there is no such chat."""
    chat_id = call.request.path_params["chat_id"]
    if 0 < len(chat_id) <= LONGEST_ID:
        for account in await all_accounts(call.redis):
            if await call.redis.exists(keys.chat(account, chat_id)):
                return account, chat_id
    raise ApiError(404, "unknown_chat", "There is no such chat.")
