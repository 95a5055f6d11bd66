"""What is the owner's alone: operators, sessions, tokens, dead letters, choices for all, how all is."""

from push_gateway.owner import choices, letters, logins, programs, staff, whole

ROUTES = [*staff.ROUTES, *logins.ROUTES, *programs.ROUTES, *letters.ROUTES, *whole.ROUTES, *choices.ROUTES]
