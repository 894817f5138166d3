"""The README's and the guides' snippets are what they name, letter for letter; that is compiled and run by the tests.
`<!-- FILE -->` before one: the whole file. `<!-- from FILE -->`: lines of it. `<!-- from FILE to FILE -->`, before a diff: what
it removes and keeps are lines of the first, what it adds and keeps are lines of the second.

Usage: readme_snippets.py [--write]    --write: make the whole files from the documents.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENTS = ["README.md", "docs/drukbox.md", "docs/event-loops.md", "docs/observing.md", "docs/switching.md"]
SNIPPET = re.compile(r"<!-- (from )?(\S+)(?: to (\S+))? -->\n```(?:c|diff)\n(.*?)```", re.S)


def side(diff, sign):
    """What a diff says of the text before (-) or after (+)."""
    return "".join(line[1:] for line in diff.splitlines(keepends=True) if line[0] in (" ", sign))


def holds(part, name, code):
    """Whether this is the file, or a part of it."""
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
        if not snippets:
            print(f"{document} has no snippet")
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
