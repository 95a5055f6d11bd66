"""How often something may be done, and how long to wait before it is tried again."""
