"""Who views which chat, and who types in it."""
