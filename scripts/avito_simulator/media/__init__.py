"""Pictures and voices, made by code and served by the simulator itself."""
