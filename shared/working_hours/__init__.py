"""The team's working hours, and time measured in them."""
