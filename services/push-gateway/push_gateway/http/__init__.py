"""What the HTTP handlers share."""
