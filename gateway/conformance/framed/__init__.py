"""Envelopes of every shape, delimiters and values of every sort: what is read of them is kept, byte for byte."""
