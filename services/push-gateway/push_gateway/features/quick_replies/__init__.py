"""Quick replies: ready answers of the whole team, kept in folders, carried in and out as CSV."""

from push_gateway.features.quick_replies import csv_routes, routes

ROUTES = [*csv_routes.ROUTES, *routes.ROUTES]
