"""Pictures and voice messages, generated and served by the simulator."""
