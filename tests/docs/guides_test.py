#!/usr/bin/env python3
"""Compiles and runs the code of the guides.

usage: guides_test.py BUILD_DIR

Each block of C, C++, Python, Lua or shell code in docs/*.md has a comment above it that says how it is tested:

`<!-- FILE -->`, `<!-- from FILE -->`    the code of a file: tests/readme_snippets.py compares them
`<!-- declare -->`                       C declarations for the pieces on the page
`<!-- run -->`                           C: a piece of a function, which has the variables `c`, `box` and `err`. Shell: the
                                         blocks of a page run one after another, in an empty directory
`<!-- compile -->`                       C: the same, but not run

A block that begins with declarations of variables only describes these variables, and needs no comment. All pieces of C become one
program, which runs on one emulator. Shell blocks find the installed library and its programs, and the sources of the examples
that the page shows.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"(?:<!-- ([^\n]*?) -->\n)?^```(c|cpp|python|lua|sh|diff)\n(.*?)^```", re.S | re.M)
# Pages with a test of their own: tests/docs/operations_test.py.
OTHER_TEST = {"operations.md"}
# Examples that the shell blocks of a page use under another name.
SOURCES = {"ten-minutes.md": {"hello.c": "examples/sync/hello.c", "hello_async.c": "examples/async/hello.c"}}

PRELUDE = """
#include <boxd/aio.h>
#include <boxd/boxd.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

static void check(const boxd_error *error, const char *piece)
{
    if (error->status == BOXD_OK)
        return;
    boxd_error_print(error, piece);
    exit(1);
}
"""
MAIN = """
int main(void)
{
    boxd_error err = BOXD_ERROR_INIT;
    boxd_compute *c = boxd_compute_open(NULL, &err);
    boxd_box *box = c ? boxd_box_create(c, BOXD_OPTIONS(boxd_box_create_options, .name = "guides"), &err) : NULL;
    check(&err, "guides");
    %s
    boxd_box_free(box);
    boxd_compute_close(c);
    return 0;
}
"""


def blocks(page):
    """(comment, language, code, line) of each block of a page."""
    text = page.read_text()
    for match in BLOCK.finditer(text):
        yield match[1] or "", match[2], match[3], text.count("\n", 0, match.start(3))


def describes_variables(code):
    return all(re.match(r"\s*(/\*.*|.*\*/|[\w ]+[ *]+\w+( = [\w()]+)?;.*|)$", line) for line in code.splitlines())


def program(pages):
    """One program of all pieces of C, and what is wrong with the pages."""
    parts, calls, problems = [PRELUDE], [], []
    for page in pages:
        for comment, language, code, line in blocks(page):
            where = f"docs/{page.name}:{line}"
            position = f'#line {line + 1} "docs/{page.name}"\n'
            if language == "c" and comment == "declare":
                parts.append(position + code)
            elif language == "c" and comment in ("run", "compile"):
                name = f"piece_{page.stem.replace('-', '_')}_{line}"
                parts.append(f"static void {name}(boxd_compute *c, boxd_box *box)\n{{\n    boxd_error err = BOXD_ERROR_INIT;\n"
                             f'{position}{code}    check(&err, "{where}");\n}}\n')
                calls += [f"{name}(c, box);"] if comment == "run" else []
            elif not re.match(r"(run|from \S+( to \S+)?|\S+\.\w+)$", comment):
                if not (language == "c" and describes_variables(code)):
                    problems.append(f"{where}: a block of {language} without a comment that says how it is tested")
    return "".join(parts) + MAIN % "\n    ".join(calls), len(calls), problems


def run_program(source, build_dir, scratch):
    """Compiles the pieces with warnings as errors, and runs them on an emulator."""
    folders = {name: build_dir / name for name in ("sync", "async", "common")}
    (scratch / "guides.c").write_text(source)
    command = ["cc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Werror", "-Wno-unused-variable", "-Wno-unused-but-set-variable",
               "-Wno-unused-function", *[f"-I{ROOT}/{name}/include" for name in folders], str(scratch / "guides.c"), "-o", str(scratch / "guides"),
               *[f"-L{path}" for path in folders.values()], "-lboxd", "-lboxd-async", "-lboxd-common", "-pthread"]
    if subprocess.run(command, check=False).returncode != 0:
        return False
    environment = dict(os.environ, LD_LIBRARY_PATH=":".join(map(str, folders.values())))
    emulator = build_dir / "tests/emulator/boxd-emulator"
    return subprocess.run([ROOT / "tests/with_emulator.sh", emulator, "--", scratch / "guides"], env=environment,
                          stdout=subprocess.DEVNULL, check=False).returncode == 0


def pkg_config(build_dir, scratch):
    """A pkg-config that answers with the build tree, as the installed one does with its prefix."""
    packages = {"boxd": "-lboxd -lboxd-async -lboxd-common", "boxd-async": "-lboxd-async -lboxd-common"}
    includes = " ".join(f"-I{ROOT}/{name}/include -L{build_dir}/{name}" for name in ("sync", "async", "common"))
    cases = "".join(f"*' {name}') echo '{includes} {libraries}';;\n" for name, libraries in packages.items())
    script = scratch / "bin/pkg-config"
    script.write_text(f'#!/bin/sh\ncase " $*" in\n{cases}*) exit 1;;\nesac\n')
    script.chmod(0o755)


def run_shell(page, build_dir, scratch):
    """Runs the shell blocks of a page, as one script."""
    code = [block for comment, language, block, _ in blocks(page) if (language, comment) == ("sh", "run")]
    if not code:
        return None
    folder = scratch / page.stem
    folder.mkdir()
    for name, file in SOURCES.get(page.name, {}).items():
        (folder / name).write_text((ROOT / file).read_text())
    environment = dict(os.environ, PATH=f"{scratch}/bin:{os.environ['PATH']}", XDG_CACHE_HOME=str(scratch),
                       LD_LIBRARY_PATH=":".join(f"{build_dir}/{name}" for name in ("sync", "async", "common")))
    for name in ("BOXD_TOKEN", "BOXD_BASE_URL"):
        environment.pop(name, None)
    script = "set -eu\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n" + "\n".join(code)
    run = subprocess.run(["timeout", "300", "bash", "-c", script], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         text=True, check=False)
    if run.returncode != 0:
        print(f"docs/{page.name}: exit code {run.returncode}\n{run.stdout}")
    return run.returncode == 0


def main(build_dir):
    build_dir = Path(build_dir).resolve()
    pages = [page for page in sorted((ROOT / "docs").glob("*.md")) if page.name not in OTHER_TEST]
    source, count, problems = program(pages)
    print("\n".join(problems))
    passed, failed = 0, len(problems)
    with tempfile.TemporaryDirectory() as directory:
        scratch = Path(directory)
        (scratch / "bin").mkdir()
        for name, path in (("boxd-emulator", "tests/emulator/boxd-emulator"), ("boxctl", "examples/boxctl/boxctl")):
            (scratch / "bin" / name).symlink_to(build_dir / path)
        pkg_config(build_dir, scratch)
        results = [run_program(source, build_dir, scratch)]
        print(f"{count} pieces of C")
        results += [result for result in (run_shell(page, build_dir, scratch) for page in pages) if result is not None]
    passed += results.count(True)
    failed += results.count(False)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
