"""Errors of our data in Redis, by themselves: who catches them need not import redis-py."""


class NewerLayoutError(Exception):
    """The data was written by a newer version; the text says how to fix it."""
