"""Holds the browsers' WebSockets and serves the panel."""
