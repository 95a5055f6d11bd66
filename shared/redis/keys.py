"""Every Redis key, in one place. Docstrings say: type · who writes · who reads · how long it lives.

What a restore does with each is said in scripts/backups/restore_policy.py.
"""

PREFIX = "avito"

STATE = f"{PREFIX}:state"
"""Hash epoch, seq, run_id, layout, met (lua/_outbox.lua) · scripts in redis/lua · everyone · for ever."""

JOURNAL = f"{PREFIX}:journal"
"""Stream, id `<seq>-0`, field `e` = event JSON · commit scripts · gateway · 50,000 events or 48 h."""

EVENTS = f"{PREFIX}:events"
"""Pub/sub channel, see shared/redis/journal.py · commit scripts, gateway, worker · gateway."""

INBOX = f"{PREFIX}:inbox"
"""Stream of proven webhooks, see shared/wires/inbox.py · ingest · worker intake · until committed."""

INBOX_GROUP = "intake"
"""The consumer group of INBOX and of HINTS."""

UNVERIFIED = f"{PREFIX}:hints"
"""Stream of unproven webhooks · ingest · worker · newest 1,000."""

DEAD = f"{PREFIX}:dead"
"""Stream of entries nobody could commit, with reasons · worker · scripts · 10,000 or 30 days."""

COMMIT_ATTEMPTS = f"{PREFIX}:tries"
"""Hash inbox entry id -> failed tries · worker · worker · until committed or dead."""

COUNTERS = f"{PREFIX}:counters"
"""Hash name -> count since the beginning, see shared/status.py · everyone · status · for ever."""

FACTS = f"{PREFIX}:facts"
"""Hash of what is true now (mode, last webhook, ...), see shared/status.py · worker · everyone · for ever."""

SWITCHES = f"{PREFIX}:switches"
"""List of JSON, newest first: mode switches · worker · status · newest 50."""

ACCOUNTS = f"{PREFIX}:accounts"
"""Set of account ids · worker · gateway · for ever."""

AVITO_RATE_LIMIT = f"{PREFIX}:budget"
"""Hash: the shared call budget · worker, scripts · the same · seconds."""

OPERATORS = f"{PREFIX}:operators"
"""Hash name -> JSON (argon2 hash, role, ...) · gateway, scripts · the same · for ever."""

TOKENS = f"{PREFIX}:tokens"
"""Hash id -> JSON of an integrator's token (digest, scope, ...) · gateway, scripts · the same · for ever."""

ACCESS_ENDED = f"{PREFIX}:access-ended"
"""Hash `<what> <who>` -> when it ended (wires/access_ended.py) · gateway, scripts · scripts · for ever."""

OPTIONS = f"{PREFIX}:options"
"""Hash name -> value: what the owner chose for everybody · gateway · gateway · for ever."""

TOKENS_USED = f"{PREFIX}:tokens:used"
"""Hash token id -> when it was last used (Unix s) · gateway · gateway, scripts · as the token."""

QUICK_REPLIES = f"{PREFIX}:quick-replies"
"""Hash id -> JSON of a ready answer (folder, name, text, version) · gateway · gateway · until removed."""

OUTBOX_WAITING = f"{PREFIX}:outbox:waiting"
"""Sorted set `<account>/<ref>` by when queued · gateway, worker · status · until the reply ends."""

CANARY_TURN = f"{PREFIX}:canary"
"""Name of the ingest that sent the last canary · ingest · ingest · two seconds."""

TRIAL_WRITE = f"{PREFIX}:trial"
"""A string written only to learn that Redis takes writes · ingest · nobody · a second."""

DEMO = f"{PREFIX}:demo"
"""A mark: a demo filled this Redis first · scripts/run.py · the same · until `make run` with keys."""

PICTURES = f"{PREFIX}:pictures"
"""Sorted set `<picture id> <bytes>` by when it expires: what pictures take up · gateway · gateway · a day."""

REQUESTS_QUEUE = f"{PREFIX}:jobs"
"""arq's sorted set of jobs: operators' requests (wires/jobs.py) · gateway, worker · worker · until run."""

REPLIES_QUEUE = f"{PREFIX}:jobs:replies"
"""The same of replies to send · gateway, worker · worker · until run."""

RECHECKS_QUEUE = f"{PREFIX}:jobs:doubts"
"""The same of chats in doubt · worker · worker · until run."""

ENRICHMENT_QUEUE = f"{PREFIX}:jobs:enrichment"
"""The same of chats without buyer and item · worker · worker · until run."""

REQUESTS_WAKE = f"{PREFIX}:jobs:wake"
"""List of wake tokens of operators' requests · whoever enqueues · worker · seconds."""

REPLIES_WAKE = f"{PREFIX}:jobs:replies:wake"
"""The same of replies."""

