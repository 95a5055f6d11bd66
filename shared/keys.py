"""Every Redis key, in one place. Docstrings say: type · who writes · who reads · how long it lives."""

PREFIX = "avito"

STATE = f"{PREFIX}:state"
"""Hash epoch, seq, run_id · scripts in shared/lua · everyone · for ever."""

JOURNAL = f"{PREFIX}:journal"
"""Stream, id `<seq>-0`, field `e` = event JSON · commit scripts · gateway · 50,000 events or 48 h."""

EVENTS = f"{PREFIX}:events"
"""Pub/sub channel, see shared/events.py · commit scripts, gateway, worker · gateway."""

INBOX = f"{PREFIX}:inbox"
"""Stream of proven webhooks, see shared/inbox.py · ingest · worker intake · until committed."""

INBOX_GROUP = "intake"
"""The consumer group of INBOX and of HINTS."""

HINTS = f"{PREFIX}:hints"
"""Stream of unproven webhooks · ingest · worker · newest 1,000."""

DEAD = f"{PREFIX}:dead"
"""Stream of entries nobody could commit, with reasons · worker · scripts · 10,000 or 30 days."""

TRIES = f"{PREFIX}:tries"
"""Hash inbox entry id -> failed tries · worker · worker · until committed or dead."""

COUNTERS = f"{PREFIX}:counters"
"""Hash name -> count since the beginning, see shared/status.py · everyone · status · for ever."""

FACTS = f"{PREFIX}:facts"
"""Hash of what is true now (mode, last webhook, ...), see shared/status.py · worker · everyone · for ever."""

SWITCHES = f"{PREFIX}:switches"
"""List of JSON, newest first: mode switches · worker · status · newest 50."""

ACCOUNTS = f"{PREFIX}:accounts"
"""Set of account ids · worker · gateway · for ever."""

AVITO_BUDGET = f"{PREFIX}:budget"
"""Hash: the shared call budget · worker, scripts · the same · seconds."""

OPERATORS = f"{PREFIX}:operators"
"""Hash name -> JSON (argon2 hash, role, ...) · gateway, scripts · the same · for ever."""

DEMO = f"{PREFIX}:demo"
"""A mark: all that is here belongs to the demo · scripts/run.py · the same · until a real account comes."""

ARQ_QUEUE = f"{PREFIX}:jobs"
"""arq's sorted set of job ids · gateway, worker · worker · until run."""

ARQ_WAKE = f"{PREFIX}:jobs:wake"
"""List of wake tokens · whoever enqueues · worker · seconds."""


def alive(part: str, name: str) -> str:
    """JSON heartbeat of one process of `part` · itself · status · expires in seconds."""
    return f"{PREFIX}:alive:{part}:{name}"


def lease(work: str) -> str:
    """Owner token: who alone does `work` · worker · worker · a renewed TTL."""
    return f"{PREFIX}:lease:{work}"


def session(digest: str) -> str:
    """Hash of one login, by the HMAC of its cookie · gateway · gateway · a sliding TTL."""
    return f"{PREFIX}:session:{digest}"


def sessions_of(operator: str) -> str:
    """Set of session digests of an operator · gateway · gateway, scripts · as its sessions."""
    return f"{PREFIX}:sessions:{operator}"


def tries_of(what: str) -> str:
    """Counter of tries (login by address, by name) · gateway · gateway · minutes."""
    return f"{PREFIX}:limit:{what}"


def token(account_id: int) -> str:
    """Avito access token · worker, scripts · the same · as long as Avito says."""
    return f"{PREFIX}:{account_id}:token"


def chats(account_id: int) -> str:
    """Sorted set chat id by `updated` · commit · gateway, sweep · 5,000 chats, 180 days."""
    return f"{PREFIX}:{account_id}:chats"


def unread(account_id: int) -> str:
    """Sorted set of chats with unread messages, by `updated` · commit · gateway · as the chat."""
    return f"{PREFIX}:{account_id}:unread"


def unanswered(account_id: int) -> str:
    """Sorted set of unanswered chats, by `unanswered_since` · commit · gateway · as the chat."""
    return f"{PREFIX}:{account_id}:unanswered"


def chat(account_id: int, chat_id: str) -> str:
    """Hash: the chat as shown (`json`) and its marks, see lua/_chat.lua · commit · gateway · as the chat."""
    return f"{PREFIX}:{account_id}:chat:{chat_id}"


def thread(account_id: int, chat_id: str) -> str:
    """Sorted set `<rank><message id>` by `created` · commit · gateway · newest KEEP_MESSAGES."""
    return f"{PREFIX}:{account_id}:thread:{chat_id}"


def messages(account_id: int, chat_id: str) -> str:
    r"""Hash message id -> `header\nJSON`, see lua/_message.lua · commit · gateway · as the thread."""
    return f"{PREFIX}:{account_id}:messages:{chat_id}"


def waiting(account_id: int, chat_id: str) -> str:
    """Sorted set of buyer's messages that may be unread or unanswered · commit · commit · until answered."""
    return f"{PREFIX}:{account_id}:waiting:{chat_id}"


def outbox(account_id: int, chat_id: str) -> str:
    """List of refs of replies on their way, in order · gateway, worker · the same · until they end."""
    return f"{PREFIX}:{account_id}:outbox:{chat_id}"


def enrich(account_id: int) -> str:
    """Sorted set of chats without buyer and item, by when noticed · commit · worker · until enriched."""
    return f"{PREFIX}:{account_id}:enrich"


def unproved(account_id: int) -> str:
    """Sorted set `<chat id> <message id>` that only a sweep found, by when · commit · worker · minutes."""
    return f"{PREFIX}:{account_id}:unproved"
