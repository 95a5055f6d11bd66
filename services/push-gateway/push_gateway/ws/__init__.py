"""The way of an event: from Redis to every browser."""
