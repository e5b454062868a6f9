"""``python3 run.py bench [NAME]``: run all benchmarks, or one."""

from __future__ import annotations

import importlib
import json
import sys
from typing import TYPE_CHECKING

from benchmarks.timing import Ratio

if TYPE_CHECKING:
    from benchmarks.heartbeat import Gaps

NAMES = ("sheets", "packs", "ukey", "window", "start")


def main(arguments: list[str]) -> int:
    """Print a table of ratios and of gaps of the event loop, or one JSON object with ``--json``."""
    as_json = "--json" in arguments
    names = [one for one in arguments if not one.startswith("--")] or list(NAMES)
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        sys.stderr.write(f"no benchmark named {', '.join(unknown)}; there are: {', '.join(NAMES)}\n")
        return 2
    found: list[Ratio | Gaps] = []
    for name in names:
        found.extend(importlib.import_module(f"benchmarks.{name}").run())
    if as_json:
        told = {
            "ratios": [one.as_json() for one in found if isinstance(one, Ratio)],
            "gaps": [one.as_json() for one in found if not isinstance(one, Ratio)],
        }
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        for one in found:
            sys.stdout.write(f"{one}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
