"""What the owner does about the webhook: switch it on and off, try it, look at it, change its secret."""
