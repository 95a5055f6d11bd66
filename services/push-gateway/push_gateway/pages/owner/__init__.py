"""What is the owner's alone: operators, sessions, tokens, dead letters, choices for all, how all is."""

from push_gateway.pages.owner import choices, dead_letters, logins, staff, system, tokens

ROUTES = [
    *staff.ROUTES,
    *logins.ROUTES,
    *tokens.ROUTES,
    *dead_letters.ROUTES,
    *system.ROUTES,
    *choices.ROUTES,
]
