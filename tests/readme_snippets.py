"""The README's programs are the files they name, letter for letter; those are compiled and run by the tests.

Usage: readme_snippets.py [--write]    --write: make the files from the README.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main() -> int:
    snippets = re.findall(r"<!-- (\S+) -->\n```c\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    failed = 0
    for name, code in snippets:
        file = ROOT / name
        if "--write" in sys.argv[1:]:
            file.write_text(code)
        if not file.exists() or file.read_text() != code:
            print(f"{name} differs from its snippet in README.md; run {sys.argv[0]} --write")
            failed += 1
    print(f"{len(snippets) - failed} passed, {failed} failed")
    return 1 if failed or not snippets else 0


if __name__ == "__main__":
    sys.exit(main())