RECHECKS_WAKE = f"{PREFIX}:jobs:doubts:wake"
"""The same of chats in doubt."""

ENRICHMENT_WAKE = f"{PREFIX}:jobs:enrichment:wake"
"""The same of chats without buyer and item."""


def heartbeat(part: str, name: str) -> str:
    """JSON heartbeat of one process of `part` · itself · status · expires in seconds."""
    return f"{PREFIX}:alive:{part}:{name}"


def process_names(part: str) -> str:
    """Set of names that had a heartbeat · alive.beat · alive.living · until found dead."""
    return f"{PREFIX}:parts:{part}"


def forgotten(tombstone: str) -> str:
    """When a chat was forgotten on request (wires/forgotten.py) · scripts · commit, sweep · for ever."""
    return f"{PREFIX}:forgotten:{tombstone}"


def lease(work: str) -> str:
    """Owner token: who alone does `work` · worker · worker · a renewed TTL."""
    return f"{PREFIX}:lease:{work}"


def session(digest: str) -> str:
    """Hash of one login, by the HMAC of its cookie · gateway · gateway · a sliding TTL."""
    return f"{PREFIX}:session:{digest}"


def sessions_of(operator: str) -> str:
    """Set of session digests of an operator · gateway · gateway, scripts · as its sessions."""
    return f"{PREFIX}:sessions:{operator}"


def login_attempts(what: str) -> str:
    """Hash of login attempts by address or name (lua/take_login_attempt.lua) · gateway · itself · minutes."""
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


def unassigned(account_id: int) -> str:
    """Sorted set of chats that no operator has, by `updated` · commit, gateway · gateway · as the chat."""
    return f"{PREFIX}:{account_id}:free"


def assigned(account_id: int, operator: str) -> str:
    """Sorted set of an operator's chats ('': prefix), by `updated` · commit, gateway · gateway · as those."""
    return f"{PREFIX}:{account_id}:owned:{operator}"


def chat(account_id: int, chat_id: str) -> str:
    """Hash: the chat as shown (`json`) and its marks, see lua/_chat.lua · commit · gateway · as the chat."""
    return f"{PREFIX}:{account_id}:chat:{chat_id}"


def thread(account_id: int, chat_id: str) -> str:
    """Sorted set `<rank><message id>` by `created` · commit · gateway · newest KEEP_MESSAGES."""
    return f"{PREFIX}:{account_id}:thread:{chat_id}"


def messages(account_id: int, chat_id: str) -> str:
    r"""Hash message id -> `header\nJSON`, see lua/_message.lua · commit · gateway · as the thread."""
    return f"{PREFIX}:{account_id}:messages:{chat_id}"


def floors(account_id: int) -> str:
    """Sorted set of chats let go of ('': all others) by their floor · prune · worker · newest 20,000."""
    return f"{PREFIX}:{account_id}:floors"


def search_words(account_id: int) -> str:
    """Hash chat id -> its messages' words, see shared/search_words.py · worker · gateway · as the chat."""
    return f"{PREFIX}:{account_id}:words"


def search_words_changed(account_id: int) -> str:
    """Sorted set chat id by the number of the newest change of its words · worker · gateway · as the chat."""
    return f"{PREFIX}:{account_id}:words-changed"


def search_position(account_id: int) -> str:
    """Hash: the place of what is indexed (epoch, seq), `changes` so far · worker · the same · for ever."""
    return f"{PREFIX}:{account_id}:words-place"


def notes(account_id: int, chat_id: str) -> str:
    """Hash note id -> JSON, what operators write for each other alone · gateway · gateway · as the chat."""
    return f"{PREFIX}:{account_id}:notes:{chat_id}"


def waiting(account_id: int, chat_id: str) -> str:
    """Sorted set of buyer's messages that may be unread or unanswered · commit · commit · until answered."""
    return f"{PREFIX}:{account_id}:waiting:{chat_id}"


def outbox(account_id: int, chat_id: str) -> str:
    """List of refs of replies on their way, in order · gateway, worker · the same · until they end."""
    return f"{PREFIX}:{account_id}:outbox:{chat_id}"


def failed(account_id: int, chat_id: str) -> str:
    """Sorted set of refs of failed replies, by when · gateway, worker · the same · newest 20, 7 days."""
    return f"{PREFIX}:{account_id}:failed:{chat_id}"


def reply(account_id: int, ref: str) -> str:
    """Hash, one reply (ref '': prefix), see lua/_outbox.lua · gateway, worker · both · 7 days after."""
    return f"{PREFIX}:{account_id}:reply:{ref}"


def withdrawn(account_id: int) -> str:
    """Sorted set of refs taken back before they came, by when · gateway · queueing · an hour, 10,000."""
    return f"{PREFIX}:{account_id}:withdrawn"


