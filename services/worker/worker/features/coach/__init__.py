"""How fast buyers are answered: each first answer is found in its thread and written down (docs/coach.md)."""
