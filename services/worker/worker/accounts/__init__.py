"""One Avito account in a worker: its context, its lease, its loops."""