def claims(account_id: int, chat_id: str) -> str:
    """Sorted set of message ids that are replies of ours, by when found out · commit · worker · 8 days."""
    return f"{PREFIX}:{account_id}:claims:{chat_id}"


def to_deliver(account_id: int) -> str:
    """Sorted set of chats with replies to send, by when to go on · gateway, worker · worker · as those."""
    return f"{PREFIX}:{account_id}:deliver"


def picture(account_id: int, picture_id: str) -> str:
    """List of the chunks of a picture to be sent · gateway · worker · until sent, at most a day."""
    return f"{PREFIX}:{account_id}:picture:{picture_id}"


def dismissed(account_id: int, chat_id: str) -> str:
    """Sorted set of message ids up to which nobody has to answer · gateway · commit, coach · newest 50."""
    return f"{PREFIX}:{account_id}:dismissed:{chat_id}"


def first_answers(account_id: int) -> str:
    """Hash `<chat id> <message id>` -> value of wires/first_answers.py · worker · gateway · as below."""
    return f"{PREFIX}:{account_id}:answers"


def first_answer_times(account_id: int) -> str:
    """Sorted set of the fields of first_answers, by when the wait began · as these · 100,000, 400 days."""
    return f"{PREFIX}:{account_id}:answered"


def coach_position(account_id: int) -> str:
    """Seq of the last event whose first answers are written down · worker · worker · for ever."""
    return f"{PREFIX}:{account_id}:coached"


def operator_actions(account_id: int) -> str:
    """Hash id -> JSON of what Avito is to be told besides replies · gateway, worker · worker · until done."""
    return f"{PREFIX}:{account_id}:errands"


def job_result(ask_id: str) -> str:
    """List: the one JSON answer that somebody waits for · worker · gateway · half a minute."""
    return f"{PREFIX}:answer:{ask_id}"


def voice(account_id: int, voice_id: str) -> str:
    """Link to a voice message · worker · gateway · half an hour."""
    return f"{PREFIX}:{account_id}:voice:{voice_id}"


def older_messages(account_id: int, chat_id: str, place: str) -> str:
    """JSON page of messages older than we hold, by where it starts · worker · gateway · a minute."""
    return f"{PREFIX}:{account_id}:history:{chat_id}:{place}"


def to_enrich(account_id: int) -> str:
    """Sorted set of chats without buyer and item, by when noticed · commit · worker · until enriched."""
    return f"{PREFIX}:{account_id}:enrich"


def unproved(account_id: int) -> str:
    """Sorted set `<chat id> <message id>` that only a sweep found, by when · commit · worker · minutes."""
    return f"{PREFIX}:{account_id}:unproved"


def verified(account_id: int) -> str:
    """Hash chat id -> what the last sweep verified of it · worker · worker · 5,000 chats."""
    return f"{PREFIX}:{account_id}:verified"


def sweep(account_id: int) -> str:
    """Hash: when sweeps ran, in which epoch, when the first import began · worker · worker · for ever."""
    return f"{PREFIX}:{account_id}:sweep"


def sweep_requested(account_id: int) -> str:
    """When somebody asked for an early sweep (Unix s) · worker · worker · until it begins."""
    return f"{PREFIX}:{account_id}:sweep:asked"


def to_import(account_id: int) -> str:
    """Sorted set chat id by `updated`: what the first import has to read · worker · worker · until read."""
    return f"{PREFIX}:{account_id}:import"


def to_recheck(account_id: int) -> str:
    """Hash chat id -> token: chats to be read again · commit, worker · worker · until read."""
    return f"{PREFIX}:{account_id}:recheck"


def unverified_messages(account_id: int) -> str:
    """Sorted set `<chat id> <message id>` that came unproven, by when · worker · worker · newest 1,000."""
    return f"{PREFIX}:{account_id}:hinted"


def missed_webhooks(account_id: int) -> str:
    """Sorted set `<chat id> <message id>` no webhook brought, by when judged · worker · worker · minutes."""
    return f"{PREFIX}:{account_id}:misses"


def refreshed(account_id: int, chat_id: str) -> str:
    """A mark: the chat's newest page was read a moment ago · worker · worker · 15 s."""
    return f"{PREFIX}:{account_id}:refreshed:{chat_id}"


ROTATION = f"{PREFIX}:rotation"
"""Hash: see shared/accounts/webhook_secrets.py:Rotation · scripts · ingest, worker · for ever."""

FORWARDING_POSITION = f"{PREFIX}:forwarded"
"""Seq of the last event that was forwarded to Telegram · worker · worker · while that is on."""

WORKING_HOURS = f"{PREFIX}:hours"
"""JSON: working hours, automatic answer, see hours.py · gateway · gateway, worker · for ever."""

ALERTS_SENT = f"{PREFIX}:told"
"""Hash cause -> when the owner was told of it · worker · worker · until the cause ends."""
