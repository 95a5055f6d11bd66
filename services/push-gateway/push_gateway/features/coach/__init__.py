"""How fast buyers are answered, and who still waits (docs/coach.md)."""
