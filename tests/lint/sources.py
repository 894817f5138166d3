"""The C and C++ sources of the tree, as the rules read them: text, code without comments, includes, functions."""

import re
import subprocess
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SUFFIXES = (".c", ".h", ".cpp")

# Functions open and close with a brace in the first column: clang-format ensures this.
FUNCTION = re.compile(r"^\{\n(.*?)^\}", re.M | re.S)
NAME = re.compile(r"\b(?:START_TEST\s*\(\s*)?(\w+)\s*[()]")
INCLUDE = re.compile(r"^[ \t]*#[ \t]*include[ \t]*([<\"][^>\"]+[>\"])", re.M)
DECISION = re.compile(r"\b(?:if|for|while|case|catch)\b|&&|\|\||\?")


class Include(NamedTuple):
    path: str
    line: int
    header: str  # with its quotes or angle brackets

    def __str__(self):
        return f"{self.path}:{self.line}: {self.header}"


class Function(NamedTuple):
    path: str
    line: int
    name: str
    lines: int  # from brace to brace
    complexity: int  # cyclomatic: one, and one more for each decision

    def __str__(self):
        return f"{self.path}:{self.line}: {self.name}: {self.lines} lines, complexity {self.complexity}"


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()


def sources_of(names):
    """Those of `names` that are sources and exist."""
    return sorted({name for name in names if name.endswith(SUFFIXES) and (ROOT / name).is_file()})


@lru_cache(maxsize=None)
def all_sources():
    """What git tracks, and new files that it does not ignore. Generated files are in build directories."""
    return sources_of(git("ls-files", "-co", "--exclude-standard"))


def changed_sources():
    """What differs from the last commit."""
    return sources_of(git("diff", "--name-only", "HEAD") + git("ls-files", "-o", "--exclude-standard"))


def sources(pattern):
    """The paths that match the regular expression from their beginning."""
    return [path for path in all_sources() if re.match(pattern, path)]


@lru_cache(maxsize=None)
def text(path):
    return (ROOT / path).read_text()


def blank(match):
    return re.sub(r"[^\n]", " ", match[0])


@lru_cache(maxsize=None)
def code(path):
    """The text with its comments and the contents of its literals blanked; lines and columns stay."""

    def replace(match):
        return blank(match) if match[0].startswith("/") else match[0][0] + blank(match)[1:-1] + match[0][0]

    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", replace, text(path), flags=re.S)


def line_of(whole, offset):
    return whole.count("\n", 0, offset) + 1


@lru_cache(maxsize=None)
def includes(path):
    whole = text(path)
    return [Include(path, line_of(whole, match.start(1)), match[1]) for match in INCLUDE.finditer(whole)]


def all_includes(pattern):
    return [include for path in sources(pattern) for include in includes(path)]


def folder(path):
    return str(PurePosixPath(path).parent)


@lru_cache(maxsize=None)
def functions(path):
    whole = code(path)
    found = []
    for match in FUNCTION.finditer(whole):
        head = re.split(r"[;}]|\n\n", whole[:match.start()])[-1]
        name = NAME.search(head)
        found.append(Function(path, line_of(whole, match.start()), name[1] if name else "?", match[1].count("\n") + 2,
                              1 + len(DECISION.findall(match[1]))))
    return found
