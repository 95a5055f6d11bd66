"""`make run`: starts the whole system on this machine, watches it, and stops it in order.

Why not honcho: version 2.0 restarts nothing, stops everything at once, and leaves orphans when it is killed.
"""
