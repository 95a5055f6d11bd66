"""Avito's API: what can be asked, what the answers mean, how often we may ask."""
