"""X12 clauses and cases: sets, envelope, acknowledgements."""
