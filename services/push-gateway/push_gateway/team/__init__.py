"""What operators do for each other: who is where, whose chat is whose, notes beside a thread."""
