"""Helpers for the tests of boxctl: run it with pipes or on a terminal. Usage: TEST.py BOXCTL EMULATOR [NAME PART]..."""

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "interop"))
import emulator  # noqa: E402

RUN_LIMIT_SECS = 60
binary = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else sys.exit(__doc__)


class Case(emulator.TimedCase):
    """Base class; the cases of a class share an emulator."""

    OPTIONS = ()
    cache = None  # the directory of the token cache

    @classmethod
    def setUpClass(cls):
        cls.emulator = cls.enterClassContext(emulator.Emulator(*cls.OPTIONS))
        cls.numbers = iter(range(1000000))
        cls.configuration = cls.enterClassContext(tempfile.TemporaryDirectory())

    def environment(self, **values):
        env = {**os.environ, **self.emulator.env, "LC_ALL": "C.UTF-8", "TERM": "xterm", "BOXD_NO_TOKEN_CACHE": None,
               "XDG_CONFIG_HOME": self.configuration, "XDG_CACHE_HOME": self.cache or self.configuration, **values}
        return {name: value for name, value in env.items() if value is not None}

    def start(self, *words, **how):
        """Starts boxctl with pipes as standard streams."""
        env = self.environment(**how.pop("env", {}))
        for stream in ("stdin", "stdout", "stderr"):
            how.setdefault(stream, subprocess.PIPE)
        process = subprocess.Popen([binary, *words], env=env, **how)
        self.addCleanup(self._end, process)
        return process

    @staticmethod
    def _end(process):
        if process.poll() is None:
            process.kill()
        with process:
            pass

    def boxctl(self, *words, code=0, input=b"", env=None, **how):
        """Runs boxctl and returns its output. Checks the exit code. Standard error is in self.err."""
        process = self.start(*words, env=env or {}, **how)
        out, err = process.communicate(input, RUN_LIMIT_SECS)
        said = f"boxctl {' '.join(words)}: exit code {process.returncode}\n{out[:2000]}\n{err.decode()}"
        self.assertEqual(process.returncode, code, said)
        self.err = err.decode()
        return out

    def text(self, *words, **how):
        return self.boxctl(*words, **how).decode()

    def json(self, *words, **how):
        return json.loads(self.boxctl("--json", *words, **how))

    def fails(self, code, *words, say, **how):
        """Runs boxctl, which must exit with `code`, print nothing to standard output, and print an error that contains `say`."""
        out = self.boxctl(*words, code=code, **how)
        self.assertEqual(out, b"", words)
        self.assertTrue(self.err.startswith("boxctl: "), self.err)
        self.assertIn(say, self.err)

    def program_on_terminal(self, *command, env=None, **how):
        terminal = Terminal(command, self.environment(**(env or {})), **how)
        self.addCleanup(terminal.close)
        return terminal

    def on_terminal(self, *words, **how):
        """Starts boxctl on a terminal."""
        return self.program_on_terminal(binary, *words, **how)

    def prompt(self, terminal):
        """Waits until the shell runs: types a line whose output differs from the line, and waits for that output."""
        terminal.type("echo $((40+2))there\r")
        terminal.wait_for("42there\r\n")

    def box(self, *options):
        """Creates a running box, which is destroyed at the end of the test."""
        name = f"box{next(self.numbers)}"
        self.boxctl("create", *options, "-q", "--wait", name)
        self.addCleanup(self.boxctl, "rm", "-f", name)
        return name


class Terminal:
    """A program on its own pseudo terminal, which is its controlling terminal."""

    def __init__(self, command, env, cols=80, rows=24, cwd=None):
        self.master, self.slave = pty.openpty()
        self.resize(cols, rows)
        self.before = termios.tcgetattr(self.slave)
        self.seen = b""
        self.process = subprocess.Popen(command, stdin=self.slave, stdout=self.slave, stderr=self.slave, env=env, cwd=cwd,
                                        start_new_session=True, preexec_fn=self._take)

    def _take(self):
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def resize(self, cols, rows):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def type(self, text):
        os.write(self.master, text.encode())

    def mode(self):
        return termios.tcgetattr(self.slave)

    def wait_for(self, pattern):
        """Reads output until the pattern matches. Discards the output up to the end of the match."""
        deadline = time.monotonic() + RUN_LIMIT_SECS
        while not (match := re.search(pattern.encode(), self.seen)):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                raise AssertionError(f"{pattern!r} was not printed: {self.seen!r}")
            self.seen += os.read(self.master, 65536)
        self.seen = self.seen[match.end():]
        return match

    def wait(self):
        """Waits for the end and returns the exit code. The output is added to `seen`."""
        deadline = time.monotonic() + RUN_LIMIT_SECS
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"the program does not end: {self.seen!r}")
            if select.select([self.master], [], [], 0.02)[0]:
                self.seen += os.read(self.master, 65536)
        while select.select([self.master], [], [], 0)[0]:
            self.seen += os.read(self.master, 65536)
        return self.process.returncode

    def wait_for_mode(self, mode):
        """Polls, because a change of the terminal mode causes no event."""
        deadline = time.monotonic() + RUN_LIMIT_SECS
        while self.mode() != mode:
            if time.monotonic() > deadline:
                raise AssertionError(f"the terminal's mode is {self.mode()}, not {mode}")
            time.sleep(0.01)

    def wait_for_other_mode(self):
        """Waits until the program has changed the mode of the terminal."""
        deadline = time.monotonic() + RUN_LIMIT_SECS
        while self.mode() == self.before:
            if time.monotonic() > deadline:
                raise AssertionError("the terminal's mode does not change")
            time.sleep(0.01)

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)
