from typing import TypeAlias

from gateway.quick.matching import Program

version: int

Found: TypeAlias = tuple[tuple[int, int, int], int, bytes, str, bool]

class Ways:
    def __init__(self, table: bytes, line_end: bytes, gap: bytes) -> None: ...

def match(program: Program, data: bytes, start: int, ways: Ways) -> Found | None: ...
