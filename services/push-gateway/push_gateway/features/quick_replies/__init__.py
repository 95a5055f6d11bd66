"""Quick replies: ready answers of the whole team, kept in folders, exported and imported as CSV."""

from push_gateway.features.feature import Feature
from push_gateway.features.quick_replies import csv_routes, routes

FEATURE = Feature([*csv_routes.ROUTES, *routes.ROUTES])
