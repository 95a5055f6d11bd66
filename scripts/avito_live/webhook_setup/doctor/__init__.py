"""Checks everything between Avito and the operator, and says how to fix each problem."""
