"""Benchmarks of the real system, each compared with a floor and with known peers."""
