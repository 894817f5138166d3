#!/usr/bin/env python3
"""Lints the C and C++ sources: which folder may include what, sizes, comments, format, clang-tidy.

usage: lint.py BUILD_DIR [--tidy analyze|all|changed|none]

BUILD_DIR has compile_commands.json and the generated headers. clang-tidy looks at all sources, at those that differ from
the last commit (the default), or at none. Of all sources, clang's static analyzer, which takes most of the time, looks at those
of the libraries; with "analyze" at all of them. Prints each finding and `N passed, N failed`, a rule each.
"""

import argparse
import sys

import architecture
import shape
import tools
from sources import all_sources, changed_sources, git

# Rules that the tree violates, each with the condition after which it will be kept. Empty: all rules are kept.
PENDING = {}


def rules(build_dir, tidied, analyzes_libraries_only):
    """Yields each rule as (name, its sentence, findings)."""
    for rule in architecture.RULES + shape.RULES:
        yield rule.__name__, rule.__doc__, rule()
    if tools.missing("clang-format"):
        print("lint: no clang-format, its rule is skipped")
    else:
        yield "formatted", tools.formatted.__doc__, tools.formatted()
    if tidied is None:
        return
    if tools.missing("clang-tidy"):
        print("lint: no clang-tidy, its rule is skipped")
        return
    findings, count = tools.tidy(build_dir, tidied, analyzes_libraries_only)
    print(f"clang-tidy: {count} sources")
    yield "tidy", "clang-tidy has no findings", findings


def report(name, sentence, findings):
    """Prints what a rule found, and returns whether it failed."""
    pending = PENDING.get(name)
    if findings and pending:
        print(f"lint: {len(findings)} findings are expected until {pending}: {sentence}")
    elif findings:
        print("\n".join(findings))
        print(f"lint: {sentence} [{name}]\n")
    elif pending:
        print(f"lint: kept, so its row in PENDING can go: {sentence} [{name}]")
    return bool(findings and not pending)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build_dir")
    parser.add_argument("--tidy", choices=["analyze", "all", "changed", "none"], default="changed")
    options = parser.parse_args()
    try:
        git("rev-parse", "--git-dir")
    except Exception:
        print("lint.py: not a git checkout, skipped")
        return 77
    tidied = {"changed": changed_sources, "none": lambda: None}.get(options.tidy, all_sources)()
    failed = [report(*rule) for rule in rules(options.build_dir, tidied, options.tidy == "all")]
    print(shape.summary())
    print(f"{failed.count(False)} passed, {failed.count(True)} failed")
    return 1 if any(failed) else 0


if __name__ == "__main__":
    sys.exit(main())
