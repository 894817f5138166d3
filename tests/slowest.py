#!/usr/bin/env python3
"""Prints which tests took longest. Usage: slowest.py CTEST_XML...    Each is what `ctest --output-junit` writes."""

import sys
import xml.etree.ElementTree as ElementTree

COUNT = 10


def main():
    times = [(float(case.get("time")), case.get("name"), path) for path in sys.argv[1:]
             for case in ElementTree.parse(path).iter("testcase")]
    print(f"\nThe slowest of {len(times)} tests:")
    for seconds, name, path in sorted(times, reverse=True)[:COUNT]:
        print(f"{seconds:8.1f} s  {name}" + (f"  ({path})" if len(sys.argv) > 2 else ""))


main()
