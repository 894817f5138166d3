#!/usr/bin/env python3
"""The public structs can grow without breaking programs that exist: refuses the shapes that cannot.

usage: shapes_test.py
"""

import re
import sys
import unittest

sys.dont_write_bytecode = True  # leaves no cache beside the sources

import api

POINTER_LIST = re.compile(r".* \* const \*$")
UNITS = {"_us": {"int64_t"}, "_ms": {"int64_t"}, "_s": {"int64_t"}, "_bytes": {"uint64_t", "size_t"}}
# The caller's, and of a size that never changes: it has a reserve instead of a size.
FIXED = {"boxd_error"}


def list_of(count, members):
    """The member that `count` counts, e.g. labels for label_count: (type, name), or None."""
    if count == "count":
        names = ["items"]
    else:
        one = count.removesuffix("_count")
        names = [one, one + "s", re.sub("y$", "ies", one)]
    return next(((t, name) for t, name in members if name in names and t.endswith("*")), None)


def named(type_):
    """The name in a type: "const boxd_box *" is about boxd_box."""
    return re.sub(r"^const ", "", type_).split()[0]


class Shapes:
    def __init__(self, header):
        self.structs = header.structs
        self.inits = set(header.inits.values())
        self.functions = header.functions
        self.names = {function.name for function in header.functions}

    def lists(self, members):
        for type_, name in members:
            if "[" in type_ and named(type_) in self.structs:
                yield f"{name} is an array of structs by value"
            if type_ != "size_t" or not re.search(r"(^|_)count$", name):
                continue
            counted = list_of(name, members)
            if counted is None:
                yield f"{name} counts no member"
            elif not POINTER_LIST.match(counted[0]):
                yield f"{counted[1]} is {counted[0]}: a list is an array of pointers, `const T *const *` or `T *const *`"

    def embedded(self, members):
        for type_, name in members:
            inner = self.structs.get(type_)
            if inner is not None and not any(member == "reserved_" for _, member in inner):
                yield f"{name} embeds {type_}, which has no reserved_ member to grow into"

    def units(self, members):
        for type_, name in members:
            for unit, types in UNITS.items():
                if name.endswith(unit) and type_.replace(" *", "") not in types | {"bool"}:
                    yield f"{name} is {type_}; a member in {unit[1:]} is {' or '.join(sorted(types))}"

    def sized(self, name, members):
        if name not in FIXED and members[:1] != [("size_t", "size")]:
            yield "is the caller's, and does not begin with `size_t size`"
        elif name not in self.inits and name != "boxd_rpc_method":
            yield f"is the caller's, and has no {name.upper()}_INIT"

    def callers(self):
        """The structs that a program allocates: those with an initialiser, the items of lists in those, and those that a
        function reads or fills while no function frees them."""
        found = {name for name in self.structs if name in self.inits}
        for name in list(found):
            found |= {named(t) for t, _ in self.structs[name] if named(t) in self.structs and POINTER_LIST.match(t)}
        for function in self.functions:
            found |= {named(t) for t, _ in function.arguments if t.endswith("*") and named(t) in self.structs
                      and f"{named(t)}_free" not in self.names and not t.endswith("* *")}
        return found

    def checks(self):
        callers = self.callers()
        for name, members in self.structs.items():
            problems = [*self.lists(members), *self.embedded(members), *self.units(members)]
            if name in callers:
                problems += self.sized(name, members)
            yield name, problems
        for function in self.functions:
            yield function.name, list(self.units(function.arguments))


def versions(text):
    """A header says since which version its names are there."""
    comment = re.match(r"/\*\*.*?\*/", text, re.S)
    if not comment or not re.search(r"^ \* @since \d+\.\d+\.\d+$", comment[0], re.M):
        yield "its file comment has no line `@since <version>`"


def undocumented(text):
    """Each member of a struct has a comment before it, but those that are the same in all structs."""
    for name, body in re.findall(r"^typedef struct (\w+) {\n(.*?)^} \1;", text, re.S | re.M):
        for member in re.finditer(r"^    (?![ /])[^;]*;", body, re.M):
            usual = re.search(r"reserved_|^    size_t size;|^    boxd_call_options call;", member[0])
            if not usual and not body[:member.start()].rstrip().endswith("*/"):
                yield f"{name}: {' '.join(member[0].split())} has no comment"


