"""GET /truth: the complete lists of Avito, without lags or faults, and the logs."""

from msgspec import ValidationError

from avito_simulator.control.story import Answer
from avito_simulator.model import Chat
from avito_simulator.simulator import Simulator

PARTS = ("chats", "subscriptions", "calls", "deliveries")


async def truth(sim: Simulator, *, parts: str = ",".join(PARTS), since: float = 0) -> Answer:
    """Return the named parts; `since` (Unix seconds) limits the logs."""
    wanted = parts.split(",")
    if unknown := set(wanted) - set(PARTS):
        known = ", ".join(PARTS)
        raise ValidationError(f"parts: unknown {', '.join(sorted(unknown))}; known: {known}")
    told: Answer = {"account_id": sim.account.id, "now": sim.clock()}
    if "chats" in wanted:
        told["chats"] = [_thread(sim, chat) for chat in sim.world.listing()]
        told["blacklist"] = sorted(sim.world.blacklist)
    if "subscriptions" in wanted:
        told["subscriptions"] = sim.wire.subscriptions(sim.delivery.urls)
    for name, log in (("calls", sim.calls), ("deliveries", sim.deliveries)):
        if name in wanted:
            told[name] = [entry for entry in log if entry["at"] >= since]
    return told


def _thread(sim: Simulator, chat: Chat) -> Answer:
    """Return a chat with all its messages, newest first, and with the buyer first in `users`."""
    written = sim.wire.chat(chat)
    written["users"].sort(key=lambda user: user["id"] == sim.account.id)
    return {
        "id": chat.id,
        "type": chat.type,
        "chat": written,
        "messages": [sim.wire.message(message) for message in sim.world.thread(chat.id)],
        "unread": sim.world.unread(chat.id),
    }
