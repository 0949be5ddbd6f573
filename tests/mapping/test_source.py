"""Functions that are made when they are called: once for a table, whoever names them."""

from __future__ import annotations

from typing import Any

from gateway.mapping.source import Source


class _Sums(Source):
    parameters = "x"

    def __init__(self) -> None:
        super().__init__()
        self.made: list[str] = []

    def halved(self, what: Any) -> str:
        self.made.append(what)
        return self.define("h", ["return x / 2"])

    def quartered(self, what: Any) -> str:
        self.made.append(what)
        return self.define("q", [f"return {self.when_called('half', _Sums.halved)}(x) / 2"])


def test_what_is_not_called_is_not_made() -> None:
    """Two callers of one function make it once, at its first call; afterwards it is called without a detour."""
    source = _Sums()
    names = [
        source.when_called(what, define)
        for what, define in (("quarter", _Sums.quartered), ("half", _Sums.halved))
    ]
    again = source.when_called("half", _Sums.halved)
    assert again == names[1]
    quarter, half = names
    run = source.compiled(source.define("r", [f"return {quarter}(x) + {half}(x)"]), "sums")
    assert source.made == []
    assert run(8) == 6
    assert source.made == ["quarter", "half"]
    assert run(4) == 3
    assert source.made == ["quarter", "half"]
    assert source.names[half].__code__.co_filename == "<sums>"
