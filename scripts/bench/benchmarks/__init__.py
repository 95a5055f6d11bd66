"""One file a result: what it is measured with, and what that says."""
