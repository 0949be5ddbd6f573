"""Implementations of others as programs, for `--target exec:`."""
