"""The way of a webhook from the inbox to its commit."""
