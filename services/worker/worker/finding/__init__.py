"""Keeps the words of held messages, so that the gateway finds chats by them."""
