"""The HTTP side of ingest: its server, its protocol, its errors."""
