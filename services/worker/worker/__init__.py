"""Turns stored webhooks into what operators see, and talks to Avito."""
