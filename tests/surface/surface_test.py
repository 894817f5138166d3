#!/usr/bin/env python3
"""The two surfaces are one: proves it from the public headers and from what the libraries export.

usage: surface_test.py LIBRARY...      checks; the libraries together export all that the headers declare
       surface_test.py --list-blocking prints the names of all blocking functions, one per line
"""

import re
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True  # leaves no cache beside the sources

import api

ERROR_TAIL = [("boxd_error *", "error")]
CALLBACK_TAIL = ["const boxd_error *", "void *"]

# Functions of the async headers that are not operations.
ASYNC_WITHOUT_TWIN = {
    "boxd_aio_compute_fd": "returns a descriptor; no call is made",
    "boxd_aio_compute_dispatch": "runs callbacks; blocking calls have none",
    "boxd_aio_in_callback": "asks about the calling thread",
    "boxd_aio_set_blocking_caller": "a setting of the calling thread",
    "boxd_aio_compute_attach": "notes who dispatches; no call is made",
    "boxd_aio_compute_detach": "as boxd_aio_compute_attach",
    "drukbox_aio_client_fd": "as boxd_aio_compute_fd",
    "drukbox_aio_client_dispatch": "as boxd_aio_compute_dispatch",
    "drukbox_aio_client_attach": "as boxd_aio_compute_attach",
    "drukbox_aio_client_detach": "as boxd_aio_compute_attach",
}
# Of those the ones that are one for all products, in the common headers.
COMMON_ASYNC = ["boxd_aio_in_callback", "boxd_aio_set_blocking_caller"]
# Pairs whose shape is their own: name, result, arguments.
OWN_SHAPE = {
    "boxd_compute_close": ("boxd_status", ["boxd_compute *"]),
    "boxd_aio_compute_close": ("void", ["boxd_compute *", "boxd_done_cb", "void *"]),
    "drukbox_client_close": ("boxd_status", ["drukbox_client *"]),
    "drukbox_aio_client_close": ("void", ["drukbox_client *", "boxd_done_cb", "void *"]),
}
# Functions of the common headers that fill an error, and still are no operations.
COMMON_WITH_ERROR = {
    "boxd_box_from_name": "no I/O: the handle is looked up by the first call on it",
    "boxd_disk_from_id": "no I/O",
    "boxd_template_from_id": "no I/O",
    "boxd_snapshot_from_name": "no I/O",
    "boxd_terminal_open": "no I/O but on the terminal, and no waiting: the same function serves both surfaces",
    "boxd_metadata_add": "adds to a list",
    "boxd_compute_open": "no network I/O and no waiting: the same function serves both surfaces",
    "drukbox_client_open": "the same",
    "drukbox_client_open_from_env": "the same",
}
# An operation of this name, on either surface, makes no call.
ASKS_NOBODY = "compute_wait_for_slot"
# Blocking functions that the common headers declare.
COMMON_BLOCKING = ["boxd_compute_close", "drukbox_client_close"]

PRODUCT = re.compile(r"(boxd|drukbox)_(aio_)?(.*)")

RPC = re.compile(r"\bRPC: |\b(GET|POST|PUT|PATCH|DELETE) /")
SAME_AS = re.compile(r"^(?:As|Async twin of) ((?:boxd|drukbox)_\w+)\(\)")
TWIN_OF = re.compile(r"^Async twin of ((?:boxd|drukbox)_\w+)\(\)")  # boxd/aio.h says where callbacks run: manual_test.py
ADAPTER = re.compile(r"/(boxd|drukbox)/adapters/(\w+)\.h:")
AS_IN = re.compile(r"\bas in ((?:boxd|drukbox)_\w+)\(\)")


