"""The README's and the guides' snippets are what they name, letter for letter; that is compiled and run by the tests.
`<!-- FILE -->` before one: the whole file. `<!-- from FILE -->`: lines of it.

Usage: readme_snippets.py [--write]    --write: make the whole files from the documents.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENTS = ["README.md", "docs/event-loops.md", "docs/observing.md"]


def main() -> int:
    failed = passed = 0
    for document in DOCUMENTS:
        snippets = re.findall(r"<!-- (from )?(\S+) -->\n```c\n(.*?)```", (ROOT / document).read_text(), re.S)
        for part, name, code in snippets:
            file = ROOT / name
            if "--write" in sys.argv[1:] and not part:
                file.write_text(code)
            text = file.read_text() if file.exists() else ""
            if code == text or (part and "\n" + code in text):
                passed += 1
            else:
                print(f"{name} differs from its snippet in {document}; --write makes whole files from it")
                failed += 1
        if not snippets:
            print(f"{document} has no snippet")
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
