"""Where webhooks are stored: the inbox, the stream of unverified ones, and the connection below."""