class Surface:
    """What the headers of the three rooms declare."""

    def __init__(self, common, sync, aio):
        self.common, self.sync = common.functions, sync.functions
        self.adapters = [f for f in aio.functions if ADAPTER.search(f.where)]
        self.aio = [f for f in aio.functions if f not in self.adapters]
        self.callbacks = {**common.callbacks, **sync.callbacks, **aio.callbacks}
        self.by_name = {function.name: function for function in self.all()}

    def all(self):
        return self.common + self.sync + self.aio + self.adapters

    def blocking(self):
        return sorted([f.name for f in self.sync] + [name for name in COMMON_BLOCKING if name in self.by_name])

    def operations(self):
        return self.sync + [f for f in self.aio if f.name not in ASYNC_WITHOUT_TWIN and f.name not in OWN_SHAPE]

    # Twins.

    def own_shape(self, function):
        result, types = OWN_SHAPE[function.name]
        if (function.result, [t for t, _ in function.arguments]) != (result, types):
            yield f"is not {result} ({', '.join(types)})"

    def common_function(self, function):
        if PRODUCT.match(function.name)[2]:
            if function.name not in COMMON_ASYNC:
                yield "belongs into the async headers"
        elif function.name in OWN_SHAPE:
            yield from self.own_shape(function)
        elif function.name not in COMMON_WITH_ERROR:
            if any(t == "boxd_error *" or t in self.callbacks for t, _ in function.arguments):
                yield "looks like an operation: those belong into the sync and async headers"

    def sync_function(self, function):
        if not PRODUCT.match(function.name) or PRODUCT.match(function.name)[2]:
            yield "is not named boxd_x_y"
            return
        if function.arguments[-1:] != ERROR_TAIL:
            yield "does not end in `boxd_error *error`"
        if function.result == "void":
            yield "returns nothing"
        twin = self.by_name.get(PRODUCT.sub(r"\1_aio_\3", function.name))
        if twin is None:
            yield "has no async twin"
        else:
            yield from self.twins(function, twin)

    def async_function(self, function):
        if not (PRODUCT.match(function.name) and PRODUCT.match(function.name)[2]):
            yield "is not named boxd_aio_x_y"
            return
        if function.name in ASYNC_WITHOUT_TWIN:
            return
        if function.name in OWN_SHAPE:
            yield from self.own_shape(function)
            return
        if function.result != "void":
            yield "returns something"
        names = [name for _, name in function.arguments[-2:]]
        callback = function.arguments[-2][0] if len(function.arguments) > 1 else ""
        if names != ["callback", "user_data"] or function.arguments[-1][0] != "void *":
            yield "does not end in `callback, void *user_data`"
        elif callback not in self.callbacks:
            yield f"its callback type {callback} is declared in no header"
        plain = re.sub(r"_nocopy$", "", function.name)
        if plain != function.name and plain not in self.by_name:
            yield f"has no plain variant {plain}"
        if PRODUCT.sub(r"\1_\3", plain) not in {f.name for f in self.sync}:
            yield "has no blocking twin"

    def twins(self, sync, aio):
        """Leading arguments are the same. What the blocking one has beyond them it fills: with what it returns, that
        is what the callback gets."""
        leading, given = aio.arguments[:-2], sync.arguments[:-1]
        filled = given[len(leading):]
        if given[: len(leading)] != leading or any(not re.match(r"(?!const )\w+ (\* )*\*$", t) for t, _ in filled):
            yield f"{spell(given)} is not what {aio.name} takes, {spell(leading)}"
        callback = aio.arguments[-2][0] if len(aio.arguments) > 1 else ""
        result, parameters = self.callbacks.get(callback, ("", []))
        types = [t for t, _ in parameters]
        if result != "void" or types[-2:] != CALLBACK_TAIL:
            yield f"{callback} does not end in `const boxd_error *error, void *user_data`"
            return
        if sync.result == "boxd_status" and not filled and callback != "boxd_done_cb":
            yield f"returns a status, but its twin's callback is {callback}"
        # A number or a message is filled through a pointer, and handed to the callback as it is.
        wanted = [sync.result] + [re.sub(r"^(u?int\d+_t|bool|int|\w+ \*) \*$", r"\1", t) for t, _ in filled]
        if [re.sub("^const ", "", t) for t in types[:-2]] != [re.sub("^const ", "", t) for t in wanted]:
            yield f"returns {', '.join(wanted)}, but {callback} gets {', '.join(types[:-2])}"

    def adapter_function(self, function):
        """What an adapter has: one function, the same for every kind of loop."""
        product, loop = ADAPTER.search(function.where).groups()
        client = "compute" if product == "boxd" else "client"
        if function.name != f"{product}_{loop}_attach":
            yield f"is not named {product}_{loop}_attach"
        names = [name for _, name in function.arguments]
        where = "context" if loop == "qt" else "loop"  # a thread of Qt has one loop
        if function.result != "boxd_status" or names != [client, where, "error"]:
            yield f"is not boxd_status ({client}, {where}, error)"
        if "callbacks run there" not in (function.doc or ""):
            yield "its comment does not say where callbacks run"

    # Comments.

    def inherited(self, function, seen=()):
        """A comment that starts with "As boxd_x(), ..." says what that one's says, too."""
        doc = function.doc or ""
        same = SAME_AS.match(doc)
        if same and same[1] in self.by_name and same[1] not in seen:
            return doc + " " + self.inherited(self.by_name[same[1]], (*seen, same[1]))
        return doc

    def documented(self, function):
        if not function.doc:
            yield "has no /** */ comment directly before it"
            return
        for name in re.findall(r"@param (\w+)", function.doc):
            if name not in [n for _, n in function.arguments]:
                yield f"its comment describes {name}, which it does not take"
        for name in re.findall(r"\b((?:boxd|drukbox)_\w+)\(\)", function.doc):
            if name not in self.by_name:
                yield f"its comment names {name}(), which no header declares"

    def names_rpc(self, function):
        if not RPC.search(self.inherited(function)) and not function.name.endswith(ASKS_NOBODY):
            yield "its comment names no RPC or route"

    def says_where(self, function, seen=()):
        doc = self.inherited(function)
        other = AS_IN.search(doc)
        if "core thread" in doc or TWIN_OF.match(function.doc or ""):
            return
        if not other or other[1] not in self.by_name or other[1] in seen:
            yield "its comment does not say where the callback runs"
        else:
            yield from self.says_where(self.by_name[other[1]], (*seen, other[1]))

    def checks(self):
        """Of every function: the rule's name, the function, what is wrong with it."""
        for rule, functions in (
            (self.common_function, self.common),
            (self.sync_function, self.sync),
            (self.async_function, self.aio),
            (self.adapter_function, self.adapters),
            (self.documented, self.all()),
            (self.names_rpc, self.operations()),
            (self.says_where, [f for f in self.operations() if f in self.aio]),
        ):
            for function in functions:
                yield f"{function.where}: {function.name}", list(rule(function))


