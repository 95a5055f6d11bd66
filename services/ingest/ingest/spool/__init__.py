"""Where proven webhooks wait on disk while Redis is away."""
