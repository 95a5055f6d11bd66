"""Finding chats by words in names, items and messages."""