class Detects(unittest.TestCase):
    GOOD = """
        #define BOXD_A_OPTIONS_INIT 0
        #define BOXD_ITEM_INIT 0
        typedef struct boxd_buffer { const char *data; size_t size; void *reserved_[2]; } boxd_buffer;
        typedef struct boxd_item { size_t size; const char *name; } boxd_item;
        typedef struct boxd_items { size_t count; const boxd_item *const *items; } boxd_items;
        typedef struct boxd_boxes { size_t count; boxd_box *const *items; } boxd_boxes;
        typedef struct boxd_a_options { size_t size; size_t proxy_count; const boxd_item *const *proxies; } boxd_a_options;
        typedef struct boxd_file { boxd_buffer content; int64_t took_ms, kept_s; bool has_took_ms; } boxd_file;
        BOXD_API void boxd_file_free(boxd_file *file);
        BOXD_API boxd_file *boxd_get(const boxd_a_options *options, int64_t timeout_s, int64_t *took_us);
    """

    def problems(self, text):
        return "\n".join(problem for _, problems in Shapes(api.parse(text)).checks() for problem in problems)

    def change(self, old, new):
        self.assertIn(old, self.GOOD)
        return self.problems(self.GOOD.replace(old, new))

    def test_nothing_wrong(self):
        self.assertEqual(self.problems(self.GOOD), "")

    def test_list_by_value(self):
        self.assertIn("items is const boxd_item *:", self.change("const boxd_item *const *items", "const boxd_item *items"))
        self.assertIn("items is boxd_item *:", self.change("const boxd_item *const *items", "boxd_item *items"))
        self.assertIn("proxies is const boxd_item *:", self.change("const boxd_item *const *proxies", "const boxd_item *proxies"))
        self.assertIn("items is boxd_box * *:", self.change("boxd_box *const *items", "boxd_box **items"))

    def test_array_of_structs(self):
        self.assertIn("array of structs", self.change("boxd_buffer content", "boxd_buffer content[4]"))

    def test_count_of_nothing(self):
        self.assertIn("proxy_count counts no member", self.change("*proxies", "*others"))

    def test_embedded_without_reserve(self):
        self.assertIn("content embeds boxd_buffer", self.change(" void *reserved_[2];", ""))

    def test_units(self):
        self.assertIn("kept_s is int32_t", self.change("int64_t took_ms, kept_s", "int64_t took_ms; int32_t kept_s"))
        self.assertIn("timeout_s is uint32_t", self.change("int64_t timeout_s", "uint32_t timeout_s"))
        self.assertIn("took_us is uint64_t *", self.change("int64_t *took_us", "uint64_t *took_us"))
        self.assertIn("in_bytes is int", self.change("bool has_took_ms", "int in_bytes"))

    def test_undocumented(self):
        good = "typedef struct a {\n    size_t size;\n    /** B. */\n    int b;\n\n    /** C and\n     * d. */\n    int c, d;\n} a;\n"
        self.assertEqual(list(undocumented(good)), [])
        self.assertEqual(list(undocumented(good.replace("    /** B. */\n", ""))), ["a: int b; has no comment"])

    def test_versions(self):
        self.assertEqual(list(versions("/**\n * @file a.h\n *\n * @since 0.1.0\n */\n")), [])
        self.assertEqual(len(list(versions("/**\n * @file a.h\n */\n/** @since 0.1.0 */\n"))), 1)

    def test_no_size(self):
        self.assertIn("does not begin with", self.change("boxd_a_options { size_t size;", "boxd_a_options {"))
        self.assertIn("does not begin with", self.change("boxd_item { size_t size;", "boxd_item {"))
        self.assertIn("has no BOXD_ITEM_INIT", self.change("#define BOXD_ITEM_INIT 0", ""))
        self.assertIn("does not begin with", self.change("BOXD_API void boxd_file_free(boxd_file *file);",
                                                         "BOXD_API void boxd_fill(boxd_file *file);"))


def main():
    results = list(Shapes(everything()).checks())
    for folder, path in api.FOLDERS.items():
        for name in api.headers(folder):
            text = (path / name).read_text()
            results.append((name, [*versions(text), *undocumented(text)]))
    failed = [(what, problems) for what, problems in results if problems]
    for what, problems in failed:
        print("\n".join(f"{what}: {problem}" for problem in problems))
    own = unittest.TextTestRunner(stream=sys.stderr, verbosity=0).run(
        unittest.defaultTestLoader.loadTestsFromTestCase(Detects))
    failures = len(failed) + len(own.failures) + len(own.errors)
    print(f"{len(results) + own.testsRun - failures} passed, {failures} failed")
    return 1 if failures or not results else 0


def everything():
    """The headers of all folders as one."""
    whole = api.Header([], {}, {}, {})
    for header in map(api.read, api.FOLDERS):
        whole.functions += header.functions
        whole.callbacks.update(header.callbacks)
        whole.inits.update(header.inits)
        whole.structs.update(header.structs)
    return whole


if __name__ == "__main__":
    sys.exit(main())
