"""The documented operations, with one handler each."""
