"""Redis as all services use it: its keys, its connections, its Lua scripts."""
