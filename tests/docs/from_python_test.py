#!/usr/bin/env python3
"""Every public method of the Python package boxd 0.1.2 stands in docs/from-python.md. Run by a Python that has the package."""

import inspect
import re
import sys
from pathlib import Path

import boxd
from boxd import _sync

PAGE = (Path(__file__).resolve().parents[2] / "docs/from-python.md").read_text()
CLASSES = [boxd.Compute] + [thing for name, thing in vars(_sync).items()
                            if inspect.isclass(thing) and re.fullmatch(r"Box|\w+Service|DiskHandle|SyncExecProcess", name)]


def main():
    methods = {name for one in CLASSES for name, thing in vars(one).items()
               if inspect.isfunction(thing) and not name.startswith("_")}
    missing = sorted(name for name in methods if not re.search(rf"\.{name}\(", PAGE))
    for name in missing:
        print(f"docs/from-python.md does not show {name}()")
    print(f"{len(methods) - len(missing)} passed, {len(missing)} failed")
    return 1 if missing or len(methods) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
