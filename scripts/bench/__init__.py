"""Benchmarks of the real system, compared with a simple baseline."""
