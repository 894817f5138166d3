#!/usr/bin/env python3
"""boxd for C in Python, with ctypes: blocking calls, and nothing but the standard library.

usage: boxd_ctypes.py COMMAND [ARGUMENT...]    runs the command in a new box

BOXD_LIBRARY names another libboxd.so than the installed one.
"""

import ctypes
import os
import sys

boxd = ctypes.CDLL(os.environ.get("BOXD_LIBRARY", "libboxd.so.0"))  # ctypes releases the lock of Python during a call


class Error(ctypes.Structure):
    """boxd_error: its size never changes."""
    _fields_ = [("status", ctypes.c_int), ("grpc_code", ctypes.c_int), ("http_status", ctypes.c_int), ("sent", ctypes.c_int),
                ("retry_after_ms", ctypes.c_int64), ("retryable", ctypes.c_bool), ("message", ctypes.c_char * 512),
                ("command", ctypes.c_int), ("exit_code", ctypes.c_int), ("has_exit_code", ctypes.c_bool),
                ("exit_confirmed", ctypes.c_bool), ("in_bytes", ctypes.c_uint64), ("out_bytes", ctypes.c_uint64),
                ("err_bytes", ctypes.c_uint64), ("reserved_", ctypes.c_char * 32)]


class Buffer(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("size", ctypes.c_size_t), ("reserved_", ctypes.c_void_p * 2)]


class ExecResult(ctypes.Structure):
    """The first members of boxd_exec_result: the library allocates it, so the rest can be left out."""
    _fields_ = [("out", Buffer), ("err", Buffer), ("exit_code", ctypes.c_int)]


def declare(name, result, *arguments):
    function = getattr(boxd, name)
    function.restype, function.argtypes = result, arguments
    return function


POINTER = ctypes.c_void_p
ERROR = ctypes.POINTER(Error)
compute_open = declare("boxd_compute_open", POINTER, POINTER, ERROR)
compute_close = declare("boxd_compute_close", ctypes.c_int, POINTER)
box_create = declare("boxd_box_create", POINTER, POINTER, POINTER, ERROR)
box_exec = declare("boxd_box_exec", ctypes.POINTER(ExecResult), POINTER, ctypes.POINTER(ctypes.c_char_p), POINTER, ERROR)
box_destroy = declare("boxd_box_destroy", ctypes.c_int, POINTER, POINTER, ERROR)
box_free = declare("boxd_box_free", None, POINTER)
exec_result_free = declare("boxd_exec_result_free", None, POINTER)
status_name = declare("boxd_status_name", ctypes.c_char_p, ctypes.c_int)


def checked(function, *arguments):
    """Makes a call, and raises OSError if it returns NULL."""
    error = Error()
    result = function(*arguments, ctypes.byref(error))
    if not result:
        raise OSError(f"{status_name(error.status).decode()}: {error.message.decode()}")
    return result


def main(words):
    client = checked(compute_open, None)
    box = None
    try:
        box = checked(box_create, client, None)
        argv = (ctypes.c_char_p * (len(words) + 1))(*map(os.fsencode, words), None)
        result = checked(box_exec, box, argv, None)
        sys.stdout.buffer.write(ctypes.string_at(result.contents.out.data, result.contents.out.size))
        code = result.contents.exit_code
        exec_result_free(result)
        return code
    finally:
        if box:
            box_destroy(box, None, None)
        box_free(box)
        compute_close(client)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except OSError as failure:
        sys.exit(str(failure))
