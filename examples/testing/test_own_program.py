#!/usr/bin/env python3
"""Tests a program that uses boxd, from Python: an emulator for all tests, and faults for single calls.

usage: test_own_program.py PROGRAM    with boxd-emulator on the PATH, or in BOXD_EMULATOR
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path


class Emulator:
    """An emulator with ports of its own. `environment` is that of its clients."""

    def __init__(self, *options):
        self.folder = tempfile.TemporaryDirectory()
        ready = Path(self.folder.name, "env")
        self.process = subprocess.Popen(
            [os.environ.get("BOXD_EMULATOR", "boxd-emulator"), "--port", "0", "--http-port", "0", "--control",
             "--exit-with-parent", "--ready-file", ready, *options], stdout=subprocess.DEVNULL)
        while not ready.exists():
            if self.process.poll() is not None:
                raise RuntimeError("the emulator did not start")
            time.sleep(0.01)
        settings = dict(re.findall(r"export (\w+)='([^']*)'", ready.read_text()))
        self.environment = {**os.environ, **settings}

    def fault(self, **fault):
        """The next call that fits fails: see "Faults in the emulator" in CONTRIBUTING.md."""
        request = urllib.request.Request(
            self.environment["BOXD_EMULATOR_CONTROL_URL"] + "/faults", json.dumps(fault).encode(),
            {"Authorization": "Bearer " + self.environment["BOXD_EMULATOR_CONTROL_TOKEN"]})
        urllib.request.urlopen(request).close()

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


class Program(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.emulator = Emulator()
        cls.addClassCleanup(cls.emulator.stop)

    def run_program(self):
        return subprocess.run([PROGRAM], env=self.emulator.environment, capture_output=True, text=True, check=False)

    def test_it_prints_the_output_of_the_box(self):
        run = self.run_program()
        self.assertEqual((run.returncode, run.stdout), (0, "hello from C\n"))

    def test_it_reports_a_service_that_refuses_the_box(self):
        self.emulator.fault(rpc="CreateVm", code=8, message="no boxes left")
        run = self.run_program()
        self.assertEqual(run.returncode, 1)
        self.assertIn("no boxes left", run.stderr)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
