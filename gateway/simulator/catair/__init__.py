"""CATAIR as the small ACE speaks it: batches in, answers and notices out."""
