"""`avito-live`, the command line of the owner of a system, and what its commands do."""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
"""The checkout; where the package is installed without one, its files are in `templates`."""
