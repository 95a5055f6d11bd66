"""The webhook's URL: what is accepted there, and which secret proves it."""
