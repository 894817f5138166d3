#!/usr/bin/env python3
"""One manual: the contract of an operation is the comment of the blocking function; the async comment refers to it.

A blocking comment says what the function does, describes every argument that the common rules (boxd.h, drukbox.h) do
not cover, and ends with the items "Result", "Errors" and "RPC" or "Route". An async comment names its twin, lets
Doxygen copy the twin's text, and adds only what differs. Where callbacks run is said once, in boxd/aio.h.

usage: manual_test.py
"""

import re
import sys
import unittest

sys.dont_write_bytecode = True  # leaves no cache beside the sources

import api
from surface_test import ASKS_NOBODY, OWN_SHAPE, PRODUCT

COMMON_ARGUMENTS = {"call", "options", "error"}  # described once, in boxd.h
ITEM = re.compile(r"@li (\w+): (.*?)(?= @li |$)")
REQUEST = {"boxd": r"RPC", "drukbox": r"Route"}
ROUTE = re.compile(r"(GET|POST|PUT|PATCH|DELETE) /")
SAID_ONCE = ["core thread or in dispatch", "or NULL @", "@param error", "@return", "BOXD_ERR_WOULD_DEADLOCK"]

# The pages with the rules for all functions, and what each has to say.
PAGES = {
    "sync/include/boxd/boxd.h": ["any thread", "BOXD_ERR_WOULD_DEADLOCK", "may be NULL", "Common errors"],
    "sync/include/drukbox/drukbox.h": ["rules of boxd/boxd.h", "threads", "Common errors"],
    "async/include/boxd/aio.h": ["core thread", r"boxd_aio_compute_dispatch\(\)", "exactly once", "must not block"],
    "async/include/drukbox/aio.h": ["rules of boxd/aio.h", "core thread", r"drukbox_aio_client_dispatch\(\)"],
}


def described(doc):
    return re.findall(r"@param (\w+)", doc)


def sentences(doc):
    """The sentences of a comment that are long enough to be no coincidence."""
    text = re.sub(r"@copydoc \w+|@\w+", ".", doc)
    return {s.strip() for s in re.split(r"[.;:](?:\s|$)", text) if len(s.split()) >= 6}


def twin_name(name):
    return PRODUCT.sub(r"\1_\3", re.sub(r"_nocopy$", "", name))


def filled(sync, aio):
    """The arguments of a blocking function that it fills: its twin hands them to the callback."""
    leading = [name for _, name in aio.arguments[:-2]]
    return [name for _, name in sync.arguments if name not in leading and name != "error"]


def blocking_items(function, stores):
    """The list at the end of a blocking comment."""
    items = ITEM.findall(function.doc)
    kinds = [kind for kind, _ in items]
    text = dict(items)
    request = REQUEST[PRODUCT.match(function.name)[1]]
    has_result = function.result != "boxd_status" or bool(stores)
    wanted = ["Result"] * has_result + ["Errors"] * ("Errors" in kinds) + [request]
    if kinds != wanted:
        yield f"its items are {kinds}, not {wanted}"
        return
    if request == "Route" and not ROUTE.match(text["Route"]):
        yield "its route is not METHOD /path"
    if (text[request] == "none") != function.name.endswith(ASKS_NOBODY):
        yield f"its {request} is {text[request]}"
    result = text.get("Result", "")
    for name in stores:
        if f"`*{name}`" not in result:
            yield f"its result does not say how `*{name}` is set"
    if function.result.endswith("*") and not re.search(r"_free\(\)|\bas (boxd|drukbox)_\w+\(\)", result):
        yield "its result does not say how it is freed"


def blocking(function, twin):
    doc = function.doc or ""
    if not re.match(r"[A-Z][a-z]+ ", doc):
        yield "its comment does not begin with what the function does"
    for phrase in SAID_ONCE:
        if phrase in doc:
            yield f'its comment repeats what boxd.h says for all functions: "{phrase}"'
    stores = filled(function, twin)
    for _, name in function.arguments[1:]:
        if name not in COMMON_ARGUMENTS and name not in stores and name not in described(doc):
            yield f"its comment does not describe {name}"
    yield from blocking_items(function, stores)


