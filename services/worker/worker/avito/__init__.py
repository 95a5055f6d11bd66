"""Avito's API: its operations, what responses mean, and how often it may be called."""
