"""Features: each folder can be deleted alone, with its line in listed.py."""
