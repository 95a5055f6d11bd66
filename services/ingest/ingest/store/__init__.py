"""Where webhooks go: the inbox, the stream of unverified ones, Redis under both."""
