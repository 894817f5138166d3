"""Shared by the interoperability tests: the emulator as a context manager, and the main function of a test program.

The standard library only: this file is imported in each of the virtual environments.
"""

import contextlib
import faulthandler
import importlib.metadata
import json
import logging
import os
import re
import select
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

START_LIMIT_SECS = 30
STOP_LIMIT_SECS = 40  # the emulator's own limit is 20
HTTP_LIMIT_SECS = 20
CASE_LIMIT_SECS = 120
PROGRAM_LIMIT_SECS = 1200

# gRPC reads this when it is imported, so import this module first. Otherwise gRPC logs every connection that ends.
os.environ["GRPC_VERBOSITY"] = "NONE"

EXPORT = re.compile(r"export (\w+)=(.*)")

binary = None  # set by run()

# Loopback needs no proxy, also if the environment sets one.
http = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class EmulatorError(Exception):
    pass


def send(method, url, body=None, bearer=None):
    """Sends an HTTP request and returns the response, both JSON. A status other than 200 raises EmulatorError."""
    request = urllib.request.Request(url, method=method)
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    if bearer is not None:
        request.add_header("Authorization", f"Bearer {bearer}")
    try:
        with http.open(request, timeout=HTTP_LIMIT_SECS) as response:
            return json.loads(response.read())
    except urllib.error.HTTPError as error:
        text = error.read().decode(errors="replace")
        raise EmulatorError(f"{method} {url}: status {error.code}: {text}") from error
    except (OSError, ValueError) as error:
        raise EmulatorError(f"{method} {url}: {error}") from error


