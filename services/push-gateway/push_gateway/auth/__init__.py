"""Who may come in: operators by passwords and sessions, programs by tokens."""
