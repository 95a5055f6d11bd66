"""Answering: what an operator writes goes to the outbox, and from there the worker sends it."""

from push_gateway.replies.routes import ROUTES

__all__ = ["ROUTES"]
