#!/usr/bin/env python3
"""Compiles the lines of docs/operations.md and runs them on the emulator of each generation.

usage: operations_test.py BUILD_DIR EMULATOR

The lines of each column become one program, in the order of the page. Lines for another generation of the service are left
out. Every operation that the headers declare must have a line. The C lines of docs/from-python.md that are not on that page
are compiled.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "surface"))

import api

ROOT = api.ROOT
# For each program: the options of the emulator, and the column "service" of the lines that run with them.
RUNS = {"0_1": (["--generation", "0.1"], {"any", "0.1"}), "0_2": (["--generation", "0.2"], {"any", "0.2"}),
        "drukbox": (["--drukbox-token", "docs"], {"drukbox"})}

# The variable that later lines use for the result of a callback.
KEPT = {"on_box": "boxd_box *box", "on_disk": "boxd_disk *disk", "on_template": "boxd_template *template",
        "on_snapshot": "boxd_snapshot *snapshot", "on_token": "boxd_token *token", "on_tokens": "boxd_tokens *tokens",
        "on_api_key": "boxd_api_key *key", "on_process": "boxd_process *p", "on_journal": "boxd_logs *journal",
        "on_stream": "boxd_rpc_stream *logs", "on_host": "drukbox_host *host",
        "on_prepared": "drukbox_template *prepared"}

# The declarations that the lines use.
PRELUDE = """
#include <boxd/aio.h>
#include <boxd/aio/rpc.h>
#include <boxd/boxd.h>
#include <boxd/rpc.h>
#include <drukbox/aio.h>
#include <drukbox/drukbox.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

static boxd_error err = BOXD_ERROR_INIT;
static const char *line = "";
static sem_t done;
static void *job;

static void die(const boxd_error *error)
{
    fprintf(stderr, "%s\\n    %s: %s\\n", line, boxd_status_name(error->status), error->message);
    exit(1);
}
"""
RPC = """
    static const boxd_rpc_method list_orgs = BOXD_RPC_METHOD(
        "ListOrgs", boxd_pb__list_orgs_request, boxd_pb__list_orgs_response, BOXD_RPC_READ);
    static const boxd_rpc_method stream_logs = BOXD_RPC_METHOD(
        "StreamLogs", boxd_pb__stream_logs_request, boxd_pb__log_chunk, BOXD_RPC_STREAM);
    BoxdPb__ListOrgsRequest list_orgs_request = BOXD_PB__LIST_ORGS_REQUEST__INIT;
    BoxdPb__StreamLogsRequest logs_request = BOXD_PB__STREAM_LOGS_REQUEST__INIT;
    const drukbox_secret *const secrets[] = {
        BOXD_OPTIONS(drukbox_secret, .service = "github", .issuer_url = "https://issuer.example.com/token",
                     .issuer_headers = BOXD_ARGV("X-Api-Key=key"), .issuer_refresh = "30m")};
