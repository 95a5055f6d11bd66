"""Every Redis key and channel. This is the only file that knows where a key lies.

Each docstring says: type and content · who writes it · who reads it · how long it lives. `commit` is
lua/commit.lua and the scripts that share its parts. Names in code say what a key holds; the keys themselves
keep the names that they were given first. For what a restore does with each key, see
scripts/avito_live/backups/restore_policy.py.
"""

from collections.abc import Callable

PREFIX = "avito"


def _of_account(name: str) -> Callable[[int], str]:
    def key(account_id: int) -> str:
        return f"{PREFIX}:{account_id}:{name}"

    return key


def _of_chat(name: str) -> Callable[[int, str], str]:
    def key(account_id: int, chat_id: str) -> str:
        return f"{PREFIX}:{account_id}:{name}:{chat_id}"

    return key


# --- The state of the system and the journal of its events ---

STATE = f"{PREFIX}:state"
"""Hash: epoch, seq, at, run_id, mark, layout, met, notices (_notice.lua), `journaled` and `notes` (bytes of
all events ever and of all notes: _journal.lua, _notes.lua) · Lua scripts · all services · kept."""

JOURNAL = f"{PREFIX}:journal"
"""Stream, id `<seq>-0`, field `e`: event as JSON · commit · gateway, worker · 50,000, 64 MiB, 48 hours."""

EVENTS = f"{PREFIX}:events"
"""Pub/sub channel of events (shared/redis/journal.py) · commit, gateway, worker · gateway."""

FORWARDING_POSITION = f"{PREFIX}:forwarded"
"""String: forwarding's position in the journal, of 0.1 · none · worker · until it is carried over."""

COUNTERS = f"{PREFIX}:counters"
"""Hash: name -> count since the beginning · all services · status · kept."""

FACTS = f"{PREFIX}:facts"
"""Hash: what is true now, as the mode (shared/status_facts.py) · worker, scripts · all services · kept."""

SWITCHES = f"{PREFIX}:switches"
"""List of JSON, newest first: switches of the mode · worker · status · the newest 50."""

ACCOUNTS = f"{PREFIX}:accounts"
"""Set of account ids · worker · all services · kept."""

DEMO = f"{PREFIX}:demo"
"""String: a mark that a demo filled this Redis · `make run` · itself · until `make run` with Avito keys."""

journal_positions = _of_account("positions")
"""Hash: follower -> its position in the journal, `<epoch> <seq>` · worker · itself · kept."""

coach_position = _of_account("coached")
"""String: the coach's position in the journal, of 0.1 · none · worker · until it is carried over."""

# --- Webhooks on their way in ---

INBOX = f"{PREFIX}:inbox"
"""Stream of proven webhooks (shared/wires/inbox.py) · ingest · worker · until committed."""

INBOX_GROUP = "intake"
"""The consumer group of INBOX and of UNVERIFIED."""

UNVERIFIED = f"{PREFIX}:hints"
"""Stream of unverified webhooks, as the inbox · ingest · worker · the newest 1,000."""

DEAD = f"{PREFIX}:dead"
"""Stream of dead letters: inbox entries that could not be committed · worker · scripts · 10,000, 30 days."""

DEAD_NOTES = f"{PREFIX}:answer:dead"  # like the next, in the rights of an older users.acl
"""Hash: what is noted of dead letters, see lua/dead_letter.lua · worker · all services · as the letter."""

DEAD_ASKED = f"{PREFIX}:jobs:dead"
"""Hash: dead letter -> chats and messages that it names, as JSON · worker · itself · until Avito answered."""

COMMIT_ATTEMPTS = f"{PREFIX}:tries"
"""Hash: inbox entry id -> failed attempts to commit it · worker · worker · until committed or dead."""

CANARY_TURN = f"{PREFIX}:canary"
"""String: the ingest that sent the last canary · ingest · ingest · two seconds."""

TRIAL_WRITE = f"{PREFIX}:trial"
"""String, written to learn whether Redis takes writes · ingest · not read · a second."""

ROTATION = f"{PREFIX}:rotation"
"""Hash: change of the secret (shared/accounts/webhook_secrets.py) · scripts · ingest, worker · kept."""

unverified_messages = _of_account("hinted")
"""Sorted set `<chat id> <message id>` of unverified webhooks by arrival · worker · itself · 1,000."""

# --- The read model: chats and their threads ---

chats = _of_account("chats")
"""Sorted set of chat ids by `updated` · commit · gateway, worker · 5,000 chats, 180 days."""

unread = _of_account("unread")
"""Sorted set of chats with unread messages, by `updated` · commit · gateway · as the chat."""

unanswered = _of_account("unanswered")
"""Sorted set of unanswered chats, by `unanswered_since` · commit · gateway · as the chat."""

unassigned = _of_account("free")
"""Sorted set of chats without an owner, by `updated` · commit, gateway · gateway · as the chat."""


