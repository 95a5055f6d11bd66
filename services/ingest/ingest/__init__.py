"""Takes Avito's webhooks, stores them and answers; it does nothing else."""