class Emulator:
    """A running emulator with its own ports.

    with Emulator("--max-boxes", "1") as emulator:
        emulator.env["BOXD_API_URL"]
    """

    def __init__(self, *options, prefix=()):
        self.options = options
        self.prefix = prefix  # a command that runs the emulator: setpriv
        self.env = {}
        self.isolation = ""  # what the emulator says about it
        self.process = None
        self.stderr = None

    def __enter__(self):
        command = [*self.prefix, binary, "--port", "0", "--http-port", "0", "--control", "--exit-with-parent", *self.options]
        self.stderr = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.stderr)
        try:
            self._wait_until_ready()
        except BaseException:
            self.process.kill()
            self._release()
            raise
        return self

    def __exit__(self, kind, *_):
        """Ends the emulator. An exit status other than 0 raises EmulatorError, unless an exception is being handled."""
        self.process.terminate()
        try:
            status = self.process.wait(STOP_LIMIT_SECS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = f"killed: it did not end within {STOP_LIMIT_SECS} s"
        said = self._release()
        if status != 0 and kind is None:
            raise EmulatorError(f"the emulator ended with status {status}: {said}")

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_LIMIT_SECS
        output = b""
        while b"\n# ready\n" not in output:
            left = deadline - time.monotonic()
            if left <= 0:
                raise EmulatorError(f"the emulator was not ready after {START_LIMIT_SECS} s: {self._stderr_text()}")
            if not select.select([self.process.stdout], [], [], left)[0]:
                continue
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                raise EmulatorError(f"the emulator ended during its start: {self._stderr_text()}")
            output += data
        for line in output.decode().splitlines():
            match = EXPORT.fullmatch(line)
            if match:
                self.env[match[1]] = "".join(shlex.split(match[2]))
        self.env["BOXD_NO_TOKEN_CACHE"] = "1"  # tests leave no file in the home directory
        for line in output.decode().splitlines():
            if line.startswith("# isolation: "):
                self.isolation = line.removeprefix("# isolation: ")

    def _stderr_text(self):
        self.stderr.seek(0)
        return self.stderr.read().decode(errors="replace").strip() or "(nothing on stderr)"

    def _release(self):
        self.process.wait(STOP_LIMIT_SECS)
        self.process.stdout.close()
        said = self._stderr_text()
        self.stderr.close()
        return said

    # ---- addresses and credentials ----

    @property
    def api_url(self):
        return self.env["BOXD_API_URL"]

    @property
    def exchange_url(self):
        return self.env["BOXD_EXCHANGE_URL"]

    @property
    def api_key(self):
        return self.env["BOXD_API_KEY"]

    def exchange(self, api_key=None):
        """A new {"token", "expires_at"} for the API key."""
        return send("POST", self.exchange_url, {"api_key": api_key or self.api_key})

    def token(self):
        return self.exchange()["token"]

    # ---- control routes ----

    def _control(self, method, route, body=None):
        return send(method, f"{self.env['BOXD_EMULATOR_CONTROL_URL']}/{route}", body,
                    self.env["BOXD_EMULATOR_CONTROL_TOKEN"])

    def add_faults(self, *faults):
        self._control("POST", "faults", list(faults))

    def clear_faults(self):
        self._control("DELETE", "faults")

    def wait_for_faults(self):
        """Waits until all faults were used: their calls have arrived."""
        deadline = time.monotonic() + HTTP_LIMIT_SECS
        while (left := self._control("GET", "faults")["left"]) > 0:
            if time.monotonic() > deadline:
                raise EmulatorError(f"{left} faults were not used")
            time.sleep(0.01)

    def log(self):
        return self._control("GET", "log")

    def clear_log(self):
        self._control("DELETE", "log")

    def calls(self, name, at_least=0):
        """The records of one RPC (or of the HTTP route with this last part), oldest first. A record may be
        added after the reply has arrived: waits until there are `at_least` records."""
        deadline = time.monotonic() + HTTP_LIMIT_SECS
        while True:
            found = [record for record in self.log() if re.search(f"(^|/){name}$", record["method"])]
            if len(found) >= at_least:
                return found
            if time.monotonic() > deadline:
                raise EmulatorError(f"the log has {len(found)} calls of {name}, not {at_least}")
            time.sleep(0.01)

    def set_host(self, host_id, **fields):
        """Sets fields of a Drukbox host."""
        self._control("POST", "drukbox/host", {"id": host_id, **fields})

    def set_template(self, template_id, **fields):
        self._control("POST", "drukbox/template", {"id": template_id, **fields})

    def run_janitor(self):
        """Deletes the Drukbox hosts whose lease has ended, and returns their number."""
        return self._control("POST", "drukbox/janitor")["removed"]

    def expire_all_tokens(self):
        self._control("POST", "tokens/expire-all")


def dead_port():
    """A port without a listener."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def environment(**values):
    """Sets environment variables within the block; None removes a variable."""
    before = {name: os.environ.get(name) for name in values}

    def put(settings):
        for name, value in settings.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    put(values)
    try:
        yield
    finally:
        put(before)


class TimedCase(unittest.TestCase):
    """A test case that fails, instead of hanging, after CASE_LIMIT_SECS."""

    maxDiff = 2000

    def run(self, result=None):
        def expired(*_):
            raise AssertionError(f"timed out after {CASE_LIMIT_SECS} s")

        before = signal.signal(signal.SIGALRM, expired)
        signal.alarm(CASE_LIMIT_SECS)
        try:
            return super().run(result)
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, before)


# ---- the test programs ----

def _clean_environment():
    """Removes settings of the caller that would reach the clients under test."""
    for name in list(os.environ):
        if name.startswith(("BOXD_", "SANDBOX_", "DRUKBOX_")) or name.lower().endswith("_proxy"):
            del os.environ[name]


def _case_of(test):
    return getattr(test, "test_case", test).id()  # a subtest belongs to its test


def expect(package, version):
    """Ends the program unless the package is installed in this version."""
    installed = importlib.metadata.version(package)
    if installed != version:
        sys.exit(f"{sys.argv[0]}: {package} {installed} is installed here, not {version}")


def run(module, problems=lambda: []):
    """Runs the tests of a program and ends it: `PROGRAM [EMULATOR] [NAME PART]...`. Afterwards the
    results of `problems` are counted as failures."""
    global binary
    path = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("BOXD_EMULATOR")
    if not path or not os.access(path, os.X_OK):
        sys.exit(f"usage: {sys.argv[0]} EMULATOR [NAME PART]...   (or set BOXD_EMULATOR): "
                 f"{path or 'nothing given'} is not a program")
    binary = os.path.abspath(path)
    _clean_environment()
    # asyncio would log the tasks and connections that clients leave behind after an early end.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    faulthandler.dump_traceback_later(PROGRAM_LIMIT_SECS, exit=True)
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{part}*" for part in sys.argv[2:]] or None
    result = unittest.TextTestRunner(verbosity=2).run(loader.loadTestsFromModule(sys.modules[module]))
    failed = {_case_of(test) for test, _ in result.failures + result.errors}
    skipped = {_case_of(test) for test, _ in result.skipped} - failed
    # A failure in setUpClass or tearDownClass is not a test that ran.
    failed_tests = sum(not name.startswith(("setUp", "tearDown")) for name in failed)
    passed = result.testsRun - failed_tests - len(skipped)
    for problem in problems() if len(sys.argv) <= 2 else []:
        print(f"FAILED: {problem}")
        failed.add(problem)
    faulthandler.cancel_dump_traceback_later()
    print(f"{passed} passed, {len(failed)} failed" + (f", {len(skipped)} skipped" if skipped else ""), flush=True)
    sys.exit(1 if failed or passed == 0 or not result.wasSuccessful() else 0)
