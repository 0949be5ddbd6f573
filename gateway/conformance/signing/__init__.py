"""Signing clauses and cases: each form of signature holds, and does not once anything in it is changed."""
