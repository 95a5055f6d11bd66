"""Replies: each leaves exactly once, in order, and everybody sees where it stands (docs/adr/0006)."""
