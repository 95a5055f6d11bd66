"""Floors and peers: what each result is measured beside, as their makers mean them to be used."""
