"""How fast buyers are answered, and the working hours in which it counts (docs/coach.md)."""

from push_gateway.features.automatic_answers import routes as hours
from push_gateway.features.coach import routes

ROUTES = [*routes.ROUTES, *hours.ROUTES]
