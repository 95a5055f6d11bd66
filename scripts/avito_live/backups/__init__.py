"""Backups of the running system, their check, and the restore."""
