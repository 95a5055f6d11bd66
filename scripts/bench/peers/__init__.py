"""Floors and peers: what each hop is measured beside, as their makers mean them to be used."""
