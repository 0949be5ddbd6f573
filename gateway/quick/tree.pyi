from typing import Any

from gateway.quick.asked import Asked

version: int

class Tree:
    data: bytes
    base: int
    def __init__(self, data: bytes, most: int = ...) -> None: ...
    def forget(self) -> None: ...
    def plain(self, asked: Asked) -> Any: ...
