"""Watches the subscription at Avito and decides, by evidence, between webhook and polling."""
