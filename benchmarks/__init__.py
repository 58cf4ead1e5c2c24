"""Benchmarks that compare this library with its alternatives."""
