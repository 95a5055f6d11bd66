"""The command line of Avito Live and what its commands do."""
