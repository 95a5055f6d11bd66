"""What every process does: log, trace, supervise its tasks, tune the garbage collector, shut down."""
