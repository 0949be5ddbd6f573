from typing import Any

version: int

class Program:
    def __init__(
        self,
        ends: tuple[bytes, int, int, bytes, int],
        values: tuple[tuple[Any, ...], ...],
        segments: tuple[tuple[Any, ...], ...],
        levels: tuple[tuple[Any, ...], ...],
    ) -> None: ...
