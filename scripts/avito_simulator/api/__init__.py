"""The documented operations: one small handler each."""
