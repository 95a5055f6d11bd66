"""The pages: panel, login, owner, status."""
