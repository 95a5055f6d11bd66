"""One file a hop: what it is measured with, and what that says."""
