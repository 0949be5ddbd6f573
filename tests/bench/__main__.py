"""`make bench`: every benchmark, as ratios against what a user would take instead.

`python -m tests.bench x12 wco` runs only those. Rates of one run can be compared with each
other and with nothing else: the machine is shared and its speed changes by the minute.
"""

from __future__ import annotations

import platform
import sys
from importlib import import_module
from pkgutil import iter_modules

import tests.bench
from gateway.shell.memory import search_seldom


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all of them, with memory managed as the commands do it."""
    search_seldom()
    found = sorted(
        module.name for module in iter_modules(tests.bench.__path__) if not module.name.startswith("_")
    )
    print(f"Python {platform.python_version()}, {platform.machine()}, ratios within one run")
    for name in names or found:
        if name not in found:
            print(f"there is no benchmark {name}; there are {', '.join(found)}", file=sys.stderr)
            return 2
        module = import_module(f"tests.bench.{name}")
        if not hasattr(module, "run"):
            continue
        print(f"\n{name}: {(module.__doc__ or '').splitlines()[0]}")
        for what, ratio, unit in module.run():
            print(f"  {what:<64} {ratio:>10.3f} {unit}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
