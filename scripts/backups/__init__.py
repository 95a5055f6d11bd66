"""Backups of the running system, their check, and what a buyer may ask to be removed."""
