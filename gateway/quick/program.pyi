from collections.abc import Callable
from typing import Any

version: int

class Memory:
    full: bool

class Program:
    memory: Memory
    def __init__(
        self,
        shapes: tuple[tuple[tuple[str, ...], frozenset[str]], ...],
        plans: tuple[Any, ...],
        eaches: tuple[dict[str, Any], ...],
        converters: tuple[tuple[Callable[[str], Any], int], ...],
        names: int,
        start: int,
    ) -> None: ...
