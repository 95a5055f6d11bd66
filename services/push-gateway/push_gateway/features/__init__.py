"""Features: each folder can be deleted alone, with its line here."""

from push_gateway.features import automatic_answers, coach, notes, presence, quick_replies
from push_gateway.features.feature import Feature

FEATURES: tuple[Feature, ...] = (
    automatic_answers.FEATURE,
    coach.FEATURE,
    notes.FEATURE,
    presence.FEATURE,
    quick_replies.FEATURE,
)
