"""Rules of how large files and functions are, and of where comments stand."""

import re
from statistics import median

from sources import all_sources, code, functions, line_of, sources, text

MAX_FILE_LINES = 600
MAX_FUNCTION_LINES = 50
MAX_COMPLEXITY = 15
MAX_MEDIAN_LINES = 12
LIBRARY = r"(common|async|sync)/.*\.c$"


def files_are_short():
    """no file is longer than 600 lines"""
    counts = ((path, text(path).count("\n")) for path in all_sources())
    return [f"{path}: {count} lines" for path, count in counts if count > MAX_FILE_LINES]


def functions_are_short():
    """no function is longer than 50 lines"""
    return [str(function) for path in all_sources() for function in functions(path)
            if function.lines > MAX_FUNCTION_LINES]


def functions_are_simple():
    """no function has a cyclomatic complexity over 15"""
    return [str(function) for path in all_sources() for function in functions(path)
            if function.complexity > MAX_COMPLEXITY]


def library_functions():
    return [function for path in sources(LIBRARY) for function in functions(path)]


def summary():
    lengths = sorted(function.lines for function in library_functions())
    complexities = [function.complexity for function in library_functions()]
    return (f"functions of the library: {len(lengths)}; lines: median {median(lengths):g}, "
            f"p95 {lengths[len(lengths) * 95 // 100]}, max {lengths[-1]}; "
            f"complexity: mean {sum(complexities) / len(complexities):.1f}, max {max(complexities)}")


def median_function_is_short():
    """the median length of the library's functions is at most 12 lines"""
    return [summary()] if median(function.lines for function in library_functions()) > MAX_MEDIAN_LINES else []


def sources_open_with_a_comment():
    """each .c file opens with a comment: what is in it, who calls it, on which thread"""
    return [f"{path}:1" for path in sources(r".*\.c$") if not text(path).startswith("/*")]


def member_comments_stand_above():
    """the comment of a struct's member stands above it, not behind it"""
    found = []
    for path in all_sources():
        whole = text(path)
        for struct in re.finditer(r"\b(?:struct|union)\b[ \w]*\{(?:[^{}]|\{[^{}]*\})*\}", code(path)):
            lines = whole[struct.start():struct.end()].splitlines()
            first = line_of(whole, struct.start())
            found += [f"{path}:{first + i}" for i, line in enumerate(lines) if re.search(r";[ \t]*/[*/]", line)]
    return sorted(set(found))


def formats_do_not_cut_text():
    """no format of the library cuts text with a precision: it cuts inside a character; PRINTABLE() cuts between two"""
    return [f"{path}:{line_of(text(path), match.start())}: {match[0]}" for path in sources(LIBRARY)
            for match in re.finditer(r"%\.\d+s", text(path))]


RULES = [
    files_are_short,
    functions_are_short,
    functions_are_simple,
    median_function_is_short,
    sources_open_with_a_comment,
    member_comments_stand_above,
    formats_do_not_cut_text,
]
