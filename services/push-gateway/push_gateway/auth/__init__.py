"""Authentication: operators by passwords and sessions, programs by tokens."""
