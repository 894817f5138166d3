"""man_examples_test.py: the EXAMPLE of each manual page compiles alone, with the callbacks that it names.
Usage: man_examples_test.py SOURCE_DIR BUILD_DIR MAN3_DIR. BUILD_DIR has the generated headers of boxd/rpc.h."""

import re
import subprocess
import sys
from pathlib import Path

PRELUDE = """
#include <boxd/aio.h>
#include <boxd/aio/rpc.h>
#include <boxd/boxd.h>
#include <boxd/rpc.h>
#include <drukbox/aio.h>
#include <drukbox/drukbox.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>
"""
HIDDEN = ("unused-variable", "unused-but-set-variable", "uninitialized", "maybe-uninitialized")


def example(page):
    """The code of a page; "" if it has none."""
    found = re.search(r"^\.SH EXAMPLE\n\.RS 4\n\.nf\n(.*?)\n\.fi$", page, re.S | re.M)
    return re.sub(r"\\&|\\(?=-)|(?<=\\)e", "", found[1]) if found else ""


def main(source, build, folder):
    pieces = [PRELUDE]
    for page in sorted(Path(folder).glob("*.3")):
        code = example(page.read_text())
        if code:
            kinds = "".join(f"{kind} {name} = NULL;\n" for name, kind in dict(re.findall(r"/\* (\w+) is a (\w+) \*/", code)).items())
            pieces.append(f'void of_{page.stem}(void);\nvoid of_{page.stem}(void)\n{{\n{kinds}#line 1 "{page.name}"\n{code}\n}}\n')
    headers = [f"-I{source}/{name}/include" for name in ("sync", "async", "common")] + [f"-I{build}/proto/generated"]
    command = ["cc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Werror", *[f"-Wno-{name}" for name in HIDDEN], *headers, "-fsyntax-only",
               "-x", "c", "-"]
    result = subprocess.run(command, input="".join(pieces), text=True, check=False).returncode
    print(f"{len(pieces) - 1} examples")
    return 1 if result or len(pieces) < 100 else 0


sys.exit(main(*sys.argv[1:]))
