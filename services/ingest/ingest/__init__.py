"""The smallest possible door: takes Avito's webhook, stores it, answers."""
