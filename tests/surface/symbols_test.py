#!/usr/bin/env python3
"""The global symbols of every library, shared and static, begin with our prefix, so that the libraries can be linked into any
program. What the libraries use among themselves is in a version node of its own.

usage: symbols_test.py LIBRARY...    lib*.so and lib*.a
"""

import re
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True  # leaves no cache beside the sources


def symbols(library):
    """(name, version node or "") of each global symbol that the library defines."""
    shared = ".so" in library
    options = ["-D", "--with-symbol-versions"] if shared else []
    listing = subprocess.run(["nm", "-g", "--defined-only", *options, library], check=True, capture_output=True, text=True)
    return parse(listing.stdout)


def parse(listing):
    rows = (line.split() for line in listing.splitlines())
    named = (re.split("@+", row[2]) for row in rows if len(row) == 3 and row[1] != "A")  # A: a node's own name
    return sorted((name, version[0] if version else "") for name, *version in named)


def prefix_of(library):
    return re.search(r"lib(boxd|drukbox)[^/]*$", library)[1] + "_"


def problems(library, found):
    if not found:
        yield "has no global symbol"
    for name, version in found:
        private = name.startswith("boxd_private_")
        if not name.startswith(prefix_of(library)):
            yield f"{name} does not begin with {prefix_of(library)}"
        elif ".so" in library and not re.fullmatch(r"BOXD_PRIVATE_\d+\.\d+\.\d+" if private else r"BOXD_\d+\.\d+", version):
            yield f"{name} is in the version node {version or 'none'}"


class Detects(unittest.TestCase):
    def found(self, library, listing):
        return "\n".join(problems(library, parse(listing)))

    def test_nothing_wrong(self):
        self.assertEqual(self.found("/x/libboxd-a.a", "\nlibboxd-a.o:\n0000 T boxd_b\n0000 D boxd_private_c\n"), "")
        self.assertEqual(self.found("libdrukbox.so", "0000 A BOXD_0.1\n0000 T drukbox_b@@BOXD_0.1\n"), "")
        self.assertEqual(self.found("libboxd.so.0", "0000 T boxd_private_b@@BOXD_PRIVATE_0.1.0\n"), "")

    def test_wrong(self):
        self.assertIn("loop_post does not begin with boxd_", self.found("libboxd.a", "0000 T loop_post\n"))
        self.assertIn("boxd_b does not begin with drukbox_", self.found("libdrukbox.so", "0000 T boxd_b@@BOXD_0.1\n"))
        self.assertIn("node BOXD_0.1", self.found("libboxd.so", "0000 T boxd_private_b@@BOXD_0.1\n"))
        self.assertIn("node none", self.found("libboxd.so", "0000 T boxd_b\n"))
        self.assertIn("no global symbol", self.found("libboxd.a", ""))


def main(libraries):
    if not libraries:
        print(__doc__, file=sys.stderr)
        return 2
    failed = 0
    for library in libraries:
        wrong = list(problems(library, symbols(library)))
        failed += bool(wrong)
        for problem in wrong:
            print(f"{library}: {problem}")
    own = unittest.TextTestRunner(stream=sys.stderr, verbosity=0).run(
        unittest.defaultTestLoader.loadTestsFromTestCase(Detects))
    failures = failed + len(own.failures) + len(own.errors)
    print(f"{len(libraries) + own.testsRun - failures} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