def async_(function, twin):
    doc = function.doc or ""
    reference = re.match(rf"Async twin of {twin.name}\(\)( that [^.]+)?\. @copydoc {twin.name}\b", doc)
    if not reference:
        yield f'its comment does not begin with "Async twin of {twin.name}(). @copydoc {twin.name}"'
    shared = [name for _, name in twin.arguments]
    for name in described(doc):
        if name in shared:
            yield f"its comment describes {name}, which {twin.name} does"
    if ITEM.search(doc):
        yield f"its comment lists what {twin.name} lists"
    for phrase in SAID_ONCE:
        if phrase in doc:
            yield f'its comment repeats what boxd/aio.h says for all functions: "{phrase}"'
    for sentence in sorted(sentences(doc) & sentences(twin.doc or "")):
        yield f'its comment repeats a sentence of {twin.name}: "{sentence}"'


def checks(sync, aio):
    """Of every operation: where, and what is wrong with its comment."""
    twins = {f.name: f for f in sync}
    async_functions = [f for f in aio if f.name not in OWN_SHAPE and twin_name(f.name) in twins]
    plain = {twin_name(f.name): f for f in async_functions if not f.name.endswith("_nocopy")}
    for function in sync:
        problems = blocking(function, plain[function.name]) if function.name in plain else ["has no async twin"]
        yield f"{function.where}: {function.name}", list(problems)
    for function in async_functions:
        yield f"{function.where}: {function.name}", list(async_(function, twins[twin_name(function.name)]))


def page_checks(read):
    for page, facts in PAGES.items():
        comment = api.comment_words(re.match(r"/\*\*.*?\*/", read(page), re.S)[0])
        yield page, [f"does not say: {fact}" for fact in facts if not re.search(fact, comment)]


def file_checks(paths):
    """Every header of operations refers to its page."""
    for path, name, page in paths:
        comment = api.comment_words(re.match(r"/\*\*.*?\*/", path.read_text(), re.S)[0])
        yield name, [] if re.search(rf"[Gg]eneral rules: see \S*{page}", comment) else [f"does not refer to {page}"]


def headers_of_operations():
    pages = {"sync": {"boxd": r"boxd\.h", "drukbox": r"drukbox\.h"}, "async": {"boxd": r"aio\.h", "drukbox": r"aio\.h"}}
    for side, by_product in pages.items():
        folder = api.ROOT / side / "include"
        for name in sorted(str(path.relative_to(folder)) for path in folder.rglob("*.h")):
            if f"{side}/include/{name}" not in PAGES and "/adapters/" not in name:
                yield folder / name, name, by_product[name.split("/")[0]]


# The test's own test.

