"""How fast buyers are answered, and the working hours in which it counts (docs/coach.md)."""

from push_gateway.features.coach import hours, routes

ROUTES = [*routes.ROUTES, *hours.ROUTES]
