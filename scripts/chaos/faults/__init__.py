"""Everything that breaks: each fault is a context manager, broken inside the block and mended after it."""
