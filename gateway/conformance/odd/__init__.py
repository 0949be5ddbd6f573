"""Whole transmissions that are odd: in ways that no table says, each made of a sample by rule.

Lives here: what is odd, format by format, and the suites that ask it strictly, leniently, under limits and as an
answer of customs. What comes back is judged by what every answer has to be, and by `answers.lock`.
"""
