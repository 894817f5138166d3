#!/usr/bin/env python3
"""Runs the programs of docs/languages.md and docs/testing.md on an emulator: C++, Python with ctypes and with cffi, LuaJIT, tests of
programs.

usage: with_emulator.sh EMULATOR -- languages_test.py BUILD_DIR

cffi is in BUILD_DIR/venv-languages, which tests/interop/venvs.sh makes; without it this program is left out.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
FOLDERS = ("sync", "async", "common")
INCLUDES = [f"-I{ROOT}/{name}/include" for name in FOLDERS]
REFUSED = "authentication: the token exchange"
LIBRARIES = ["-lboxd", "-lboxd-async", "-lboxd-common"]


def on_emulator(command, **environment):
    """Runs a command in the environment of this test."""
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **ENVIRONMENT, **environment}, check=False)


def with_wrong_key(command, **environment):
    """Runs a command whose first call fails."""
    return on_emulator(command, **environment, BOXD_API_KEY="wrong")


class Languages(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def check(self, run, code, output, error=""):
        self.assertEqual((run.returncode, run.stdout), (code, output), run.stderr)
        self.assertIn(error, run.stderr)

    def test_cpp(self):
        for name, output in (("hello", "hello from C++\n"), ("callback", "hello from a callback\n")):
            program = f"{self.folder.name}/{name}"
            subprocess.run(["c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", *INCLUDES, EXAMPLES / f"languages/{name}.cpp", "-o",
                            program, *[f"-L{BUILD}/{folder}" for folder in FOLDERS], *LIBRARIES, "-pthread"], check=True)
            self.check(on_emulator([program]), 0, output)
            self.check(with_wrong_key([program]), 1, "", REFUSED)

    def test_python_with_ctypes(self):
        command = [sys.executable, "-B", EXAMPLES / "languages/boxd_ctypes.py", "sh", "-c", "echo hi; exit 3"]
        library = f"{BUILD}/sync/libboxd.so.0"
        self.check(on_emulator(command, BOXD_LIBRARY=library), 3, "hi\n")
        self.check(with_wrong_key(command, BOXD_LIBRARY=library), 1, "", REFUSED)

    def test_python_with_cffi(self):
        python = BUILD / "venv-languages/bin/python"
        if not python.exists():
            self.skipTest("no cffi: tests/interop/venvs.sh makes venv-languages")
        command = [python, "-B", EXAMPLES / "languages/boxd_cffi.py", "sh", "-c", "echo hi; exit 4"]
        settings = {"BOXD_LIBRARY": f"{BUILD}/async/libboxd-async.so.0", "BOXD_CFLAGS": " ".join(INCLUDES)}
        self.check(on_emulator(command, **settings), 4, "hi\n")
        self.check(with_wrong_key(command, **settings), 1, "", REFUSED)

    def test_luajit(self):
        if not shutil.which("luajit"):
            self.skipTest("no luajit")
        command = ["luajit", EXAMPLES / "languages/boxd_luajit.lua", "sh", "-c", r"printf 'a\000b\n'; exit 5"]
        settings = {"BOXD_LIBRARY": f"{BUILD}/async/libboxd-async.so.0", "BOXD_CFLAGS": " ".join(INCLUDES)}
        self.check(on_emulator(command, **settings), 5, "a\0b\n")
        self.check(with_wrong_key(command, **settings), 1, "", REFUSED)
        self.check(on_emulator(command[:2], **settings), 1, "", "invalid argument: ")

    def test_a_test_in_c(self):
        self.check(on_emulator([BUILD / "examples/own_test", EMULATOR]), 0, "passed\n")

    def test_a_test_in_python(self):
        run = on_emulator([sys.executable, "-B", EXAMPLES / "testing/test_own_program.py", BUILD / "examples/hello_sync"],
                          BOXD_EMULATOR=str(EMULATOR))
        self.assertEqual(run.returncode, 0, run.stderr)


if __name__ == "__main__":
    BUILD = Path(sys.argv.pop(1)).resolve()
    EMULATOR = BUILD / "tests/emulator/boxd-emulator"
    ENVIRONMENT = {"LD_LIBRARY_PATH": ":".join(f"{BUILD}/{name}" for name in FOLDERS)}
    unittest.main()
