"""Rules of GS1: check digits of its numbers."""
