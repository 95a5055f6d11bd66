"""What a restore does with each key: ONE table, which a test holds complete.

A restore is a new life. What the shop has is restored. What was true only of the processes, Avito and the
clock of then is dropped, as is what would act by itself. What must not come back as it was is renewed.
"""

from typing import Literal

from erasure import key_names

Decision = Literal["restore", "drop", "renew"]

_ARQ = b"arq:"

DECISIONS: dict[str, Decision] = {
    "STATE": "renew",  # a new epoch, always; `seq` and `layout` stay (pour.py)
    "JOURNAL": "restore",
    "INBOX": "restore",  # accepted and not committed yet
    "HINTS": "drop",  # the sweep of the new epoch looks at more
    "DEAD": "restore",
    "TRIES": "drop",
    "COUNTERS": "restore",
    "FACTS": "drop",  # mode, `wanted`, `subscribed_since`, …: Avito's list and the settings say it anew
    "SWITCHES": "restore",
    "ACCOUNTS": "restore",
    "AVITO_BUDGET": "drop",
    "OPERATORS": "renew",  # what ended since stays ended (access.py)
    "TOKENS": "renew",  # as those
    "ACCESS_ENDED": "renew",  # as those
    "OPTIONS": "restore",
    "TOKENS_USED": "restore",
    "QUICK_REPLIES": "restore",
    "OUTBOX_WAITING": "restore",
    "CANARY_TURN": "drop",
    "TRIAL": "drop",
    "DEMO": "drop",  # it would have real data removed; so a demo refuses a restored REDIS_URL
    "PICTURES": "restore",
    "REQUESTS_QUEUE": "drop",  # jobs are hints
    "REPLIES_QUEUE": "drop",
    "DOUBTS_QUEUE": "drop",
    "ENRICHMENT_QUEUE": "drop",
    "REQUESTS_WAKE": "drop",
    "REPLIES_WAKE": "drop",
    "DOUBTS_WAKE": "drop",
    "ENRICHMENT_WAKE": "drop",
    "alive": "drop",
    "parts": "drop",
    "forgotten": "restore",
    "lease": "drop",
    "session": "drop",  # everybody logs in anew
    "sessions_of": "drop",
    "tries_of": "drop",
    "token": "drop",  # Avito gives another
    "chats": "restore",
    "unread": "restore",
    "unanswered": "restore",
    "free": "restore",
    "owned": "restore",
    "chat": "restore",
    "thread": "restore",
    "messages": "restore",
    "floors": "restore",  # what was held once is never new again
    "words": "restore",
    "words_changed": "restore",
    "words_position": "restore",  # of another epoch: every chat is read once more
    "notes": "restore",
    "waiting": "restore",
    "outbox": "restore",
    "failed": "restore",
    "reply": "renew",  # what was on its way is marked `restored` (held_back.py)
    "withdrawn": "drop",  # what was under way then is long over
    "claims": "restore",
    "deliver": "restore",
    "picture": "restore",
    "dismissed": "restore",
    "first_answers": "restore",
    "first_answer_times": "restore",
    "coached": "restore",  # a place in the journal, which is restored with it
    "operator_actions": "drop",  # they would delete, block and mark read at Avito by themselves
    "answer": "drop",
    "voice": "drop",
    "history": "drop",
    "enrich": "restore",
    "unproved": "drop",  # evidence of another epoch
    "verified": "restore",
    "sweep": "restore",  # holds its epoch: the first sweep doubts all that moved lately
    "sweep_asked": "drop",
    "to_import": "restore",
    "recheck": "restore",
    "hinted": "drop",  # evidence of another epoch
    "misses": "drop",  # evidence of another epoch
    "refreshed": "drop",
    "ROTATION": "drop",  # the settings say which secrets prove
    "FORWARDED": "drop",  # forwarding begins at the head: nothing old is told twice
    "HOURS": "restore",
    "TOLD": "drop",  # the owner is told anew of what is wrong now
}


def is_copied(key: bytes) -> bool:
    """Tell whether a backup's key goes into the other Redis; STATE follows by itself, as the last one."""
    name = key_names.name_of(key)
    if name is None:  # not ours, or of a version of the same layout that knows more
        return not key.startswith(_ARQ)
    return name != "STATE" and DECISIONS[name] != "drop"
