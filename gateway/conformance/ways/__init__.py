"""What a gateway does with a message beside judging it: it stops at limits, answers for customs, writes it again.

Lives here: the suites of these ways (`suites.py`) and how this library goes them (`going.py`). No other target
can be asked: they are calls of this library, not bytes in and a verdict out.
"""
