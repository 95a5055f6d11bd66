"""Replies: each leaves exactly once, in order, and operators see its state (docs/adr/0006)."""
