"""Limits: what a reader takes from a stranger before it says no.

Every limit has a name with its unit, a default and a finding `limit/<name>`.
"""

from __future__ import annotations

from dataclasses import dataclass


# Without slots: it goes to the processes of the pool with each piece of work, and there and back takes 0.7 of the time.
@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds on one interchange.

    `interchange_bytes_max` is CBP's own largest transmission of 12 MiB, four times over.
    `findings_max` is how many findings of one interchange are given; where there are more, one beside them says so.
    """

    interchange_bytes_max: int = 48 * 1024 * 1024
    transactions_max: int = 100_000
    segments_max: int = 5_000_000
    segment_bytes_max: int = 64 * 1024
    value_chars_max: int = 1_000_000
    depth_max: int = 64
    attributes_max: int = 64
    findings_max: int = 1_000
    lenient: bool = False
