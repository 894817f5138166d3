"""Reads the public headers: functions, callback types, structs and initialisers."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {"common": ROOT / "common/include", "async": ROOT / "async/include", "sync": ROOT / "sync/include"}


class Function:
    def __init__(self, name, result, arguments, doc, where):
        self.name = name
        self.result = result
        self.arguments = arguments  # [(type, name)]
        self.doc = doc  # the comment's words, or None
        self.where = where


class Header:
    def __init__(self, functions, callbacks, inits, structs):
        self.functions = functions
        self.callbacks = callbacks  # {name: (result, [(type, name)])}
        self.inits = inits  # {macro: type}
        self.structs = structs  # {struct: [(type, member)]}


def words(text):
    return " ".join(text.split())


def type_of(text):
    """A type in one spelling: `const char *const *` is "const char * const *"."""
    return " ".join(re.findall(r"\w+|\*|\[\w*\]|\.\.\.", text))


def argument(text):
    match = re.fullmatch(r"(.*?)(\w+)\s*((?:\[\w*\])*)", text.strip(), re.S)
    if not match or not match[1].strip():
        return type_of(text), ""
    return type_of(match[1] + match[3]), match[2]


def arguments(text):
    return [] if text.strip() in ("", "void") else [argument(part) for part in text.split(",")]


def members(text):
    """Of the text between a struct's braces. A pointer to a function has the type "function"."""
    found = []
    for declaration in filter(None, (part.strip() for part in text.split(";"))):
        function = re.search(r"\(\s*\*\s*(\w+)\s*\)\s*\(", declaration)
        if function:
            found.append(("function", function[1]))
            continue
        first, *others = declaration.split(",")
        base = re.match(r"((?:\w+\s+)*?\w+)\s*(?=\*|\b\w+\s*(?:\[|$))", first)[1]
        found += [argument(text) for text in (first, *(f"{base} {other}" for other in others))]
    return found


def blank(text):
    return re.sub(r"[^\n]", " ", text)


def parse(text, where="header"):
    """`text` is one header's. Comments and directives are blanked, so that offsets stay true."""
    comments = [(m.start(), m.end()) for m in re.finditer(r"/\*.*?\*/|//[^\n]*", text, re.S)]
    docs = {}
    code = text
    for start, end in comments:
        code = code[:start] + blank(code[start:end]) + code[end:]
        if text.startswith("/**", start):
            docs[end] = text[start:end]
    inits = {}
    for macro in re.findall(r"^\s*#\s*define\s+(\w+_INIT)\b", code, re.M):
        inits[macro] = macro[: -len("_INIT")].lower()
    code = re.sub(r'\bBOXD_DEPRECATED\(\s*"[^"]*"\s*,\s*"[^"]*"\s*\)', lambda m: blank(m[0]), code)
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: blank(m[0]), code, flags=re.M)

    functions = []
    for match in re.finditer(r"\bBOXD_API\b([^;{}]*?)\b(\w+)\s*\(([^;{}]*)\)\s*;", code):
        before = text[: match.start()].rstrip()
        doc = docs.get(len(before))
        line = text.count("\n", 0, match.start()) + 1
        functions.append(Function(match[2], type_of(match[1]), arguments(match[3]),
                                  doc and comment_words(doc), f"{where}:{line}"))
    if len(functions) != len(re.findall(r"\bBOXD_API\b", code)):
        raise ValueError(f"{where}: a BOXD_API declaration that is not understood")
    callbacks = {match[2]: (type_of(match[1]), arguments(match[3]))
                 for match in re.finditer(r"\btypedef\s+([^;{}]*?)\(\s*\*\s*(\w+)\s*\)\s*\(([^;{}]*)\)\s*;", code)}
    structs = {match[1]: members(match[2])
               for match in re.finditer(r"\btypedef\s+struct\s+(\w+)\s*\{([^{}]*)\}", code)}
    return Header(functions, callbacks, inits, structs)


def comment_words(doc):
    lines = (re.sub(r"^\s*\*(?!/)", "", line) for line in doc[3:-2].splitlines())
    return words(" ".join(lines))


def headers(folder):
    """The public headers of a folder as they are included, e.g. "boxd/aio/box.h"."""
    return sorted(str(path.relative_to(FOLDERS[folder])) for path in FOLDERS[folder].rglob("*.h"))


def read(folder):
    """All headers of a folder as one."""
    whole = Header([], {}, {}, {})
    for name in headers(folder):
        path = FOLDERS[folder] / name
        header = parse(path.read_text(), str(path.relative_to(ROOT)))
        whole.functions += header.functions
        whole.callbacks.update(header.callbacks)
        whole.inits.update(header.inits)
        whole.structs.update(header.structs)
    return whole
