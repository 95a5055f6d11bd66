"""Chats and threads: lists, pages, search, assignments, actions."""
