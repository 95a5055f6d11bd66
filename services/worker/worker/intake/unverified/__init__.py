"""Unverified webhooks: looked up at Avito before anything is shown."""
