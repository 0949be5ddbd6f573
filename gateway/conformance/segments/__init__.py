"""Suites of formats made of segments: one generator, and a description of each format as data."""
