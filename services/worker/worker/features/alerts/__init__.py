"""Tells the owner, with no panel open, what needs them: one Telegram message a cause."""
