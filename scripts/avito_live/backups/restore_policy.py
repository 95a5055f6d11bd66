"""Which keys a restore brings back and which it drops, with the reason. A test keeps both lists complete.

The shop's data is restored. What was true only of the processes, of Avito and of the clock at that time is
dropped, and so is what would act by itself.
"""

from avito_live.erasure import key_names

RESTORED = {
    "with a new epoch, always; `seq` and `layout` stay (transfer.py)": "STATE",
    "without what ended since (ended_access.py)": "OPERATORS TOKENS TOKENS_USED ACCESS_ENDED",
    "the shop's chats and what was done in them": (
        "ACCOUNTS chats unread unanswered unassigned assigned chat thread messages waiting dismissed notes "
        "search_words search_words_changed search_changes"
    ),
    "what counts and what was counted": (
        "JOURNAL COUNTERS SWITCHES first_answers first_answer_times coach_position"
    ),
    "the owner's choices": "OPTIONS QUICK_REPLIES WORKING_HOURS",
    "accepted, not committed yet": "INBOX DEAD DEAD_NOTES DEAD_ASKED",
    "unsent replies, which are marked `restored` (unsent.py)": (
        "reply outbox OUTBOX_WAITING to_deliver failed claims picture PICTURES"
    ),
    "what an older state must not undo: chats that were forgotten, messages that are not new": (
        "forgotten floors"
    ),
    "what the next sweep goes on with; it holds its epoch, so the first one checks all that changed lately": (
        "sweep verified to_enrich to_import to_recheck"
    ),
}
DROPPED = {
    "of the processes of that time": (
        "heartbeat process_names lease CANARY_TURN TRIAL_WRITE COMMIT_ATTEMPTS AVITO_RATE_LIMIT "
        "login_attempts"
    ),
    "every operator logs in again": "session sessions_of",
    "read again from Avito and the settings": "FACTS ROTATION token voice older_messages refreshed rechecked",
    "evidence of another epoch": (
        "UNVERIFIED unverified_messages found_by_sweep missed_webhooks sweep_requested withdrawn"
    ),
    "hints, jobs and results, of which none waits any more": (
        "REQUESTS_QUEUE REPLIES_QUEUE RECHECKS_QUEUE ENRICHMENT_QUEUE "
        "REQUESTS_WAKE REPLIES_WAKE RECHECKS_WAKE ENRICHMENT_WAKE job_result"
    ),
    "they would delete, block and mark as read at Avito by themselves": "operator_actions",
    "it would let real data be removed; so a demo refuses a restored REDIS_URL": "DEMO",
    "forwarding begins at the end: nothing is forwarded twice": "journal_positions FORWARDING_POSITION",
    "the owner is alerted again to what is wrong now": "ALERTS_SENT",
}
_DROPPED = frozenset(" ".join(DROPPED.values()).split())


def is_copied(key: bytes) -> bool:
    """Tell whether a key of ours is copied into the other Redis; STATE is written separately, at the end."""
    name = key_names.name_of(key)
    return name != "STATE" and name not in _DROPPED
