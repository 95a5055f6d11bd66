"""The control API under /_control/: writes chats and messages, sets faults, returns lists and logs."""
