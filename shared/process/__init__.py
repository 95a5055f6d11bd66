"""What every process does: log, trace, tune the garbage collector, shut down."""
