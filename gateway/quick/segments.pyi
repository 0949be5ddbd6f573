from gateway.quick.lines import Cutter
from gateway.quick.tree import Tree

version: int

def cut(
    cutter: Cutter, data: bytes, start: int, trailer: tuple[int, int], ways: tuple[int, ...]
) -> Tree | None: ...
