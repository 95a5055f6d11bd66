"""The owner's setting of working hours and of the automatic answer outside them (docs/coach.md)."""

from push_gateway.features.automatic_answers.routes import ROUTES
from push_gateway.features.feature import Feature

FEATURE = Feature(ROUTES)
