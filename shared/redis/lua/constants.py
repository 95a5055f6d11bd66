"""Constants that scripts and Python share. A script names those it uses in its head (head.py)."""

from shared import notices
from shared.redis import keys

EVENTS = keys.EVENTS
INBOX_GROUP = keys.INBOX_GROUP

UNFINISHED_LAYOUT = 1_000_000
"""The layout while a restore is under way, so that every version refuses data that is incomplete."""

CLOCKS_APART_S = 900
"""How far Avito's clock may differ from ours."""

WITHDRAWN_KEPT_S = 3_600
"""How long the ref of a reply is remembered that was withdrawn before it came: no request takes longer."""

NOTICES = notices.rule_of(notices.DEFAULTS)
"""How messages are noticed as long as the worker has not told the owner's choice."""
