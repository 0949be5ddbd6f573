"""A made-up certificate authority and certified keys, for the tests of CMS, XML and AS2."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from gateway.signing import Key, Purpose, generate
from gateway.signing.certificates import issue, self_signed

FROM = datetime(2026, 1, 1, tzinfo=UTC)
UNTIL = datetime(2036, 1, 1, tzinfo=UTC)


@cache
def root() -> Key:
    """Give the authority."""
    key = generate(Purpose.CMS, algorithm="ES256")
    return issue(key, "Test Root", 1, FROM, UNTIL, key, authority=True)


@cache
def certified(purpose: Purpose, algorithm: str, name: str = "GATEWAY") -> Key:
    """Give a key with a certificate of the authority."""
    return issue(generate(purpose, algorithm=algorithm), name, 1000 + len(name), FROM, UNTIL, root())


@cache
def alone(purpose: Purpose, algorithm: str, name: str = "GATEWAY") -> Key:
    """Give a key with a certificate that it signed itself."""
    return self_signed(generate(purpose, algorithm=algorithm), name, 2000 + len(name), FROM, UNTIL)
