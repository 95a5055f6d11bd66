"""What the system as a whole looks like, for Prometheus and the status."""
