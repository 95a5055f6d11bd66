"""What the services say to each other through Redis, one file for each wire."""
