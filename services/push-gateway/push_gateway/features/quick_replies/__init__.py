"""Quick replies: ready answers of the whole team, kept in folders, exported and imported as CSV."""
