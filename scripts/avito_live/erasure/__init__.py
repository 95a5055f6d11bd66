"""Removal of data for good: the chats of a buyer, the data of an account."""
