"""Compares our chats with those that Avito lists, and commits what is missing."""
