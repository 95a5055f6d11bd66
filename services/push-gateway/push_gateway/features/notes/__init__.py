"""Notes beside a chat, for the team alone."""

from push_gateway.features.feature import Feature
from push_gateway.features.notes.repository import read_all
from push_gateway.features.notes.routes import ROUTES

FEATURE = Feature(ROUTES, thread_parts={"notes": read_all})
