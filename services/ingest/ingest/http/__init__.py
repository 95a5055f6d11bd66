"""The HTTP side of ingest: its socket, its server, its fast answers."""
