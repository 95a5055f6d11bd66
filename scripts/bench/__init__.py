"""Measures the real system: every result beside the least any program could do, and beside known peers."""
