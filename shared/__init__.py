"""What several services use: settings, Redis, HTTP, processes, and what they say to each other."""

__version__ = "0.2.0.dev0"
