"""Features: each folder can be deleted alone."""
