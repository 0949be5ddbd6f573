"""Mapping tables: parsed, checked, compiled once for each direction."""
