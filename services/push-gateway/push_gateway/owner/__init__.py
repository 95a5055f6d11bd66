"""What is the owner's alone: operators, sessions, tokens, dead letters, how everything is."""

from push_gateway.owner import letters, logins, programs, staff, whole

ROUTES = [*staff.ROUTES, *logins.ROUTES, *programs.ROUTES, *letters.ROUTES, *whole.ROUTES]
