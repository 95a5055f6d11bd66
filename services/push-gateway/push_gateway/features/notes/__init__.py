"""Notes beside a chat, for the team alone."""
