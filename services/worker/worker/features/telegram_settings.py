"""Which bot writes to which chat of Telegram, read from the environment."""

from dataclasses import dataclass, field

from shared.settings import Environment

_PREFIX = "Avito Live: "
_INCOMPLETE = (
    "TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID (or TELEGRAM_FORWARD_CHAT_ID) go together: both or none"
)


@dataclass(frozen=True, slots=True)
class TelegramChat:
    """A bot and the chat it writes to; `prefix` stands before each text."""

    api_url: str
    token: str = field(repr=False)
    chat_id: str
    prefix: str = _PREFIX


def read_telegram(environment: Environment, chat: str, prefix: str = _PREFIX) -> TelegramChat | None:
    """Return the bot that writes to the chat in the variable `chat`; None without a bot or this chat."""
    token = environment.text("TELEGRAM_BOT_TOKEN")
    chats = {name: environment.text(name) for name in ("TELEGRAM_CHAT_ID", "TELEGRAM_FORWARD_CHAT_ID")}
    if bool(token) != any(chats.values()):
        environment.problems.append(_INCOMPLETE)
    if not (token and chats[chat]):
        return None
    return TelegramChat(environment.web_address("TELEGRAM_API_URL").rstrip("/"), token, chats[chat], prefix)
