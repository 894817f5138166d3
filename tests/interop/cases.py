"""Shared by the tests of the two published clients: unusual input, and the base classes of their cases."""

import asyncio
import contextvars
import functools
import inspect
import random
import re

import emulator

CALL_LIMIT_SECS = 60
INVALID_ARGUMENT, DEADLINE_EXCEEDED, NOT_FOUND, ALREADY_EXISTS, RESOURCE_EXHAUSTED = 3, 4, 5, 6, 8
FAILED_PRECONDITION, UNIMPLEMENTED, UNAVAILABLE, UNAUTHENTICATED = 9, 12, 14, 16

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NAME = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
ABSENT_ID = "00000000-0000-4000-8000-000000000000"
GIB = 1 << 30
MESSAGE_LIMIT = 4 << 20  # of gRPC, and of the real service

AWKWARD_WORDS = [
    "", " ", "plain", "two words", "it's", '"double"', "'", "''", "\\", "\\n", "a\nb", "tab\there", "trailing\n",
    "$HOME", "${HOME}", "`id`", "$(id)", "*", "?[a-z]", "~", "!", "#", "a;b", "a&b|c>d<e", "(x)", "{a,b}", "-n", "--",
    "-", "=", "K=v", "grüße", "日本語", "🙂", "\x01\x7f",
]
AWKWARD_VALUES = {"PLAIN": "x", "QUOTED": "it's \"$HOME\"", "EMPTY": "", "LINES": "a\nb", "UNICODE": "grüße"}
PRINT_VALUES = r'printf "%s\0" "$PLAIN" "$QUOTED" "${EMPTY-unset}" "$LINES" "$UNICODE"'
AWKWARD_FILES = ["two words", "it's", "$HOME", "grüße", "a\nb", "-n", "*"]
BAD_NAMES = ["Upper", "under_score", "-hyphen", "hyphen-", "-", "dot.ted", "with space", "ü", "a" * 64]
GOOD_NAMES = ["3d", "0", "z", "a--b", "1-2", "9" + "a" * 61 + "9"]
EXIT_LINES = {
    0: "true", 1: "false", 7: "exit 7", 126: "/etc/passwd", 127: "no-such-command", 137: "kill -9 $$",
    143: "kill -15 $$", 255: "exit 255",
}


def random_bytes(size):
    return random.Random(size).randbytes(size)


def until_gone(pid):
    """A command line that ends with 0 when that process of the box has ended."""
    return f"timeout 60 tail --pid={pid} -s 0.05 -f /dev/null"


class Blocking:
    """The blocking surface of a client."""

    @staticmethod
    def do(value):
        return value


class Asynchronous:
    """The asynchronous surface of a client. A program has one event loop."""

    loop = None

    @classmethod
    def do(cls, value):
        if not inspect.isawaitable(value):
            return value
        if Asynchronous.loop is None:
            Asynchronous.loop = asyncio.new_event_loop()
        return cls.loop.run_until_complete(asyncio.wait_for(value, CALL_LIMIT_SECS))

    @classmethod
    def each(cls, items):
        """The items of an asynchronous iterator, one at a time."""
        try:
            while True:
                yield cls.do(anext(items))
        except StopAsyncIteration:
            return


class Coverage:
    """Records which public operations of a client the cases call. Calls inside an operation do not count."""

    def __init__(self, exceptions):
        self.exceptions = exceptions  # a name, or a prefix that ends in a dot -> the reason why no case calls it
        self.known = set()
        self.called = set()
        self.inside = contextvars.ContextVar("inside", default=False)

    def watch(self, prefix, owner):
        """Wraps the public functions of the class `owner`."""
        for name, function in inspect.getmembers(owner, inspect.isfunction):
            if not name.startswith("_"):
                self.known.add(f"{prefix}.{name}")
                setattr(owner, name, self._recording(f"{prefix}.{name}", function))

    def _recording(self, name, function):
        def enter():
            if not self.inside.get():
                self.called.add(name)
            return self.inside.set(True)

        @functools.wraps(function)
        def call(*args, **settings):
            token = enter()
            try:
                return function(*args, **settings)
            finally:
                self.inside.reset(token)

        @functools.wraps(function)
        async def call_async(*args, **settings):
            token = enter()
            try:
                return await function(*args, **settings)
            finally:
                self.inside.reset(token)

        return call_async if inspect.iscoroutinefunction(function) else call

    def _excepted(self, name):
        plain = name.split(".", 1)[1]  # without the surface
        return any(plain == entry or (entry.endswith(".") and plain.startswith(entry)) for entry in self.exceptions)

    def problems(self):
        """After all cases: operations without a case, and exceptions that are called."""
        missing = {name for name in self.known - self.called if not self._excepted(name)}
        stale = {name for name in self.called if self._excepted(name)}
        print(f"operations of the package: {len(self.called)} of {len(self.known)} called, "
              f"{len(self.known - self.called - missing)} excepted")
        return [f"no case calls {name}" for name in sorted(missing)] + [
            f"{name} is listed as an exception, but called" for name in sorted(stale)]


class Case(emulator.TimedCase):
    """An emulator per class. `surface` and `options` come from make_classes, `base_error` from the client's program."""

    surface = None
    options = ()
    base_error = None

    @classmethod
    def setUpClass(cls):
        cls.emulator = cls.enterClassContext(emulator.Emulator(*cls.options))

    def do(self, value):
        return self.surface.do(value)

    def refuses(self, error_class, code, call):
        """Runs `call`, which must raise exactly this class, with this code."""
        with self.assertRaises(self.base_error) as caught:
            self.do(call())
        self.assertIs(type(caught.exception), error_class, caught.exception)
        self.assertEqual(caught.exception.grpc_code, code)
        return caught.exception


def make_classes(namespace, base, surfaces, generations, groups):
    """One test class per surface, generation and group of cases: BlockingExec, AsynchronousService02Exec, ..."""
    for surface_name, surface in surfaces.items():
        for generation, options in generations.items():
            for group in groups:
                name = surface_name + generation + group.__name__
                namespace[name] = type(name, (group, base), {
                    "surface": surface, "options": options, "__module__": namespace["__name__"], "__qualname__": name})
