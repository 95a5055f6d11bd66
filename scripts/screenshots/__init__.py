"""`make screenshots`: draws the panel's main states, from a running demo, into docs/images/."""
