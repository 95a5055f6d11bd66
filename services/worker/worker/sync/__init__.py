"""Avito's lists against ours: sweeps, and the subscription that makes them rare."""
