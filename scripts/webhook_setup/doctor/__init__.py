"""Checks everything between Avito and the operator, each with the way out of its trouble."""
