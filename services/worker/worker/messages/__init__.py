"""Messages: reading them, matching them with replies, committing them."""
