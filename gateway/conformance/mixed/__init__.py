"""Samples in which several things were changed at once: what comes back can be read, whatever came in."""
