from typing import TypeAlias

from gateway.quick.matching import Program

version: int

Found: TypeAlias = tuple[tuple[int, int, int], int, bytes, bool]

class Ways:
    def __init__(self, table: bytes, line_end: bytes, gap: bytes, release: bytes = ...) -> None: ...

def match(program: Program, data: bytes, start: int, ways: Ways) -> Found | None: ...
def holds_all(program: Program, number: int, data: bytes, at: int, end: int, ways: Ways) -> bool: ...
