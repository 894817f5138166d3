#!/usr/bin/env python3
"""Writes surface_operations.h: boxd's operations as the tests call them, derived from the public headers.

usage: surface_operations.py OUTPUT

Fails when matrix.h has no row for an operation, so that each one is tried with every refusal, deadline and cancel.
"""

import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # leaves no cache beside the sources
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "surface"))

import api

MATRIX = Path(__file__).with_name("matrix.h")
# Operations without a row in matrix.h: those that open a stream or wait for this client. Calls on a stream have none
# either. Their own tests try what the matrix tries.
OPENS_OR_WAITS = ["box_exec_stream", "box_exec_shell_stream", "box_stream_logs", "rpc_stream_open", "compute_wait_for_slot"]
STREAMS = ["boxd_process *", "boxd_logs *", "boxd_rpc_stream *"]

HEADER = """\
/*
 * Made by tests/e2e/surface_operations.py of the public headers: a row for each operation, in the shape of the blocking
 * function (without boxd_). `e` is the error.
 *
 *   RESULT(type, name, (parameters), (arguments))  returns a `type *`; its callback takes one
 *   STATUS(name, (parameters), (arguments))        returns a boxd_status; its callback is a boxd_done_cb
 *   OWN(result, name, (parameters))                has a shape of its own: its async side is in surface.c
 *
 * The arguments are those that the blocking and the async function have in common.
 */
#include <boxd/aio.h>
#include <boxd/aio/rpc.h>
#include <boxd/boxd.h>
#include <boxd/rpc.h>

#define OPERATIONS(RESULT, STATUS, OWN) \\
"""


def operations():
    """Pairs of a blocking function and its async twin, in the headers' order."""
    twins = {function.name: function for function in api.read("async").functions}
    for function in api.read("sync").functions:
        twin = twins.get(function.name.replace("boxd_", "boxd_aio_", 1))
        if function.name.startswith("boxd_") and twin:
            yield function, twin


def row(function, twin, callbacks):
    name = function.name.removeprefix("boxd_")
    parameters = ", ".join(f"{kind} {argument}" for kind, argument in function.arguments[:-1] + [("boxd_error *", "e")])
    common = twin.arguments[:-2]
    arguments = ", ".join(argument for _, argument in common)
    callback = twin.arguments[-2][0]
    if function.arguments[:-1] == common and callback == "boxd_done_cb":
        return f"STATUS({name}, ({parameters}), ({arguments}))"
    if function.arguments[:-1] == common and callbacks[callback][1][0][0] == function.result:
        return f"RESULT({function.result.removesuffix(' *')}, {name}, ({parameters}), ({arguments}))"
    return f"OWN({function.result}, {name}, ({parameters}))"


def without_matrix_row(functions):
    rows = re.findall(r"\b(?:RESULT|STATUS)\((\w+), \"", MATRIX.read_text())
    names = [function.name.removeprefix("boxd_") for function in functions if function.arguments[0][0] not in STREAMS]
    return [name for name in names if name not in rows and name not in OPENS_OR_WAITS]


def main():
    callbacks = {**api.read("common").callbacks, **api.read("async").callbacks}
    pairs = list(operations())
    missing = without_matrix_row(function for function, _ in pairs)
    if missing:
        sys.exit(f"{MATRIX} has no row for {', '.join(missing)}")
    rows = [f"    {row(function, twin, callbacks)} \\\n" for function, twin in pairs]
    Path(sys.argv[1]).write_text(HEADER + "".join(rows) + "    /* the end */\n")


main()
