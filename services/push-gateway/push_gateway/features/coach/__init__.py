"""How fast buyers are answered, and who still waits (docs/coach.md)."""

from push_gateway.features.coach.routes import ROUTES
from push_gateway.features.feature import Feature

FEATURE = Feature(ROUTES)
