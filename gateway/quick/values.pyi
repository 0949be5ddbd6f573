from typing import Any

version: int

class Entry:
    near: tuple[tuple[int, int, int, str], ...]
    def plain(self) -> dict[str, Any]: ...
    def json(self) -> bytes: ...
