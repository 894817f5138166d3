#!/usr/bin/env python3
"""Every public header stands alone: first in its translation unit it compiles without a warning as C11 and C++17, and
each initialiser it defines really initialises, in both languages alike.

usage: headers_test.py GENERATED    with gcc/g++ and, where it is installed, clang/clang++; GENERATED: where
                                    <boxd/api.pb-c.h> is
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True  # leaves no cache beside the sources

import api

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
LANGUAGES = {
    "C": ("c", ["-std=c11", *WARNINGS, "-Wconversion", "-Wshadow"]),
    "C++": ("cpp", ["-std=c++17", *WARNINGS]),
}
COMPILERS = {"C": ["gcc", "clang"], "C++": ["g++", "clang++"]}
INCLUDES = [f"-I{path}" for path in api.ROOMS.values()]


def program(name, header, language):
    """Uses what the header defines, and checks that it means the same in both languages. Exit code: failures."""
    lines = [f"#include <{name}>", "", "#include <stdio.h>", ""]
    lines += [f"#include <{name}>", "", "int main(void)", "{", "    int wrong = 0;"]
    for macro, struct in sorted(header.inits.items()):
        variable = macro.lower()
        lines += [f"    {struct} {variable} = {macro};"]
        if struct == "boxd_error":
            checks = [f"{variable}.status == BOXD_OK", f"{variable}.grpc_code == -1"]
        else:
            checks = [f"{variable}.size == sizeof {variable}"]
        if language == "C" and struct != "boxd_error":
            member = next(m for m in header.members[struct] if m != "size")
            lines += [f"    const {struct} *{variable}_o = BOXD_OPTIONS({struct}, .{member} = {variable}.{member});"]
            checks += [f"{variable}_o->size == sizeof {variable}"]
        for check in checks:
            lines += [f"    if (!({check})) {{", f'        puts("{language}: {check} does not hold");',
                      "        wrong++;", "    }"]
    if name == "boxd/base.h":
        lines += ["    boxd_buffer buffer = {\"\", 0, {0}};", "    wrong += buffer.size != 0;"]
        if language == "C":
            lines += ['    const char *const *words = BOXD_ARGV("a", "b");', "    wrong += words[2] != NULL;"]
    return "\n".join([*lines, "    return wrong;", "}", ""])


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def check(folder, name, header, language, compiler):
    suffix, flags = LANGUAGES[language]
    stem = os.path.join(folder, re.sub(r"\W", "_", name) + "_" + compiler)
    with open(f"{stem}.{suffix}", "w") as source:
        source.write(program(name, header, language))
    code, output = run([compiler, *flags, *INCLUDES, "-isystem", sys.argv[1], f"{stem}.{suffix}", "-o", stem])
    if code == 0:
        code, output = run([stem])
    return f"{name} as {language} with {compiler}", code, output


def jobs():
    for room, path in api.ROOMS.items():
        for name in api.headers(room):
            header = api.parse((path / name).read_text(), name)
            for language, compilers in COMPILERS.items():
                for compiler in filter(shutil.which, compilers):
                    yield name, header, language, compiler


def main():
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda job: check(folder, *job), jobs()))
    failed = [result for result in results if result[1] != 0]
    for what, _, output in failed:
        print(f"{what}:\n{output}")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