def spell(arguments):
    return "(" + ", ".join(f"{t} {n}" for t, n in arguments) + ")"


# Exports.

def exported(library):
    listing = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True)
    symbols = (line.split()[-2:] for line in listing.stdout.splitlines())
    names = {name.split("@")[0] for kind, name in symbols if kind != "A"}  # A: a version's own name
    return {name for name in names if not name.startswith("boxd_private_")}  # for our other libraries


def export_checks(declared, libraries):
    """`libraries`: what each exports."""
    for name in sorted(declared.union(*libraries)):
        exporters = sum(name in symbols for symbols in libraries)
        yield f"export of {name}", (
            ["is exported, but no public header declares it"] if name not in declared else
            [] if exporters == 1 else [f"{exporters or 'no'} libraries export it"])


# Imports: functions that change what belongs to the program, and so are none of a library's.

PROCESS_WIDE = {
    "signal", "sigaction", "sigprocmask", "sigaltstack", "atexit", "on_exit", "at_quick_exit", "pthread_atfork",
    "__register_atfork", "setlocale", "setenv", "putenv", "unsetenv", "chdir", "fchdir", "umask", "setrlimit", "exit",
    "_exit", "abort", "srand", "rand", "strerror", "tzset"}


# libboxd-common ends a child that a callback has made by fork() and that returns from this callback.
ALLOWED = {"libboxd-common": {"_exit"}}


def imported(library):
    listing = subprocess.run(["nm", "-D", "--undefined-only", library], check=True, capture_output=True, text=True)
    return {line.split()[-1].split("@")[0] for line in listing.stdout.splitlines()}


def import_checks(library, symbols):
    for name in sorted(PROCESS_WIDE - ALLOWED.get(library.split(".")[0], set())):
        yield f"{library} and {name}()", ["is used, but changes the program's process"] if name in symbols else []


# The test's own test.

