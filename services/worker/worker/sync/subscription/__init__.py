"""Watches our subscription at Avito, and decides between webhook and polling."""
