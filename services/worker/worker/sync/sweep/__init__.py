"""Compares what operators see with what Avito's own lists say, and brings in what is missing."""
