"""`make run`: the whole system on this machine, started, watched and stopped in order.

Own code: honcho 2.0, tried, restarts nothing, stops all at once, and leaves orphans when it is killed.
"""

from runner.configuration import PROJECT, read_env_file

__all__ = ["PROJECT", "read_env_file"]
