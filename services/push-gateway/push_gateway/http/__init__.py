"""What the HTTP handlers share, and the server that runs them."""
