"""What formats made of segments have in common: X12 and UN/EDIFACT.

Lives here: nodes over their own bytes, the walk that puts segments into loops and explains what
is out of place, addresses, findings with their codes and limits, the window over a large file.
Each format brings its own separators, tables and words. Never here: a delimiter, an element, a
code of either standard (`gateway.formats.x12`, `gateway.formats.edifact`).
"""
