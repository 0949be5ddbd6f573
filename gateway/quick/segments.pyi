from typing import Any

from gateway.quick.tree import Tree

version: int

class Cutter:
    def __init__(self, levels: tuple[tuple[Any, ...], ...], ends: tuple[Any, ...]) -> None: ...

def cut(
    cutter: Cutter,
    data: bytes,
    start: int,
    trailer: tuple[int, int],
    marks: tuple[int, int, int, int],
    gap: int,
) -> Tree | None: ...
