"""Forwards new messages of buyers to a Telegram chat: off until the owner names one."""
