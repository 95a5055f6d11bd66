"""One benchmark per file: what it runs, and its report."""
