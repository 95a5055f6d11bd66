"""The owner's setting of working hours and of the automatic answer outside them (docs/coach.md)."""
