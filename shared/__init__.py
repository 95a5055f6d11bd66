"""The words that two services both use: one file per wire."""

__version__ = "0.1.0"
