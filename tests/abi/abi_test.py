#!/usr/bin/env python3
"""The ABI of the libraries against the recorded one, tests/abi/*.abi. What docs/abi.md promises not to change must be as it was;
what may grow, may have grown.

usage: abi_test.py [--record] BUILD_DIR LIBRARY...    lib*.so; --record writes the records instead

Until the first release (cmake/symbols lists none) a difference from the record is shown, and does not fail: nothing is promised yet.

libabigail reads the ABI from debug information. Here that is not of the library, whose types are mostly private: it is of a stub
that has each function of the public headers that the library exports, under the same version node. The compiler checks
elsewhere that the library's own functions agree with the headers, since each source includes its header.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

sys.dont_write_bytecode = True  # leaves no cache beside the sources

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "surface"))

import api
import symbols_test

SKIPPED = 77
ABIDW = ["abidw", "--type-id-style", "hash", "--no-corpus-path", "--no-comp-dir-path", "--no-elf-needed", "--no-show-locs",
         "--drop-private-types", "--no-write-default-sizes"]
# What may grow: docs/abi.md. The exceptions are structs that the program allocates without a size, and those that others contain.
# moved() looks at the members of structs with reserved members, which a later version may use.
ALLOWED = """
[suppress_type]
  type_kind = struct
  name_regexp = ^(boxd|drukbox)_
  name_not_regexp = ^({fixed})$
  has_data_member_inserted_at = end

[suppress_type]
  type_kind = struct
  name_regexp = ^({reserving})$
