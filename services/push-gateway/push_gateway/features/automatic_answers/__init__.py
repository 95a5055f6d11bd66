"""The owner's working hours and automatic answer (docs/coach.md)."""
