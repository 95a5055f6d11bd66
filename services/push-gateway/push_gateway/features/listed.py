"""What each feature adds to the gateway. It stands apart, so that a feature's rules can be used alone."""

from push_gateway.features.automatic_answers import routes as automatic_answers
from push_gateway.features.coach import routes as coach
from push_gateway.features.feature import Feature
from push_gateway.features.notes import repository, routes
from push_gateway.features.presence.channel import PresenceChannel
from push_gateway.features.quick_replies import csv_routes
from push_gateway.features.quick_replies import routes as quick_replies

FEATURES: tuple[Feature, ...] = (
    Feature(automatic_answers.ROUTES),
    Feature(coach.ROUTES),
    Feature(routes.ROUTES, thread_parts={"notes": repository.read_all}),
    Feature(socket_hooks=PresenceChannel),
    Feature([*csv_routes.ROUTES, *quick_replies.ROUTES]),
)
