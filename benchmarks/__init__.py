"""Benchmarks: the library next to its alternatives, in one run."""
