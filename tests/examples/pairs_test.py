"""The pairs of examples: both programs of a pair do the same, on an emulator of their own each time. Bad keys, Ctrl-C.

Usage: pairs_test.py EXAMPLES_DIR EMULATOR [NAME PART]...
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "interop"))
import emulator  # noqa: E402

RUN_LIMIT_SECS = 60
examples = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else sys.exit(__doc__)


class Pair(emulator.TimedCase):
    def setUp(self):
        self.emulator = self.enterContext(emulator.Emulator())

    def start(self, *words, **env):
        process = subprocess.Popen([examples / words[0], *words[1:]], env={**os.environ, **self.emulator.env, **env},
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.reap, process)
        return process

    @staticmethod
    def reap(process):
        if process.poll() is None:
            process.kill()
        with process:
            pass

    def end(self, process, code=0):
        """What it printed, after a look at its exit code; on success nothing went to standard error."""
        out, err = process.communicate(timeout=RUN_LIMIT_SECS)
        self.assertEqual(process.returncode, code, f"{process.args}: {out}{err}")
        if code == 0:
            self.assertEqual(err, "")
        return out, err

    def run_it(self, *words, code=0, **env):
        return self.end(self.start(*words, **env), code)

    def boxctl(self, *words):
        return self.run_it("boxctl/boxctl", *words)[0]

    def until(self, what):
        deadline = time.monotonic() + RUN_LIMIT_SECS
        while not what():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def refused(self, name, *words):
        """A credential that nobody knows: each call fails, is told, and nothing hangs."""
        out, err = self.run_it(name, *words, code=1, BOXD_API_KEY="bxd_unknown")
        self.assertIn("authentication: ", err)
        return out


class Fanout(Pair):
    def test_same(self):
        for name in ("fanout_sync", "fanout_async"):
            out, _ = self.run_it(name)
            self.assertEqual(out, "100 boxes: 100 answers, their sum 338350; 0 failed, 0 not begun\n")
            self.assertEqual(self.boxctl("ls", "-q"), "")

    def test_refused(self):
        outs = {self.refused(name, "7", "3") for name in ("fanout_sync", "fanout_async")}
        self.assertEqual(outs, {"7 boxes: 0 answers, their sum 0; 7 failed, 0 not begun\n"})

    def test_interrupted(self):
        for name in ("fanout_sync", "fanout_async"):
            process = self.start(name, "100000", "20")
            self.until(lambda: self.boxctl("ls", "-q"))
            process.send_signal(signal.SIGINT)
            out, _ = self.end(process, 1)
            self.assertNotIn(" 0 not begun", out)
            self.assertEqual(self.boxctl("ls", "-q"), "")


class Follower(Pair):
    # Lines in pieces, one that is too long, one that is empty, bytes that are no line.
    SPEAKS = ("printf hel; sleep 0.05; printf 'lo\\n\\nnext'; sleep 0.05; echo; head -c 5000 /dev/zero | tr '\\0' x; echo; "
              "printf 'half a line'; exec sleep 1000")

    def test_same(self):
        boxes = ("one", "two")
        for box in boxes:
            self.boxctl("create", "--restart", "never", box, "--", "sh", "-c", self.SPEAKS)
        files = {name: tempfile.TemporaryFile("w+") for name in ("follower_sync", "follower_async")}
        running = []
        for name, file in files.items():
            self.addCleanup(file.close)
            running.append(subprocess.Popen([examples / name, *boxes], env={**os.environ, **self.emulator.env}, stdout=file))
            self.addCleanup(self.reap, running[-1])
        whole = [f"{box} | {line}" for box in boxes for line in ("hello", "", "next", "x" * 4089, "x" * (5000 - 4089))]

        def lines(file):
            file.seek(0)
            return sorted(file.read().splitlines())

        self.until(lambda: all(lines(file) == sorted(whole) for file in files.values()))
        self.boxctl("rm", "one")  # this log ends, with what it has
        self.until(lambda: all("one | half a line" in lines(file) for file in files.values()))
        for process in running:
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(RUN_LIMIT_SECS), 0)
        for file in files.values():
            self.assertEqual(lines(file), sorted([*whole, *(f"{box} | half a line" for box in boxes)]))

    def test_all_gone(self):
        for name in ("follower_sync", "follower_async"):
            self.boxctl("create", "--restart", "never", "one", "--", "sh", "-c", "echo done; exec sleep 1000")
            process = self.start(name, "one")
            self.assertEqual(process.stdout.readline(), "one | done\n")
            self.boxctl("rm", "one")
            self.end(process)

    def test_failures(self):
        for name in ("follower_sync", "follower_async"):
            self.refused(name, "one", "two")
            _, err = self.run_it(name, "none", "", code=1)
            self.assertEqual(len(err.splitlines()), 2, err)
            self.assertIn("none: not found: ", err)


if __name__ == "__main__":
    emulator.run(__name__)