class Detects(unittest.TestCase):
    SYNC = """/** Gets a box. It costs one request to the service.
        @param name the name of the box
        @li Result: the box, freed with boxd_box_free(). `*made` is set to a flag.
        @li Errors: BOXD_ERR_NOT_FOUND
        @li RPC: GetVm */
        BOXD_API boxd_box *boxd_box_get(boxd_c *c, const char *name, const boxd_call_options *call, bool *made,
                                        boxd_error *error);"""
    AIO = """/** Async twin of boxd_box_get(). @copydoc boxd_box_get */
        BOXD_API void boxd_aio_box_get(boxd_c *c, const char *name, const boxd_call_options *call,
                                       boxd_box_cb callback, void *user_data);"""

    def problems(self, sync=SYNC, aio=AIO):
        return "\n".join(p for _, found in checks(api.parse(sync).functions, api.parse(aio).functions) for p in found)

    def sync(self, old, new):
        self.assertIn(old, self.SYNC)
        return self.problems(sync=self.SYNC.replace(old, new))

    def aio(self, more):
        return self.problems(aio=self.AIO.replace(" */", f" {more} */"))

    def test_nothing_wrong(self):
        self.assertEqual(self.problems(), "")
        self.assertEqual(self.aio("The function copies `name`. @param user_data passed on"), "")

    def test_repeated_arguments(self):
        self.assertIn("describes name, which", self.aio("@param name the name"))
        self.assertIn("describes call, which", self.aio("@param call or NULL"))

    def test_repeated_text(self):
        self.assertIn("repeats a sentence", self.aio("It costs one request to the service."))
        self.assertIn("lists what", self.aio("@li RPC: GetVm"))
        self.assertIn("says for all functions", self.aio("Runs on the core thread or in dispatch."))

    def test_no_reference(self):
        for doc in ("Gets a box.", "Async twin of boxd_box_put(). @copydoc boxd_box_put", "Async twin of boxd_box_get()."):
            self.assertIn("does not begin with", self.problems(aio=re.sub(r"/\*\*.*?\*/", f"/** {doc} */", self.AIO)))

    def test_nocopy(self):
        def both(doc):
            return self.problems(aio=self.AIO + self.AIO.replace("aio_box_get", "aio_box_get_nocopy").replace("().", doc))
        self.assertEqual(both("() that does not copy `name`."), "")
        self.assertIn("does not begin with", both("(), whatever."))

    def test_incomplete_contract(self):
        self.assertIn("does not begin with what", self.sync("Gets a box.", "@param name"))
        self.assertIn("does not describe name", self.sync("@param name", ""))
        self.assertIn("its items are", self.sync("@li RPC: GetVm", ""))
        self.assertIn("its items are", self.sync("@li Result:", ""))
        self.assertIn("its items are", self.sync("@li Errors: BOXD_ERR_NOT_FOUND", "@li Status: good"))
        self.assertIn("how `*made` is set", self.sync("`*made`", "it"))
        self.assertIn("how it is freed", self.sync("freed with boxd_box_free()", "for the caller"))
        self.assertIn("its RPC is none", self.sync("RPC: GetVm", "RPC: none"))

    def test_repeated_rules(self):
        self.assertIn("says for all functions", self.sync("@li Result", "@param error or NULL @li Result"))
        self.assertIn("says for all functions", self.sync("Gets a box.", "Gets a box. @return the box"))

    def test_route(self):
        def drukbox(text):
            return text.replace("boxd_box", "drukbox_box").replace("boxd_aio", "drukbox_aio")
        aio = drukbox(self.AIO)
        self.assertIn("its items are", self.problems(drukbox(self.SYNC), aio))
        self.assertIn("METHOD /path", self.problems(drukbox(self.SYNC.replace("RPC: GetVm", "Route: boxes")), aio))
        self.assertEqual(self.problems(drukbox(self.SYNC.replace("RPC: GetVm", "Route: GET /boxes")), aio), "")

    def test_pages(self):
        self.assertEqual(len([p for _, p in page_checks(lambda page: "/** @file x.h */") if p]), len(PAGES))


def main():
    sync, aio = api.read("sync"), api.read("async")
    results = [*checks(sync.functions, aio.functions), *page_checks(lambda page: (api.ROOT / page).read_text()),
               *file_checks(headers_of_operations())]
    failed = [(what, problems) for what, problems in results if problems]
    for what, problems in failed:
        print("\n".join(f"{what}: {problem}" for problem in problems))
    own = unittest.TextTestRunner(stream=sys.stderr, verbosity=0).run(
        unittest.defaultTestLoader.loadTestsFromTestCase(Detects))
    failures = len(failed) + len(own.failures) + len(own.errors)
    print(f"{len(results) + own.testsRun - failures} passed, {failures} failed")
    return 1 if failures or not sync.functions else 0


if __name__ == "__main__":
    sys.exit(main())
