"""Exchange clauses and cases: what a service answers, call by call."""
