"""The webhook's address: what is taken, and which secret proves it."""
