from collections.abc import Mapping

from gateway.quick.asked import Asked
from gateway.quick.tree import Tree

version: int

class Cutter:
    def __init__(self, asked: Asked, kept: Mapping[str, frozenset[str]], root: str) -> None: ...
    def cut(self, data: bytes, start: int) -> Tree | None: ...
