"""Floors and peers of the benchmarks, used as their authors recommend."""