def assigned(account_id: int, operator: str) -> str:
    """Sorted set of an operator's chats ('': prefix), by `updated` · commit, gateway · gateway · as chat."""
    return f"{PREFIX}:{account_id}:owned:{operator}"


chat = _of_chat("chat")
"""Hash: the chat as shown and its marks (lua/_chat.lua) · commit · gateway, worker · as in chats."""

thread = _of_chat("thread")
"""Sorted set `<rank><message id>` by `created` · commit · gateway, worker · the newest KEEP_MESSAGES."""

messages = _of_chat("messages")
r"""Hash: message id -> `header\nJSON` (lua/_message.lua) · commit · gateway, worker · as the thread."""

waiting = _of_chat("waiting")
"""Sorted set of buyer's messages that may be unread or unanswered · commit · commit · until answered."""

dismissed = _of_chat("dismissed")
"""Sorted set of message ids: no answer is needed up to there · gateway · commit, coach · newest 50."""

floors = _of_account("floors")
"""Sorted set of pruned chats ('': all others) by their floor · prune · commit · the newest 20,000."""


def forgotten(tombstone: str) -> str:
    """String: when a chat was forgotten (shared/wires/forgotten.py) · scripts · commit, worker · kept."""
    return f"{PREFIX}:forgotten:{tombstone}"


# --- Search ---

search_words = _of_account("words")
"""Hash: chat id -> words of its messages (shared/search_words.py) · worker · gateway · as the chat."""

search_words_changed = _of_account("words-changed")
"""Sorted set of chats by the number of their words' last change · worker · gateway · as the chat."""

search_changes = _of_account("words-place")
"""Hash: `changes`, the number of the last change of a chat's words · worker · itself · kept."""

# --- Replies on their way out ---

OUTBOX_WAITING = f"{PREFIX}:outbox:waiting"
"""Sorted set `<account>/<ref>` by when queued · gateway, worker · status, gateway · until the reply ends."""

PICTURES = f"{PREFIX}:pictures"
"""Sorted set `<picture id> <bytes>` by expiry: space taken by pictures · gateway · gateway · a day."""

outbox = _of_chat("outbox")
"""List of refs of a chat's queued replies, in order · gateway, worker · the same · until they end."""

to_deliver = _of_account("deliver")
"""Sorted set of chats with replies to send, by when to go on · gateway, worker · worker · as those."""


def reply(account_id: int, ref: str) -> str:
    """Hash: one reply (ref '': prefix), lua/_outbox.lua · gateway, worker · both · 7 days (cancelled 1 h)."""
    return f"{PREFIX}:{account_id}:reply:{ref}"


failed = _of_chat("failed")
"""Sorted set of refs of failed replies, by when · gateway, worker · gateway · the newest 20, 7 days."""

withdrawn = _of_account("withdrawn")
"""Sorted set of refs withdrawn before they came, by when · gateway · queue_reply · an hour, 10,000."""

claims = _of_chat("claims")
"""Sorted set of message ids known to be replies of ours, by when · commit · worker · 8 days."""


def picture(account_id: int, picture_id: str) -> str:
    """List of the chunks of a picture to be sent · gateway · worker · until sent, at most a day."""
    return f"{PREFIX}:{account_id}:picture:{picture_id}"


# --- Calls to Avito ---

AVITO_RATE_LIMIT = f"{PREFIX}:budget"
"""Hash: rate limit and circuit breaker of all workers · worker, scripts · the same · two hours."""

token = _of_account("token")
"""String: Avito's access token · worker, scripts · the same · as long as Avito says."""

operator_actions = _of_account("errands")
"""Hash: id -> JSON of an operator's action to tell Avito of · gateway, worker · worker · until done."""


def voice(account_id: int, voice_id: str) -> str:
    """String: link to a voice message · worker · gateway, worker · half an hour."""
    return f"{PREFIX}:{account_id}:voice:{voice_id}"


def older_messages(account_id: int, chat_id: str, place: str) -> str:
    """String: JSON page of messages older than we hold, by cursor · worker · gateway, worker · a minute."""
    return f"{PREFIX}:{account_id}:history:{chat_id}:{place}"


# --- Sweeps: Avito's lists against ours ---

sweep = _of_account("sweep")
"""Hash: when sweeps ran, the first import began, the last rule of notices · worker · worker · kept."""

sweep_requested = _of_account("sweep:asked")
"""String: when an early sweep was requested (Unix s) · worker · worker · until it begins."""

verified = _of_account("verified")
"""Hash: chat id -> what the last sweep verified of it · worker · worker · 5,000 chats."""

to_import = _of_account("import")
"""Sorted set of chats that the first import has to read, by `updated` · worker · worker · until read."""

to_enrich = _of_account("enrich")
"""Sorted set of chats without buyer and item, by when noticed · commit · worker · until enriched."""

