"""What only owners may do: operators, sessions, tokens, dead letters, options, the system's status."""

from push_gateway.pages.owner import access, dead_letters, options, staff, system_status

ROUTES = [
    *staff.ROUTES,
    *access.ROUTES,
    *dead_letters.ROUTES,
    *system_status.ROUTES,
    *options.ROUTES,
]
