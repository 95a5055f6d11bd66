"""Measures the real system: every hop beside the least any program could do, and beside known peers."""
