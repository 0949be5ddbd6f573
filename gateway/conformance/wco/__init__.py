"""WCO clauses and cases: Declaration, Response, the cancellation subset, the envelope, answers."""
