"""Quick replies: ready answers of the whole team, kept in folders, carried in and out as CSV."""

from push_gateway.quick_replies import exchange, routes

ROUTES = [*exchange.ROUTES, *routes.ROUTES]