"""
FIXED = {"boxd_error"}


def run(*command, check=True):
    result = subprocess.run(command, capture_output=True, text=True)
    if check and result.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{result.stdout}{result.stderr}")
    return result


class Headers:
    """The public functions, since which version each is there, and the structs that may not grow."""

    def __init__(self, folders=None):
        self.folders = list((folders or api.FOLDERS).values())
        self.functions = {}
        self.since = {}
        structs = {}
        for path in self.folders:
            for file in sorted(path.rglob("*.h")):
                text = file.read_text()
                name = str(file.relative_to(path))
                header = api.parse(text, name)
                structs.update(header.structs)
                whole = re.search(r"@since (\d+\.\d+)\.\d+", text)[1]
                for function in header.functions:
                    own = re.search(r"@since (\d+\.\d+)\.\d+", function.doc or "")
                    self.functions[function.name] = (name, function)
                    self.since[function.name] = own[1] if own else whole
        self.reserving = {name for name, members in structs.items() if any(n == "reserved_" for _, n in members)}
        self.fixed = FIXED | {t for members in structs.values() for t, _ in members if t in structs}


def declarator(type_, name):
    array = re.search(r"((?:\[\w*\])+)$", type_.replace(" ", ""))
    return f"{type_[: type_.index('[')]} {name}{array[1]}" if array else f"{type_} {name}"


def stub_source(functions):
    lines = [f"#include <{header}>" for header in sorted({header for header, _ in functions})]
    for _, function in functions:
        arguments = ", ".join(declarator(t, n) for t, n in function.arguments) or "void"
        lines.append(f"{function.result} {function.name}({arguments})\n{{\n    __builtin_trap();\n}}")
    return "\n".join(lines) + "\n"


def version_script(exported):
    nodes = {}
    for name, node in exported:
        nodes.setdefault(node, []).append(name)
    return "".join(f"{node} {{ global: {'; '.join(names)}; }};\n" for node, names in sorted(nodes.items()))


def write_abi(headers, exported, soname, includes, output):
    """`exported`: (name, version node) of each function. The stub is made beside `output`."""
    source, stub, script = (output.with_suffix(suffix) for suffix in (".c", ".so", ".map"))
    source.write_text(stub_source([headers.functions[name] for name, _ in exported]))
    script.write_text(version_script(exported))
    run("cc", "-std=c11", "-g", "-O0", "-w", "-shared", "-fPIC", *(f"-I{path}" for path in [*headers.folders, *includes]),
        f"-Wl,--version-script={script}", f"-Wl,-soname,{soname}", "-o", stub, source)
    run(*ABIDW, *(o for path in headers.folders for o in ("--headers-dir", path)), "--out-file", output, stub)
    text = re.sub(r"(<abi-instr [^>]*) path='[^']*'", r"\1 path='stub.c'", output.read_text())
    output.write_text(text)


def compare(headers, before, after):
    rules = after.with_suffix(".abignore")
    rules.write_text(ALLOWED.format(fixed="|".join(sorted(headers.fixed)), reserving="|".join(sorted(headers.reserving))))
    result = run("abidiff", "--no-added-syms", "--suppressions", rules, before, after, check=False)
    if result.returncode:
        yield f"abidiff: exit status {result.returncode}\n{result.stdout}{result.stderr}"


def layouts(abi):
    """{struct: (size in bits, {member: (offset in bits, type)})}"""
    found = {}
    for struct in xml.etree.ElementTree.parse(abi).iter("class-decl"):
        if struct.get("size-in-bits"):
            found[struct.get("name")] = (struct.get("size-in-bits"), {
                member[0].get("name"): (member.get("layout-offset-in-bits"), member[0].get("type-id")) for member in struct.iter("data-member")})
    return found


def moved(headers, before, after):
    """abidiff takes some of this for harmless: two members of one type that change places, a struct that grows in another."""
    now = layouts(after)
    for name, (size, members) in layouts(before).items():
        if name not in now:
            continue  # not reachable from a function any more: abidiff reports the function
        if name in headers.fixed and now[name][0] != size:
            yield f"{name} has {now[name][0]} bits instead of {size}, and cannot grow"
        for member, (offset, type_) in members.items():
            now_offset, now_type = now[name][1].get(member, (None, None))
            if member != "reserved_" and now_offset != offset:
                yield f"{name}.{member} is at bit {now_offset} instead of {offset}"
            elif member != "reserved_" and name in headers.reserving and now_type != type_:
                yield f"{name}.{member} has another type"


class Library:
    def __init__(self, file, build, headers):
        self.name = re.sub(r"\.so.*", "", pathlib.Path(file).name)
        self.record = HERE / f"{self.name}.abi"
        self.exported = [(n, node) for n, node in symbols_test.symbols(file) if not n.startswith("boxd_private_")]
        self.headers = headers
        self.includes = [f"{build}/proto/generated"]

    def write(self, output):
        write_abi(self.headers, self.exported, f"{self.name}.so.0", self.includes, output)

    def changes(self, work):
        """Differences from the record."""
        now = work / f"{self.name}.abi"
        self.write(now)
        yield from compare(self.headers, self.record, now)
        yield from moved(self.headers, self.record, now)

    def problems(self):
        unknown = [name for name, _ in self.exported if name not in self.headers.functions]
        if unknown:
            yield f"no header declares {', '.join(unknown)}"
        for name, node in self.exported:
            if name in self.headers.since and node != f"BOXD_{self.headers.since[name]}":
                yield f"{name} is in the version node {node}, and @since {self.headers.since[name]} in its header"
        if not self.record.exists():
            yield f"{self.record.name} is missing: run tests/abi/record.sh"


def older_problems(headers, includes, work):
    """Programs that were compiled with older/boxd_older.h work with these headers."""
    older = Headers({"older": HERE / "older"})
    exported = [(name, f"BOXD_{since}") for name, since in older.since.items()]
    before, now = work / "older.abi", work / "now.abi"
    write_abi(older, exported, "libboxd.so.0", [], before)
    write_abi(headers, exported, "libboxd.so.0", includes, now)
    yield from compare(headers, before, now)
    yield from moved(headers, before, now)


class Detects(unittest.TestCase):
    """Changes of a small header, and whether they are reported."""

    HEADER = """
        /** @file sample.h @since 0.1.0 */
        #include <stddef.h>
        #define BOXD_API __attribute__((visibility("default")))
        typedef enum boxd_colour { BOXD_RED = 0, BOXD_BLUE = 1 } boxd_colour;
        typedef struct boxd_error { boxd_colour colour; char message[8]; } boxd_error;
        typedef struct boxd_buffer { const char *data; size_t size; void *reserved_[2]; } boxd_buffer;
        typedef struct boxd_result { boxd_buffer out, err; int code; } boxd_result;
        typedef struct boxd_options { size_t size; int first, second; } boxd_options;
        BOXD_API boxd_result *boxd_run(const boxd_options *options, boxd_error *error);
        BOXD_API void boxd_stop(int code);
    """
    ALLOWED = [
        ("int code; }", "int code; int more; }"),  # a result grows
        ("int first, second; }", "int first, second; const char *third; }"),  # options grow
        ("void *reserved_[2];", "void *more, *reserved_[1];"),
        ("BOXD_BLUE = 1", "BOXD_BLUE = 1, BOXD_GREEN = 2"),
        ("BOXD_API void", "BOXD_API int boxd_go(void); BOXD_API void"),
    ]
    REFUSED = [
        ("BOXD_API void boxd_stop(int code);", ""),
        ("boxd_stop(int code)", "boxd_stop(long code)"),
        ("boxd_stop(int code)", "boxd_stop(int code, int signal)"),
        ("int first, second;", "int second, first;"),
        ("int first, second;", "int first;"),
        ("int first, second;", "long first, second;"),
        ("int code; }", "} "),
        ("BOXD_BLUE = 1", "BOXD_BLUE = 2"),
        ("const char *data; size_t", "size_t *data; size_t"),
        ("size_t size; void *reserved_[2]", "void *reserved_[2]; size_t size"),
        ("reserved_[2]", "reserved_[3]"),  # what contains it moves
        ("char message[8]; }", "char message[8]; int more; }"),  # no size says how long the program's is
    ]

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def abi(self, name, text):
        folder = pathlib.Path(self.folder.name, name)
        folder.mkdir()
        (folder / "sample.h").write_text(text)
        headers = Headers({"sample": folder})
        write_abi(headers, [(f, "BOXD_0.1") for f in headers.functions], "libsample.so.0", [], folder / "sample.abi")
        return headers, folder / "sample.abi"

    def changes(self):
        """(change, problems) of each."""
        _, before = self.abi("before", self.HEADER)
        for number, (old, new) in enumerate([*self.ALLOWED, *self.REFUSED]):
            self.assertIn(old, self.HEADER)
            headers, after = self.abi(str(number), self.HEADER.replace(old, new))
            yield f"{old} -> {new}", [*compare(headers, before, after), *moved(headers, before, after)]

    def test_changes(self):
        found = list(self.changes())
        for change, problems in found[: len(self.ALLOWED)]:
            with self.subTest(change):
                self.assertEqual(problems, [])
        for change, problems in found[len(self.ALLOWED) :]:
            with self.subTest(change):
                self.assertTrue(problems)


class VersionNodes(unittest.TestCase):
    """A later release, whose version script has the names that the earlier ones brought."""

    SCRIPT = """
        include({root}/cmake/version_script.cmake)
        boxd_version_script(map {version} {folder} libsample boxd_* boxd_private_x)
        file(WRITE {folder}/sample.map "${{map}}")
    """

    def nodes(self, version, lists):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for release, names in lists.items():
                (folder / f"{release}.txt").write_text("".join(f"libsample {n}\nlibother boxd_other\n" for n in names))
            (folder / "script.cmake").write_text(self.SCRIPT.format(root=api.ROOT, version=version, folder=folder))
            (folder / "sample.c").write_text("void boxd_a(void) {} void boxd_b(void) {} void boxd_c(void) {}\n"
                                             "void boxd_private_x(void) {} void other(void) {}\n")
            run("cmake", "-P", folder / "script.cmake")
            run("cc", "-shared", "-fPIC", f"-Wl,--version-script={folder}/sample.map", "-o", folder / "libsample.so",
                folder / "sample.c")
            return [f"{n}@{node}" for n, node in symbols_test.symbols(str(folder / "libsample.so"))]

    def test_nodes(self):
        private = "boxd_private_x@BOXD_PRIVATE_"
        self.assertEqual(self.nodes("0.1.0", {}),
                         ["boxd_a@BOXD_0.1", "boxd_b@BOXD_0.1", "boxd_c@BOXD_0.1", private + "0.1.0"])
        self.assertEqual(self.nodes("0.1.1", {"0.1": ["boxd_a", "boxd_b", "boxd_c"]})[0], "boxd_a@BOXD_0.1")
        self.assertEqual(self.nodes("0.10.3", {"0.1": ["boxd_a"], "0.9": ["boxd_c"]}),
                         ["boxd_a@BOXD_0.1", "boxd_b@BOXD_0.10", "boxd_c@BOXD_0.9", private + "0.10.3"])


def main(arguments):
    record = arguments[:1] == ["--record"]
    build, *files = arguments[record:]
    if not shutil.which("abidw"):
        print("abi_test.py: abidw (Debian: abigail-tools) is missing, skipped")
        return SKIPPED
    headers = Headers()
    libraries = [Library(file, build, headers) for file in files]
    if record:
        with tempfile.TemporaryDirectory() as work:
            for library in libraries:
                output = pathlib.Path(work, library.record.name)
                library.write(output)
                library.record.write_text(output.read_text())
        return 0
    failed = 0
    released = any((api.ROOT / "cmake/symbols").glob("*.txt"))
    with tempfile.TemporaryDirectory() as work:
        for library in libraries:
            wrong = list(library.problems())
            changes = [] if wrong else list(library.changes(pathlib.Path(work)))
            failed += bool(wrong or (changes and released))
            for problem in [*wrong, *changes]:
                print(f"{library.name}: {problem}")
        wrong = list(older_problems(headers, libraries[0].includes, pathlib.Path(work)))
        failed += bool(wrong)
        for problem in wrong:
            print(f"older/boxd_older.h: {problem}")
    if failed:
        print("docs/abi.md says which changes are allowed.")
    own = unittest.TextTestRunner(stream=sys.stderr, verbosity=0).run(
        unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__]))
    failures = failed + len(own.failures) + len(own.errors)
    print(f"{len(libraries) + 1 + own.testsRun - failures} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
