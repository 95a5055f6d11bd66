"""What is the owner's alone: operators, sessions, tokens, dead letters, choices for all, how all is."""

from push_gateway.pages.owner import dead_letters, options, sessions, staff, system_status, tokens

ROUTES = [
    *staff.ROUTES,
    *sessions.ROUTES,
    *tokens.ROUTES,
    *dead_letters.ROUTES,
    *system_status.ROUTES,
    *options.ROUTES,
]
