from typing import Any

version: int

class Cutter:
    def __init__(self, levels: tuple[tuple[Any, ...], ...], ends: tuple[Any, ...]) -> None: ...
