"""Keeps us in sync with Avito: sweeps of its lists, and the subscription to webhooks."""
