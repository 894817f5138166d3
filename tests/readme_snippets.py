"""Checks that the snippets in the README and the guides are equal to the files that they name; the tests compile and run those
files. tests/docs/guides_test.py runs the other snippets. A comment before the snippet names the file:

`<!-- FILE -->`               the snippet is the whole file
`<!-- from FILE -->`          the snippet is a part of the file
`<!-- from FILE to FILE -->`  the snippet is a diff: its removed and unchanged lines are in the first file, its added and
                              unchanged lines in the second

Usage: readme_snippets.py [--write]    --write: write the whole files from the documents
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENTS = ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
SNIPPET = re.compile(r"<!-- (from )?(\S+\.\w+)(?: to (\S+))? -->\n```(?:c|cpp|diff|lua|python)\n(.*?)```", re.S)


def side(diff, sign):
    """The text before (-) or after (+) a diff."""
    return "".join(line[1:] for line in diff.splitlines(keepends=True) if line[0] in (" ", sign))


def holds(part, name, code):
    """Whether `code` is the file or, with `part`, a part of it."""
    file = ROOT / name
    if "--write" in sys.argv[1:] and not part:
        file.write_text(code)
    text = file.read_text() if file.exists() else ""
    return code == text or bool(part and "\n" + code in text)


def main() -> int:
    failed = passed = 0
    for document in DOCUMENTS:
        snippets = SNIPPET.findall((ROOT / document).read_text())
        for part, name, after, code in snippets:
            sides = ((name, side(code, "-")), (after, side(code, "+"))) if after else ((name, code),)
            wrong = [file for file, text in sides if not holds(part, file, text)]
            for file in wrong:
                print(f"{file} differs from its snippet in {document}; --write makes whole files from it:\n{code}")
            failed += bool(wrong)
            passed += not wrong
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