to_recheck = _of_account("recheck")
"""Hash: chat id -> token of a chat that must be read again · commit, worker · worker · until read."""

rechecked = _of_chat("rechecked")
"""String: this chat was read for a recheck a moment ago · worker · itself · seconds."""

refreshed = _of_chat("refreshed")
"""String: a mark that the chat's newest page was just read · worker · worker · 15 seconds."""

found_by_sweep = _of_account("unproved")
"""Sorted set `<chat id> <message id>` no webhook brought yet, by when · commit · worker · minutes."""

missed_webhooks = _of_account("misses")
"""Sorted set `<chat id> <message id>` judged to have no webhook, by when · worker · worker · minutes."""

# --- Jobs of the worker, by queue ---

REQUESTS_QUEUE = f"{PREFIX}:jobs"
"""arq's sorted set of operators' requests (shared/wires/jobs.py) · gateway, worker · worker · until run."""

REPLIES_QUEUE = f"{PREFIX}:jobs:replies"
"""The same for replies to send · gateway, worker · worker · until run."""

RECHECKS_QUEUE = f"{PREFIX}:jobs:doubts"
"""The same for chats that must be read again · worker · worker · until run."""

ENRICHMENT_QUEUE = f"{PREFIX}:jobs:enrichment"
"""The same for chats without buyer and item · worker · worker · until run."""

REQUESTS_WAKE = f"{PREFIX}:jobs:wake"
"""List of tokens that wake a worker for operators' requests · gateway, worker · worker · seconds."""

REPLIES_WAKE = f"{PREFIX}:jobs:replies:wake"
"""The same for replies."""

RECHECKS_WAKE = f"{PREFIX}:jobs:doubts:wake"
"""The same for chats that must be read again."""

ENRICHMENT_WAKE = f"{PREFIX}:jobs:enrichment:wake"
"""The same for chats without buyer and item."""


def job_result(ask_id: str) -> str:
    """List of one item: the JSON result that a request waits for · worker · gateway · half a minute."""
    return f"{PREFIX}:answer:{ask_id}"


# --- Processes ---


def heartbeat(part: str, name: str) -> str:
    """String: JSON heartbeat of one process of a service · itself · all services · seconds."""
    return f"{PREFIX}:alive:{part}:{name}"


def process_names(part: str) -> str:
    """Set of a service's process names (wires/heartbeat.py) · themselves · all services · until dead."""
    return f"{PREFIX}:parts:{part}"


def lease(work: str) -> str:
    """String: token of the process that alone does this work · worker · worker · a renewed TTL."""
    return f"{PREFIX}:lease:{work}"


# --- Access: operators, tokens, sessions ---

OPERATORS = f"{PREFIX}:operators"
"""Hash: name -> JSON of an operator (argon2 hash, role, ...) · gateway, scripts · the same · kept."""

TOKENS = f"{PREFIX}:tokens"
"""Hash: id -> JSON of an integrator's token (digest, scope, ...) · gateway, scripts · the same · kept."""

TOKENS_USED = f"{PREFIX}:tokens:used"
"""Hash: token id -> when it was last used (Unix s) · gateway · gateway · as the token."""

ACCESS_ENDED = f"{PREFIX}:access-ended"
"""Hash: `<what> <who>` -> when it was revoked (wires/revocations.py) · gateway, scripts · scripts · kept."""

OPTIONS = f"{PREFIX}:options"
"""Hash: name -> value of the owner's options for all operators · gateway · gateway, worker · kept."""


def session(digest: str) -> str:
    """Hash of one login, by the HMAC of its cookie · gateway · gateway · a sliding TTL."""
    return f"{PREFIX}:session:{digest}"


def sessions_of(operator: str) -> str:
    """Set of an operator's session digests · gateway · gateway · as its sessions."""
    return f"{PREFIX}:sessions:{operator}"


def login_attempts(what: str) -> str:
    """Hash of login attempts by address or name (lua/take_login_attempt.lua) · gateway · itself · minutes."""
    return f"{PREFIX}:limit:{what}"


# --- Features ---

QUICK_REPLIES = f"{PREFIX}:quick-replies"
"""Hash: id -> JSON of a quick reply (folder, name, text, version) · gateway · gateway · until removed."""

WORKING_HOURS = f"{PREFIX}:hours"
"""String: JSON of the working hours (shared/working_hours/hours.py) · gateway · gateway, worker · kept."""

ALERTS_SENT = f"{PREFIX}:told"
"""Hash: cause -> when the owner was alerted to it · worker · worker · until the cause ends."""

notes = _of_chat("notes")
"""Hash: note id -> JSON of a note that only operators see · gateway · gateway · as the chat."""

first_answers = _of_account("answers")
"""Hash: `<chat id> <message id>` -> value (wires/first_answers.py) · worker · gateway · as those."""

first_answer_times = _of_account("answered")
"""Sorted set of first_answers' fields, by when the wait began · worker · gateway · 100,000, 400 days."""
