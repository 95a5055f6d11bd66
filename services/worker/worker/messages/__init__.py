"""Messages below all ways: reading, matching and committing them."""
