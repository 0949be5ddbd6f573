"""Would we have noticed? Targets that are wrong on purpose, judged by the suite.

Lives here: toys whose every verdict is known (`toys.py`), tables with a constraint taken out
(`removed.py`), faults in the code (`faults.py`). Never here: the command (`command_selftest.py`).
"""
