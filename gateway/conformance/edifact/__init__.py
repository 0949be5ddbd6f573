"""UN/EDIFACT clauses and cases: messages, envelopes of syntax 3 and 4, CONTRL."""
