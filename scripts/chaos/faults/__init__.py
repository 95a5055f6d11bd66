"""The faults: each is a context manager that breaks something in the block and repairs it afterwards."""
