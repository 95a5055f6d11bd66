"""The automatic answer outside working hours: off until the owner switches it on (docs/coach.md)."""
