"""Replies: the gateway puts them into the outbox, and the worker sends them."""

from push_gateway.replies.routes import ROUTES

__all__ = ["ROUTES"]
