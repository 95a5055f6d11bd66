"""What every process does: start, log, beat, shut down."""
