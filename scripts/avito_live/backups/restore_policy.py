"""What a restore does with each key: one table, which a test keeps complete.

The shop's data is restored. What was true only of the processes, of Avito and of the clock at that time is
dropped, and so is what would act by itself. What must not come back unchanged is renewed.
"""

from typing import Literal

from avito_live.erasure import key_names

Decision = Literal["restore", "drop", "renew"]

_ARQ = b"arq:"

DECISIONS: dict[str, Decision] = {
    "STATE": "renew",  # a new epoch, always; `seq` and `layout` stay (transfer.py)
    "JOURNAL": "restore",
    "journal_positions": "drop",  # forwarding begins at the end: nothing is forwarded twice
    "INBOX": "restore",  # accepted, not committed yet
    "UNVERIFIED": "drop",  # the sweep of the new epoch checks more
    "DEAD": "restore",
    "COMMIT_ATTEMPTS": "drop",
    "COUNTERS": "restore",
    "FACTS": "drop",  # mode, `wanted`, `subscribed_since`, …: read again from Avito and the settings
    "SWITCHES": "restore",
    "ACCOUNTS": "restore",
    "AVITO_RATE_LIMIT": "drop",
    "OPERATORS": "renew",  # what ended since stays ended (ended_access.py)
    "TOKENS": "renew",  # as above
    "ACCESS_ENDED": "renew",  # as above
    "OPTIONS": "restore",
    "TOKENS_USED": "restore",
    "QUICK_REPLIES": "restore",
    "OUTBOX_WAITING": "restore",
    "CANARY_TURN": "drop",
    "TRIAL_WRITE": "drop",
    "DEMO": "drop",  # it would let real data be removed; so a demo refuses a restored REDIS_URL
    "PICTURES": "restore",
    "REQUESTS_QUEUE": "drop",  # jobs are hints
    "REPLIES_QUEUE": "drop",
    "RECHECKS_QUEUE": "drop",
    "ENRICHMENT_QUEUE": "drop",
    "REQUESTS_WAKE": "drop",
    "REPLIES_WAKE": "drop",
    "RECHECKS_WAKE": "drop",
    "ENRICHMENT_WAKE": "drop",
    "heartbeat": "drop",
    "process_names": "drop",
    "forgotten": "restore",
    "lease": "drop",
    "session": "drop",  # every operator logs in again
    "sessions_of": "drop",
    "login_attempts": "drop",
    "token": "drop",  # Avito issues another
    "chats": "restore",
    "unread": "restore",
    "unanswered": "restore",
    "unassigned": "restore",
    "assigned": "restore",
    "chat": "restore",
    "thread": "restore",
    "messages": "restore",
    "floors": "restore",  # a message that was held once never counts as new again
    "search_words": "restore",
    "search_words_changed": "restore",
    "search_changes": "restore",
    "notes": "restore",
    "waiting": "restore",
    "outbox": "restore",
    "failed": "restore",
    "reply": "renew",  # unsent replies are marked `restored` (unsent.py)
    "withdrawn": "drop",  # it ended long ago
    "claims": "restore",
    "to_deliver": "restore",
    "picture": "restore",
    "dismissed": "restore",
    "first_answers": "restore",
    "first_answer_times": "restore",
    "coach_position": "restore",
    "operator_actions": "drop",  # they would delete, block and mark as read at Avito by themselves
    "job_result": "drop",
    "voice": "drop",
    "older_messages": "drop",
    "to_enrich": "restore",
    "found_by_sweep": "drop",  # evidence of another epoch
    "verified": "restore",
    "sweep": "restore",  # holds its epoch: the first sweep checks all chats that changed lately
    "sweep_requested": "drop",
    "to_import": "restore",
    "to_recheck": "restore",
    "unverified_messages": "drop",  # evidence of another epoch
    "missed_webhooks": "drop",  # evidence of another epoch
    "refreshed": "drop",
    "ROTATION": "drop",  # the settings say which secrets are accepted
    "FORWARDING_POSITION": "drop",  # as journal_positions
    "WORKING_HOURS": "restore",
    "ALERTS_SENT": "drop",  # the owner is alerted again to what is wrong now
}


def is_copied(key: bytes) -> bool:
    """Tell whether a backup's key is copied into the other Redis; STATE is written separately, at the end."""
    name = key_names.name_of(key)
    if name is None:  # not ours, or of a newer version of the same layout
        return not key.startswith(_ARQ)
    return name != "STATE" and DECISIONS[name] != "drop"
