"""What the benchmarks run beside the system: the baseline, the floor of ingest, a watch of /livez."""
