#!/usr/bin/env python3
"""boxd for C in Python, with cffi: the declarations come from the headers, and callbacks run on the asyncio loop.

usage: boxd_cffi.py COMMAND [ARGUMENT...]    runs the command in a new box

Needs the package cffi, a C compiler (it preprocesses the headers), and libboxd-async. BOXD_CFLAGS and BOXD_LIBRARY name
other places than those of pkg-config: "-I..." and the path of libboxd-async.so.
"""

import asyncio
import os
import re
import shlex
import subprocess
import sys

import cffi

HEADERS = "#include <boxd/aio.h>\n"


def declarations():
    """All declarations of the headers, as cffi reads them: without those of the system, and without bodies."""
    flags = os.environ.get("BOXD_CFLAGS") or subprocess.check_output(["pkg-config", "--cflags", "boxd-async"], text=True)
    command = ["cc", "-E", "-U__GNUC__", "-D__attribute__(x)=", "-D__extension__=", "-xc", "-", *shlex.split(flags)]
    text = subprocess.run(command, input=HEADERS, capture_output=True, text=True, check=True).stdout
    ours, lines = False, []
    for line in text.splitlines():
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            ours = "/boxd/" in marker[1]
        elif ours:
            lines.append(line)
    return re.sub(r"static inline [^{;]*\{[^}]*\}", "", "\n".join(lines))


ffi = cffi.FFI()
ffi.cdef(declarations())
lib = ffi.dlopen(os.environ.get("BOXD_LIBRARY", "libboxd-async.so.0"))


class BoxdError(Exception):
    """A failed call. `status` and `message` are those of boxd_error."""

    def __init__(self, error):
        self.status = error.status
        self.message = ffi.string(error.message).decode()
        super().__init__(f"{ffi.string(lib.boxd_status_name(error.status)).decode()}: {self.message}")


class Boxd:
    """A client whose callbacks run on the running asyncio loop."""

    def __init__(self):
        self.waiting = set()
        self.loop = asyncio.get_running_loop()
        options = ffi.new("boxd_compute_options *", {"size": ffi.sizeof("boxd_compute_options"),
                                                     "dispatch": lib.BOXD_DISPATCH_MANUAL})
        error = ffi.new("boxd_error *")
        self.client = lib.boxd_compute_open(options, error)
        if not self.client:
            raise BoxdError(error)
        self.loop.add_reader(lib.boxd_aio_compute_fd(self.client), lib.boxd_aio_compute_dispatch, self.client, 0)

    def call(self, function, callback_type, *arguments):
        """Submits an operation. The future has the result, or the error as an exception."""
        future = self.loop.create_future()

        @ffi.callback(callback_type)
        def on_end(result, error, _user_data):
            self.waiting.discard(on_end)
            if future.cancelled():
                return
            if error != ffi.NULL:
                future.set_exception(BoxdError(error))
            else:
                future.set_result(result)

        self.waiting.add(on_end)  # cffi frees a callback that nothing refers to
        function(*arguments, on_end, ffi.NULL)
        return future

    async def close(self):
        descriptor = lib.boxd_aio_compute_fd(self.client)
        await self.call(lib.boxd_aio_compute_close, "boxd_done_cb", self.client)
        self.loop.remove_reader(descriptor)


def strings(words):
    """An array that ends with NULL, and the memory of its strings."""
    kept = [ffi.new("char[]", os.fsencode(word)) for word in words]
    return ffi.new("char *[]", [*kept, ffi.NULL]), kept


async def run(boxd, words):
    box = await boxd.call(lib.boxd_aio_box_create, "boxd_box_cb", boxd.client, ffi.NULL)
    argv, _kept = strings(words)
    try:
        result = await boxd.call(lib.boxd_aio_box_exec, "boxd_exec_result_cb", box,
                                 ffi.cast("const char *const *", argv), ffi.NULL)
        sys.stdout.buffer.write(ffi.buffer(result.out.data, result.out.size))
        code = result.exit_code
        lib.boxd_exec_result_free(result)
        return code
    finally:
        await boxd.call(lib.boxd_aio_box_destroy, "boxd_done_cb", box, ffi.NULL)
        lib.boxd_box_free(box)


async def main(words):
    boxd = Boxd()
    try:
        return await run(boxd, words)
    finally:
        await boxd.close()


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(sys.argv[1:])))
    except BoxdError as failure:
        sys.exit(str(failure))
