"""CATAIR clauses and cases: batch control, cargo release, entry summary, agency sets, answers."""
