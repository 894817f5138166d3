#!/usr/bin/env python3
"""Checks that docs/from-python.md shows every public method of the Python package boxd 0.1.2, or every public method and error
of drukbox-python-sdk 0.5.1: of the package that is installed for the Python that runs this test."""

import importlib.util
import inspect
import re
import sys
from pathlib import Path

PAGE = (Path(__file__).resolve().parents[2] / "docs/from-python.md").read_text()


def boxd_classes():
    import boxd
    from boxd import _sync
    return [boxd.Compute] + [thing for name, thing in vars(_sync).items()
                             if inspect.isclass(thing) and re.fullmatch(r"Box|\w+Service|DiskHandle|SyncExecProcess", name)]


def drukbox_names():
    """The client class, and all names that the package exports."""
    import drukbox_sdk
    return [drukbox_sdk.SandboxAPI], drukbox_sdk.__all__


def main():
    if importlib.util.find_spec("drukbox_sdk"):
        classes, names = drukbox_names()
    else:
        classes, names = boxd_classes(), []
    methods = {name for one in classes for name, thing in vars(one).items()
               if inspect.isfunction(getattr(thing, "__func__", thing)) and not name.startswith("_")}
    missing = sorted(f"{name}()" for name in methods if not re.search(rf"\.{name}\(", PAGE))
    missing += [name for name in names if not re.search(rf"\b{name}\b", PAGE)]
    for name in missing:
        print(f"docs/from-python.md does not show {name}")
    print(f"{len(methods) + len(names) - len(missing)} passed, {len(missing)} failed")
    return 1 if missing or len(methods) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
