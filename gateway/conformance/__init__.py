"""The conformance suite: judges an implementation clause by clause, and proves that it would notice.

Lives here: clauses, generators of cases, targets, the judge, the runner, results and reports.
Cases are generated from the tables that the product runs on, read by code of this package alone
(`x12/tables.py`, `catair/tables.py`, `wco/tables.py`), so a fault in the product's loaders is
seen. Never here: reading a message for anybody else.
"""
