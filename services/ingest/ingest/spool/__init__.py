"""The spool: proven webhooks wait on disk while Redis is away."""
