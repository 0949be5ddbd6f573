"""JSON clauses and cases: the canonical entry, the acknowledgement, and JSON itself."""
