"""Check digits: pure arithmetic on texts, without an opinion about entries.

Each function gives the check character that a number must have, from the rest of it, or
tells whether a whole number holds; a text that is not of the number's shape does not hold.
"""

from __future__ import annotations

import re

_FILER_NUMBER = re.compile(r"[A-Z0-9]{3}[0-9]{7}")
_CONTAINER = re.compile(r"[A-Z]{3}[UJZR][0-9]{7}")
_LEI = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
_DIGITS = re.compile(r"[0-9]+")

# CBP counts letters A-I, J-R, S-Z in ninths; S begins at 2 (CATAIR Appendix E).
_ENTRY_LETTERS = {
    letter: value
    for letters, first in (("ABCDEFGHI", 1), ("JKLMNOPQR", 1), ("STUVWXYZ", 2))
    for value, letter in enumerate(letters, first)
}
# ISO 6346 leaves out the multiples of 11.
_CONTAINER_LETTERS = dict(
    zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (n for n in range(10, 39) if n % 11), strict=True)
)


def entry_check_digit(number: str, offset: int = 0) -> str | None:
    """Give the check digit of filer and seven digits; `offset` is the filer's own, 0 to 9."""
    if not _FILER_NUMBER.fullmatch(number):
        return None
    total = 0
    for place, letter in enumerate(number):
        digit = _ENTRY_LETTERS.get(letter, 0) or int(letter)
        if place % 2:
            digit *= 2
            digit = (digit + 1) % 10 if digit > 9 else digit
        total += digit
    return str(((10 - total % 10) % 10 + offset) % 10)


def container_check_digit(number: str) -> str | None:
    """Give the check digit of owner, category and six digits (ISO 6346)."""
    if not _CONTAINER.fullmatch(f"{number}0"):
        return None
    total = sum(
        (_CONTAINER_LETTERS.get(letter) or int(letter)) * 2**place for place, letter in enumerate(number)
    )
    return str(total % 11 % 10)


def is_container(number: str) -> bool:
    """Tell whether a text has the shape of a container number, whatever its check digit."""
    return _CONTAINER.fullmatch(number) is not None


def gs1_check_digit(number: str) -> str | None:
    """Give the check digit of a GS1 number from its other digits: weights 3 and 1 from the right."""
    if not _DIGITS.fullmatch(number):
        return None
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(number)))
    return str((10 - total % 10) % 10)


def lei_check_digits(number: str) -> str | None:
    """Give the two check digits of the first eighteen letters (ISO 17442, ISO 7064 MOD 97-10)."""
    if not _LEI.fullmatch(f"{number}00"):
        return None
    value = int("".join(str(int(letter, 36)) for letter in f"{number}00"))
    return f"{98 - value % 97:02d}"
