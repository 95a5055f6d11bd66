"""GET /truth: the complete lists of Avito, without lags or faults, and the logs."""

from msgspec import ValidationError
from starlette.requests import Request
from starlette.routing import Route

from avito_simulator.control.handle import Answer, get
from avito_simulator.control.story import chat_json, message_json
from avito_simulator.model import Chat
from avito_simulator.simulator import Simulator
from avito_simulator.world import ChatQuery

PARTS = ("chats", "subscriptions", "calls", "deliveries")


def routes(sim: Simulator) -> list[Route]:
    """Return the route: `?parts=chats,calls` selects parts, `?since=` (Unix seconds) limits the logs."""

    async def truth(request: Request) -> Answer:
        parts = request.query_params.get("parts", ",".join(PARTS)).split(",")
        if unknown := set(parts) - set(PARTS):
            known = ", ".join(PARTS)
            raise ValidationError(f"parts: unknown {', '.join(sorted(unknown))}; known: {known}")
        since = _since(request)
        told: Answer = {"account_id": sim.account.id, "now": sim.clock()}
        if "chats" in parts:
            told["chats"] = [_thread(sim, chat) for chat in sim.world.listing(ChatQuery())]
            told["blacklist"] = sorted(sim.world.blacklist)
        if "subscriptions" in parts:
            told["subscriptions"] = sim.subscriptions.as_json()
            told["disabled"] = sim.subscriptions.disabled
        if "calls" in parts:
            told["calls"] = sim.calls.since(since)
            told["calls_total"] = sim.calls.total
        if "deliveries" in parts:
            told["deliveries"] = sim.deliveries.since(since)
            told["deliveries_total"] = sim.deliveries.total
        return told

    return [get("/truth", truth)]


def _thread(sim: Simulator, chat: Chat) -> Answer:
    """Return a chat with all its messages, newest first, and with the buyer first in `users`."""
    written = chat_json(sim, chat)
    written["users"].sort(key=lambda user: user["id"] == sim.account.id)
    return {
        "id": chat.id,
        "type": chat.type,
        "chat": written,
        "messages": [message_json(sim, message) for message in sim.world.thread(chat.id)],
        "unread": sim.world.unread(chat.id),
    }


def _since(request: Request) -> float:
    try:
        return float(request.query_params.get("since", "0"))
    except ValueError:
        raise ValidationError("since: must be Unix seconds") from None
