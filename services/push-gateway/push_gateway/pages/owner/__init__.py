"""What only owners may do: operators, sessions, tokens, dead letters, options, the system's status."""

from push_gateway.pages.owner import dead_letters, options, sessions, staff, system_status, tokens

ROUTES = [
    *staff.ROUTES,
    *sessions.ROUTES,
    *tokens.ROUTES,
    *dead_letters.ROUTES,
    *system_status.ROUTES,
    *options.ROUTES,
]
