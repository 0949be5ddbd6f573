"""Benchmarks: one module for each part, `run()` gives rows of (name, ratio, unit)."""