"""


def rows():
    """(operation, service, blocking, callbacks) of each line of the page."""
    found = []
    for line in (ROOT / "docs/operations.md").read_text().splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 4 and cells[1] in ("any", "0.1", "0.2", "drukbox"):
            found.append((cells[0], cells[1], *(cell.strip("`").replace("\\|", "|") for cell in cells[2:])))
    return found


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def blocking_program(lines):
    body = "".join(f"    line = {quoted(line)};\n    {line}\n    if (err.status != BOXD_OK)\n        die(&err);\n"
                   + ("    logs_request.vm_id = boxd_box_id(box);\n" if line.startswith("boxd_box *box") else "")
                   for line in lines)
    return (PRELUDE + "int main(void)\n{\n    bool created, exists;\n    int exit_code;\n    boxd_chunk *piece;\n"
            "    int64_t duration_us;\n    int64_t delete_at_ms;\n    ProtobufCMessage *chunk;\n" + RPC + body + "    return 0;\n}\n")


def callback(name, arguments):
    parameters = ", ".join(f"{kind} a{i}" for i, (kind, _) in enumerate(arguments))
    error = next(i for i, (kind, _) in enumerate(arguments) if kind == "const boxd_error *")
    keep = ""
    if name in KEPT:
        variable = KEPT[name].split("*")[1]
        keep = f"    if (!{variable})\n        {variable} = a0;\n"
    return (f"static void {name}({parameters})\n{{\n    if (a{error})\n        die(a{error});\n{keep}"
            f"    sem_post(&done);\n}}\n")


def callbacks_program(lines):
    headers = api.read("async")
    callbacks = {**api.read("common").callbacks, **headers.callbacks}
    functions = {function.name: function for function in headers.functions}
    needed = {}
    for line in lines:
        for call, name in re.findall(r"\b((?:boxd|drukbox)_aio_\w+)\(.*\b(on_\w+), job\);", line):
            needed[name] = callbacks[functions[call].arguments[-2][0]][1]
    kept = "".join(f"static {variable};\n" for variable in KEPT.values())
    body = "".join(f"    line = {quoted(line)};\n    {line}\n    if (err.status != BOXD_OK)\n        die(&err);\n"
                   + ("    while (sem_wait(&done) != 0)\n        continue;\n" if "_aio_" in line else "")
                   + ("    logs_request.vm_id = boxd_box_id(box);\n" if "boxd_aio_box_create" in line else "")
                   for line in lines)
    return (PRELUDE + kept + "".join(callback(name, arguments) for name, arguments in needed.items())
            + "int main(void)\n{\n    sem_init(&done, 0, 0);\n" + RPC + body + "    return 0;\n}\n")


def build(source, name, build_dir, scratch):
    (scratch / f"{name}.c").write_text(source)
    includes = [f"-I{path}" for path in (*api.FOLDERS.values(), build_dir / "proto/generated")]
    libraries = [f"-L{build_dir}/{folder}" for folder in api.FOLDERS]
    program = scratch / name
    subprocess.run(["cc", "-std=c11", "-Wall", "-Wno-unused-variable", "-Wno-unused-but-set-variable",
                    "-Wno-unused-function", "-Werror", "-D_GNU_SOURCE", *includes, str(scratch / f"{name}.c"), "-o",
                    str(program), *libraries, "-lboxd", "-lboxd-async", "-ldrukbox", "-ldrukbox-async", "-lboxd-common", str(build_dir / "proto/libboxd-rpc.a"),
                    "-lprotobuf-c", "-pthread"], check=True)
    return program


def run(program, options, build_dir, emulator):
    environment = dict(os.environ, LD_LIBRARY_PATH=":".join(f"{build_dir}/{folder}" for folder in api.FOLDERS))
    folder = program.parent / f"{program.name}.dir"  # the lines copy the local directory `site`
    (folder / "site").mkdir(parents=True)
    return subprocess.run([str(ROOT / "tests/with_emulator.sh"), str(Path(emulator).resolve()), *options, "--", str(program)],
                          env=environment, cwd=folder).returncode == 0


def missing(page):
    """Operations that the page does not show."""
    names = {function.name for folder in ("sync", "async") for function in api.read(folder).functions
             if "/adapters/" not in function.where}  # docs/event-loops.md shows these
    for name in sorted(names):
        own = re.sub(r"_nocopy$", "", name)
        if name not in NOT_SHOWN and not re.search(rf"\b{own}\(", page):
            yield f"docs/operations.md has no line with {name}()"


def python_lines(page):
    """The C lines of docs/from-python.md that docs/operations.md does not have."""
    python = (ROOT / "docs/from-python.md").read_text()
    return [line for line in re.findall(r"`([^`]*\b(?:boxd|drukbox)_\w+\([^`]*;)`", python) if line not in page]


def compiled_program(lines):
    """A program with one function per line, which has the variables of the line as parameters."""
    given = "    boxd_box_config config = BOXD_BOX_CONFIG_INIT;\n"
    variables = ("boxd_compute *c", "boxd_box *box", "drukbox_client *d", "drukbox_host *host")

    def parameters(line):
        return ", ".join(variable for variable in variables if variable not in line)

    return PRELUDE + "".join(f"void line_{i}({parameters(line)})\n{{\n{given}    {line}\n}}\n"
                             for i, line in enumerate(lines)) + "int main(void)\n{\n    return 0;\n}\n"


# Functions in the headers of operations that are not operations.
NOT_SHOWN = {
    "boxd_aio_compute_fd": "see boxd/aio/compute.h",
    "boxd_aio_compute_dispatch": "see boxd/aio/compute.h",
    "boxd_aio_in_callback": "see boxd/aio/compute.h",
    "boxd_aio_set_blocking_caller": "see boxd/aio/compute.h",
    "boxd_aio_compute_attach": "see boxd/aio/compute.h",
    "boxd_aio_compute_detach": "see boxd/aio/compute.h",
    "drukbox_aio_client_fd": "see drukbox/aio/client.h",
    "drukbox_aio_client_dispatch": "see drukbox/aio/client.h",
    "drukbox_aio_client_attach": "see drukbox/aio/client.h",
    "drukbox_aio_client_detach": "see drukbox/aio/client.h",
}


def main(build_dir, emulator):
    build_dir = Path(build_dir)
    lines = rows()
    page = "\n".join(line for row in lines for line in row[2:])
    problems = list(missing(page))
    print("\n".join(problems))
    passed = 0
    with tempfile.TemporaryDirectory() as directory:
        scratch = Path(directory)
        build(compiled_program(python_lines(page)), "from_python", build_dir, scratch)
        for run_name, (options, services) in RUNS.items():
            for column, make in ((2, blocking_program), (3, callbacks_program)):
                name = f"{make.__name__}_{run_name}"
                own = [row[column] for row in lines if row[1] in services]
                program = build(make(own), name, build_dir, scratch)
                if run(program, options, build_dir, emulator):
                    passed += 1
                    print(f"{name}: {len(own)} lines ran")
                else:
                    problems.append(name)
    print(f"{passed} passed, {len(problems)} failed")
    return 1 if problems or not lines else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
