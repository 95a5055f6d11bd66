"""What proves that a webhook belongs to an Avito account: the secrets of its URL."""
