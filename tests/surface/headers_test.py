#!/usr/bin/env python3
"""Every public header stands alone: first in its translation unit it compiles as C11 and C++17 without a warning of the
strictest flags of gcc and clang, and each initialiser it defines really initialises, in both languages alike (gcc). A deprecated
name warns unless the program asks for no such warning. main's arguments can be handed to an exec without a cast.

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

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wconversion", "-Wsign-conversion", "-Wshadow", "-Wcast-qual",
            "-Wcast-align", "-Wundef", "-Wredundant-decls", "-Wwrite-strings", "-Wformat=2", "-Wunused"]
LANGUAGES = {
    "C": ("c", ["-std=c11", *WARNINGS, "-Wstrict-prototypes", "-Wmissing-prototypes", "-Wold-style-definition"]),
    "C++": ("cpp", ["-std=c++17", *WARNINGS, "-Wold-style-cast", "-Wzero-as-null-pointer-constant"]),
}
# clang knows no list of its strictest flags but "all": without those that contradict each other or the languages' versions,
# those about the layout of structs, and those about GLib's names.
NOT_THESE = ["-Wno-padded", "-Wno-reserved-identifier", "-Wno-unsafe-buffer-usage", "-Wno-unknown-warning-option"]
STRICTEST = {
    "gcc": ["-Wc++-compat"],
    "g++": ["-Wuseless-cast", "-Wextra-semi"],
    "clang": ["-Weverything", *NOT_THESE, "-Wno-declaration-after-statement"],
    "clang++": ["-Weverything", *NOT_THESE, "-Wno-c++98-compat", "-Wno-c++98-compat-pedantic"],
}
COMPILERS = {"C": ["gcc", "clang"], "C++": ["g++", "clang++"]}
INCLUDES = [f"-I{path}" for path in api.FOLDERS.values()]


VERSIONS = """
#if !BOXD_VERSION_AT_LEAST(0, 1, 0) || BOXD_VERSION_AT_LEAST(BOXD_VERSION_MAJOR + 1, 0, 0)
#error "BOXD_VERSION_AT_LEAST"
#endif
    wrong += BOXD_VERSION_AT_LEAST(BOXD_VERSION_MAJOR, BOXD_VERSION_MINOR, BOXD_VERSION_PATCH + 1);
    char text[64];
    snprintf(text, sizeof text, "%d.%d.%d", BOXD_VERSION_MAJOR, BOXD_VERSION_MINOR, BOXD_VERSION_PATCH);
    for (const char *a = text, *b = BOXD_VERSION_STRING; *a || *b; a++, b++)
        if (*a != *b)
            return 1;
""".splitlines()

DEPRECATED = """
#include <boxd/base.h>
BOXD_BEGIN_DECLS
BOXD_API BOXD_DEPRECATED("0.1.0", "boxd_new()") void boxd_old(void);
BOXD_END_DECLS
int main(void) { if (0) boxd_old(); return 0; }
"""


def program(name, header, language):
    """Uses what the header defines, and checks that it means the same in both languages. Exit code: failures."""
    lines = [f"#include <{name}>", "", "#include <stdio.h>", ""]
    lines += [f"#include <{name}>", "", "int main(int argc, char **argv)", "{", "    int wrong = argc != 1;"]
    for macro, struct in sorted(header.inits.items()):
        variable = macro.lower()
        lines += [f"    {struct} {variable} = {macro};"]
        if struct == "boxd_error":
            checks = [f"{variable}.status == BOXD_OK", f"{variable}.grpc_code == -1"]
        else:
            checks = [f"{variable}.size == sizeof {variable}"]
        if language == "C" and struct != "boxd_error":
            member = next(m for _, m in header.structs[struct] if m != "size")
            lines += [f"    const {struct} *{variable}_o = BOXD_OPTIONS({struct}, .{member} = {variable}.{member});"]
            checks += [f"{variable}_o->size == sizeof {variable}"]
        for check in checks:
            lines += [f"    if (!({check})) {{", f'        puts("{language}: {check} does not hold");',
                      "        wrong++;", "    }"]
    if name == "boxd/base.h":
        rest = "{NULL}" if language == "C" else "{}"
        lines += [f"    boxd_buffer buffer = {{\"\", 0, {rest}}};", "    wrong += buffer.size != 0;"]
        lines += ["    const char *const *handed = boxd_argv(argv);", "    wrong += handed[0] != argv[0];"]
        if language == "C":
            lines += ['    const char *const *words = BOXD_ARGV("a", "b");', "    wrong += words[2] != NULL;"]
    else:
        lines += ["    (void)argv;"]
    if name == "boxd/version.h":
        lines += VERSIONS
    return "\n".join([*lines, "    return wrong;", "}", ""])


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def check(folder, name, header, language, compiler):
    suffix, flags = LANGUAGES[language]
    stem = os.path.join(folder, re.sub(r"\W", "_", name) + "_" + compiler)
    with open(f"{stem}.{suffix}", "w") as source:
        source.write(program(name, header, language))
    runs = compiler == COMPILERS[language][0] and (header.inits or name in ("boxd/base.h", "boxd/version.h"))
    code, output = run([compiler, *flags, *STRICTEST[compiler], *INCLUDES, "-isystem", sys.argv[1], f"{stem}.{suffix}",
                        *(["-o", stem] if runs else ["-fsyntax-only"])])
    if code == 0 and runs:
        code, output = run([stem])
    return f"{name} as {language} with {compiler}", code, output


def deprecated(folder, language, compiler):
    """A program that uses a deprecated name is refused with a message that says what to use, unless it wants none."""
    suffix, _ = LANGUAGES[language]
    path = os.path.join(folder, f"deprecated_{compiler}.{suffix}")
    with open(path, "w") as source:
        source.write(DEPRECATED)
    command = [compiler, "-fsyntax-only", "-Werror", *INCLUDES, path]
    code, output = run(command)
    silent, said = run([*command, "-DBOXD_NO_DEPRECATION_WARNINGS"])
    good = code != 0 and "deprecated since boxd 0.1.0; use boxd_new()" in output and silent == 0
    return f"a deprecated name as {language} with {compiler}", 0 if good else 1, output + said


def jobs():
    for folder, path in api.FOLDERS.items():
        for name in api.headers(folder):
            header = api.parse((path / name).read_text(), name)
            for language, compilers in COMPILERS.items():
                for compiler in filter(shutil.which, compilers):
                    yield name, header, language, compiler


def main():
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda job: check(folder, *job), jobs()))
        results += [deprecated(folder, language, compiler) for language, compilers in COMPILERS.items()
                    for compiler in filter(shutil.which, compilers)]
    failed = [result for result in results if result[1] != 0]
    for what, _, output in failed:
        print(f"{what}:\n{output}")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
