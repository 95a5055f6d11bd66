"""What proves that a webhook belongs to an Avito account: its secrets and Avito's signature."""