class Detects(unittest.TestCase):
    CALLBACKS = """
        typedef void (*boxd_done_cb)(boxd_status status, const boxd_error *error, void *user_data);
        typedef void (*boxd_box_cb)(boxd_box *box, const boxd_error *error, void *user_data);
        typedef void (*boxd_chunk_cb)(boxd_read_status r, const boxd_chunk *c, const boxd_error *error, void *user_data);
        typedef void (*boxd_bad_cb)(boxd_box *box, void *user_data);
    """
    SYNC = "/** Gets. RPC: Get. */ BOXD_API boxd_box *boxd_box_get(boxd_c *c, const char *n, boxd_error *error);"
    AIO = """/** Gets. RPC: Get. Runs on the core thread. */
        BOXD_API void boxd_aio_box_get(boxd_c *c, const char *n, boxd_box_cb callback, void *user_data);"""

    def problems(self, sync=SYNC, aio=AIO, common=""):
        surface = Surface(*(api.parse(text) for text in (common, sync, self.CALLBACKS + aio)))
        return "\n".join(p for _, problems in surface.checks() for p in problems)

    def change(self, old, new, side="AIO"):
        text = getattr(self, side)
        self.assertIn(old, text)
        return self.problems(**{side.lower(): text.replace(old, new)})

    def test_nothing_wrong(self):
        self.assertEqual(self.problems(), "")

    def test_one_side_only(self):
        self.assertIn("has no async twin", self.problems(aio=""))
        self.assertIn("has no blocking twin", self.problems(sync=""))

    def test_other_leading_arguments(self):
        self.assertIn("is not what boxd_aio_box_get takes", self.change("const char *n", "char *n"))
        self.assertIn("is not what boxd_aio_box_get takes", self.change("const char *n", "const char *m"))
        self.assertIn("is not what boxd_aio_box_get takes", self.change("const char *n, ", ""))

    def test_other_tail(self):
        self.assertIn("does not end in `boxd_error", self.change(", boxd_error *error", "", "SYNC"))
        self.assertIn("does not end in `callback", self.change("void *user_data", "void *data"))
        self.assertIn("declared in no header", self.change("boxd_box_cb", "boxd_unknown_cb"))
        self.assertIn("does not end in `const boxd_error", self.change("boxd_box_cb", "boxd_bad_cb"))

    def test_other_result(self):
        self.assertIn("boxd_done_cb gets boxd_status", self.change("boxd_box_cb", "boxd_done_cb"))
        self.assertIn("returns a status", self.change("boxd_box *boxd", "boxd_status boxd", "SYNC"))
        self.assertIn("returns something", self.change("void boxd_aio", "int boxd_aio"))

    def test_filled_argument(self):
        sync = self.SYNC.replace("boxd_box *boxd", "boxd_read_status boxd")
        aio = self.AIO.replace("boxd_box_cb", "boxd_chunk_cb")
        self.assertEqual(self.problems(sync.replace(", boxd_e", ", boxd_chunk *c, boxd_e"), aio), "")
        self.assertIn("boxd_chunk_cb gets", self.problems(sync, aio))

    def test_nocopy_needs_the_plain_one(self):
        self.assertIn("has no plain variant", self.change("boxd_aio_box_get", "boxd_aio_box_get_nocopy"))

    def test_operation_in_common(self):
        self.assertIn("looks like an operation", self.problems(common=self.SYNC.replace("box_get", "box_put")))

    def test_own_shape(self):
        close = "/** Closes. */ BOXD_API %s boxd_compute_close(boxd_compute *compute);"
        self.assertEqual(self.problems(common=close % "boxd_status"), "")
        self.assertIn("is not boxd_status", self.problems(common=close % "void"))

    def test_comments(self):
        self.assertIn("no /** */ comment", self.change("/** Gets", "/* Gets", "SYNC"))
        self.assertIn("names no RPC", self.change("RPC: Get.", "", "SYNC"))
        self.assertIn("where the callback runs", self.change("core thread", "moon"))
        self.assertIn("which it does not take", self.change("Gets.", "Gets. @param z it", "SYNC"))
        self.assertIn("which no header declares", self.change("Gets.", "Gets; see boxd_no().", "SYNC"))

    def test_comments_by_reference(self):
        self.assertEqual(self.problems(*(
            text + text.replace("box_get", "box_put").replace("Gets.", f"As {name}(), twice.").replace("RPC: Get.", "")
            .replace("Runs on the core thread.", "") for text, name in
            ((self.SYNC, "boxd_box_get"), (self.AIO, "boxd_aio_box_get")))), "")
        self.assertIn("where the callback runs", self.change("Runs on the core thread", "as in boxd_box_get()"))

    def test_exports(self):
        self.assertEqual([p for _, p in export_checks({"a", "b"}, [{"a"}, {"b"}]) if p], [])
        self.assertEqual(len([p for _, p in export_checks({"a"}, [{"b"}]) if p]), 2)
        self.assertEqual(len([p for _, p in export_checks({"a"}, [{"a"}, {"a"}]) if p]), 1)

    def test_adapters(self):
        def problems(name):
            text = f"/** Attaches: callbacks run there. */ BOXD_API boxd_status {name}(int *compute, int *loop, int *error);"
            surface = Surface(api.parse(""), api.parse(""), api.parse(text, "async/include/boxd/adapters/uv.h"))
            return [p for _, found in surface.checks() for p in found]
        self.assertEqual(problems("boxd_uv_attach"), [])
        self.assertEqual(len(problems("boxd_aio_compute_attach")), 1)

    def test_imports(self):
        self.assertEqual([what for what, p in import_checks("lib", {"read", "atexit"}) if p], ["lib and atexit()"])


def main(arguments):
    surface = Surface(api.read("common"), api.read("sync"), api.read("async"))
    if arguments == ["--list-blocking"]:
        print("\n".join(surface.blocking()))
        return 0
    if not arguments or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2

    results = [*surface.checks(), *export_checks(set(surface.by_name), [exported(library) for library in arguments])]
    for library in arguments:
        results += import_checks(library.rpartition("/")[2], imported(library))
    failed = [(what, problems) for what, problems in results if problems]
    for what, problems in failed:
        print("\n".join(f"{what}: {problem}" for problem in problems))
    own = unittest.TextTestRunner(stream=sys.stderr, verbosity=0).run(
        unittest.defaultTestLoader.loadTestsFromTestCase(Detects))
    own_failed = len(own.failures) + len(own.errors)
    failures = len(failed) + own_failed
    print(f"{len(surface.blocking())} blocking functions, {len(surface.aio)} async ones")
    print(f"{len(results) + own.testsRun - failures} passed, {failures} failed")
    return 1 if failures or not surface.sync else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
