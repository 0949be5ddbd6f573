"""Tests of the X12 format."""
