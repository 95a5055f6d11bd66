"""What belongs to one Avito account beside its keys in Redis."""
