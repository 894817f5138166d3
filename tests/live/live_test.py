"""The program boxd-live against the emulator, and against an emulator that differs in many ways: its report names the
differences that were switched on and no others, and nothing that it made is left.

Usage: live_test.py PROGRAM BOXCTL EMULATOR [NAME PART]...
"""

import concurrent.futures
import json
import os
import re
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "interop"))
import emulator  # noqa: E402

if len(sys.argv) < 4:
    sys.exit(__doc__)
PROGRAM = os.path.abspath(sys.argv.pop(1))
BOXCTL = os.path.abspath(sys.argv.pop(1))
RUN_LIMIT_SECS = 100
DRUKBOX_TOKEN = "drukbox-token-of-the-test"

# Each difference of the emulator (--differ), and the checks that find it.
BOXD_DIFFERENCES = {
    "signal-code": {"exec.signal", "exec.signal-of-shell"},
    "output-after-exit": {"streams.last-message"},
    "not-found-code": {"tokens.revoke-unknown", "boxes.get-unknown", "exec.unknown-box", "files.read-missing",
                       "files.mkdir-without-parent", "files.delete-missing", "proxies.unknown", "disks.life",
                       "snapshots.life", "forks.source-by-name", "forks.get-destroyed", "forks.destroy-again",
                       "boxes.image-unknown"},
    "exists-code": {"boxes.name-taken", "proxies.life"},
    "default-image": {"account.config"},
    "size-class": {"boxes.size"},
    "token-life": {"auth.token-life"},
    "list-order": {"boxes.list-order"},
    "list-fields": {"boxes.list-row"},
    "suspended-exec": {"states.exec-wakes"},
    "create-state": {"boxes.create"},
    "destroy-twice": {"forks.destroy-again"},
    "fork-name": {"forks.name"},
    "pty-size": {"streams.pty-size"},
    "bytes-written": {"files.bytes-written"},
    "total-size": {"files.total-size"},
    "proxy-port": {"proxies.default"},
}
DRUKBOX_DIFFERENCES = {
    "drukbox-list-order": {"hosts.list-order"},
    "drukbox-delete-status": {"proxies.life", "accounts.life", "hosts.end"},
    "drukbox-create-status": {"hosts.create"},
    "drukbox-record-field": {"hosts.record"},
    "drukbox-time-format": {"hosts.times"},
    "drukbox-private-key": {"hosts.get", "hosts.replay"},
    "drukbox-error-code": {"refusals.delete-unknown", "refusals.renew-unknown", "proxies.life", "accounts.life",
                           "hosts.end"},
}
# Without namespaces, a box shows the user, the name, the files and the mounts of the machine that runs the emulator.
NEED_NAMESPACES = {"exec.account", "files.owner", "files.write-directory", "files.relative-path", "disks.life",
                   "forks.host-name"}
DIFFERS = ("differs from the contract", "differs from the emulator")


class Run:
    """One run of the program, with its own directory for the journal and the report."""

    def __init__(self, service, *words, env=None):
        self.service = service
        self.directory = tempfile.TemporaryDirectory()
        self.path = self.directory.name
        environment = {name: value for name, value in os.environ.items() if name != "CI"}
        environment |= service.env
        environment |= env or {}
        self.process = subprocess.Popen(
            [PROGRAM, "--yes", f"--state={self.path}/state", f"--report={self.path}/report", *words],
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.err = ""

    def read_until(self, pattern):
        """The match of the pattern in a line of standard error."""
        for line in self.process.stderr:
            self.err += line
            match = re.search(pattern, line)
            if match:
                return match
        raise AssertionError(f"no {pattern} in {self.err}")

    def end(self, code):
        """Waits for the end, and checks the exit status."""
        _, err = self.process.communicate(timeout=RUN_LIMIT_SECS)
        self.err += err
        if self.process.returncode != code:
            raise AssertionError(f"exit status {self.process.returncode}, not {code}: {self.err}")
        return self

    @property
    def report(self):
        with open(f"{self.path}/report.json", encoding="utf-8") as file:
            return json.load(file)

    @property
    def markdown(self):
        with open(f"{self.path}/report.md", encoding="utf-8") as file:
            return file.read()

    @property
    def journals(self):
        return os.listdir(f"{self.path}/state")

    def ids(self, *outcomes):
        return {check["id"] for check in self.report["checks"] if check["outcome"] in outcomes}


def expected_together(differences):
    return set().union(*differences.values())


class Case(emulator.TimedCase):
    OPTIONS = ()
    DIFFERENCES = {}
    PRODUCT = ""

    @classmethod
    def setUpClass(cls):
        cls.emulator = cls.enterClassContext(emulator.Emulator(*cls.OPTIONS))

    def run_on(self, service, *words, env=None):
        return Run(service, f"--product={self.PRODUCT}", *words, env=env)

    def start(self, *words, env=None):
        return self.run_on(self.emulator, *words, env=env)

    def allowed(self, service):
        return set() if service.isolation.startswith("namespaces") else NEED_NAMESPACES

    def assert_differs(self, run, expected):
        """The report names exactly these checks."""
        unstable = self.allowed(run.service)
        self.assertEqual(run.ids(*DIFFERS) - unstable, expected - unstable, run.err)
        for check in expected - unstable:
            self.assertIn(f"\n### {check}\n", run.markdown)

    def assert_nothing_left(self, run):
        self.assertEqual(run.report["left"], [])
        self.assertEqual(run.journals, [])
        self.assertEqual(self.objects(run.service), [])

    def assert_no_secrets(self, run):
        text = run.markdown + json.dumps(run.report)
        host, port = re.fullmatch(r"https?://([^:]+):(\d+)", run.service.env[self.URL]).groups()
        for secret in (run.service.api_key, DRUKBOX_TOKEN, host, f":{port}", "eyJ", "PRIVATE KEY"):
            self.assertNotIn(secret, text)

    def differ(self, names, *words):
        """A run against an emulator with these differences."""
        with emulator.Emulator(*self.OPTIONS, "--differ", ",".join(names)) as service:
            run = self.run_on(service, *words)
            run.process.wait(RUN_LIMIT_SECS)
            run.end(1)
            self.assertEqual(self.objects(service), [])
            return run


class EachProduct:
    """The tests of both products."""

    def test_all_checks_agree_with_the_emulator(self):
        run = self.start().end(1 if self.allowed(self.emulator) and self.PRODUCT == "boxd" else 0)
        self.assert_differs(run, set())
        self.assertEqual(run.ids("skipped", "not run"), self.SKIPPED)
        self.assert_nothing_left(run)
        self.assert_no_secrets(run)
        self.assertIn("at most", run.err.split("the checks run")[0])  # the budget comes first
        self.assertEqual(run.report["ended"], None)
        for check in run.report["checks"]:
            self.assertEqual([name for name in ("section", "contract", "call") if not check[name]], [], check["id"])
            self.assertTrue(check["seen"] or check["why"], check["id"])

    def test_all_differences_together(self):
        run = self.differ(self.DIFFERENCES)
        self.assert_differs(run, expected_together(self.DIFFERENCES))
        self.assert_no_secrets(run)

    def test_each_difference_alone(self):
        only = "--only=" + ",".join(sorted(expected_together(self.DIFFERENCES)))
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            runs = {name: pool.submit(self.differ, [name], only) for name in self.DIFFERENCES}
        for name, run in runs.items():
            with self.subTest(name):
                self.assert_differs(run.result(), self.DIFFERENCES[name])

    def start_and_hang(self):
        """A run, and its child, that has made something and waits, or soon waits, for a call that has no answer."""
        self.emulator.add_faults({**self.HANG, "hang": True})
        self.addCleanup(self.emulator.clear_faults)
        run = self.start()
        child = int(run.read_until(r"process (\d+)").group(1))
        run.read_until(rf" {self.BEFORE}\b")
        return run, child

    def test_interrupted(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number.name):
                run, _ = self.start_and_hang()
                run.process.send_signal(number)
                run.end(3)
                self.assert_nothing_left(run)
                self.assertIn("**Not complete:** a signal", run.markdown)
                self.assertTrue(run.report["removed"])
                self.assertTrue(run.ids("not run"))
                self.assertTrue(run.ids("agrees"))

    def test_crash(self):
        run, child = self.start_and_hang()
        os.kill(child, signal.SIGABRT)  # sanitizers handle SIGSEGV
        run.end(3)
        self.assert_nothing_left(run)
        self.assertRegex(run.markdown, r"\*\*Not complete:\*\* the program crashed \(Aborted\) in the check \w")
        self.assertTrue(run.report["removed"])
        self.assertEqual(run.report["used"]["boxes"], 1)

    def test_killed_and_cleaned_later(self):
        run, _ = self.start_and_hang()
        run.process.kill()
        run.end(-signal.SIGKILL)
        self.assertEqual(len(run.journals), 1)
        self.assertTrue(self.objects(self.emulator))
        done = subprocess.run([PROGRAM, f"--product={self.PRODUCT}", f"--state={run.path}/state", "--clean"],
                              env={**os.environ, **self.emulator.env}, capture_output=True, text=True, timeout=RUN_LIMIT_SECS)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(" 0 left", done.stderr)
        self.assertEqual(run.journals, [])
        self.assertEqual(self.objects(self.emulator), [])

    def test_lost_answer_of_a_create(self):
        """What the program made is found, although the service did not say that it made it."""
        self.emulator.add_faults({**self.CREATE, "close": True, "after": True})
        run = self.start(f"--only={self.FIRST}")
        run.end(0)
        self.assertEqual(run.ids("skipped"), {self.FIRST})
        self.assertEqual(len(run.report["removed"]), 1)
        self.assert_nothing_left(run)

    def test_the_time_is_over(self):
        self.emulator.add_faults({**self.CREATE, "delay_ms": 1500})
        run = self.start("--max-seconds=1").end(3)
        self.assertIn("**Not complete:** the time of the budget was over", run.markdown)
        self.assert_nothing_left(run)


class Boxd(EachProduct, Case):
    PRODUCT = "boxd"
    URL = "BOXD_API_URL"
    DIFFERENCES = BOXD_DIFFERENCES
    SKIPPED = {"auth.old-exchange"}
    BEFORE = "boxes.create"
    HANG = {"rpc": "UpdateVmLabels"}
    FIRST = "boxes.create"
    CREATE = {"rpc": "CreateVm"}

    def objects(self, service):
        """What the account has."""
        found = []
        for words in (("ls", "-q"), ("disk", "ls", "-q"), ("snapshot", "ls", "-q")):
            found += subprocess.run([BOXCTL, *words], env={**os.environ, **service.env}, capture_output=True, text=True,
                                    timeout=RUN_LIMIT_SECS, check=True).stdout.split()
        return found

    def test_secrets_of_a_message_are_covered(self):
        secrets = {"key": self.emulator.api_key, "other_key": "bxk_0123456789", "token": "eyJhbGciOiJIUzI1NiJ9.e30.abc_-",
                   "host": "box.example.org:9443", "address": "192.0.2.77", "email": "someone@example.net",
                   "id": "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "private_key": "b3BlbnNzaC1rZXktdjE"}
        text = ("{key} {other_key} {token} https://{host}/path {address} {email} {id} -----BEGIN OPENSSH PRIVATE KEY----- "
                "{private_key} -----END OPENSSH PRIVATE KEY-----")
        self.emulator.add_faults({"rpc": "GetVm", "code": 7, "message": text.format(**secrets)})
        run = self.start("--only=boxes.get-unknown").end(1)
        self.assertIn("error: ", run.markdown)
        for name, secret in secrets.items():
            self.assertNotIn(secret, run.markdown + json.dumps(run.report) + run.err, name)
        self.assertIn("https://<host>/path <address> <email> <id> <private key>", run.markdown)

    def test_clean_by_prefix(self):
        """Without the journal. Other boxes stay."""
        def boxctl(*words):
            subprocess.run([BOXCTL, *words], env={**os.environ, **self.emulator.env}, capture_output=True, check=True,
                           timeout=RUN_LIMIT_SECS)
        others = ("boxd-live-012345", "boxd-live-0123456-box", "mine")
        for name in (*others, "boxd-live-012345-box"):
            boxctl("create", name)
        run = self.start("--clean=boxd-live-012345").end(0)
        self.assertIn("1 removed, 0 left", run.err)
        self.assertEqual(sorted(self.objects(self.emulator)), sorted(others))
        for name in others:
            boxctl("rm", name)

    def test_refusals(self):
        for words, env, text in ((("--clean=mine",), {}, "not a prefix"),
                                 (("--product=other",), {}, "no such product"),
                                 ((), {"BOXD_API_KEY": "", "BOXD_TOKEN": ""}, "BOXD_API_KEY is not set"),
                                 ((), {"CI": "true", "BOXD_API_URL": "https://boxd.sh:9443"}, "not in CI")):
            run = self.start(*words, env=env).end(2)
            self.assertIn(text, run.err)
        done = subprocess.run([emulator.binary, "--differ", "list-order,none"], capture_output=True, text=True,
                              timeout=RUN_LIMIT_SECS)
        self.assertEqual((done.returncode, "unknown name" in done.stderr), (2, True))
        done = subprocess.run([PROGRAM], env={**os.environ, **self.emulator.env}, capture_output=True, text=True,
                              timeout=RUN_LIMIT_SECS)
        self.assertEqual(done.returncode, 2)
        self.assertIn("add --yes", done.stderr)


class Drukbox(EachProduct, Case):
    OPTIONS = ("--drukbox-token", DRUKBOX_TOKEN)
    PRODUCT = "drukbox"
    URL = "SANDBOX_SERVICE_URL"
    DIFFERENCES = DRUKBOX_DIFFERENCES
    SKIPPED = set()
    BEFORE = "hosts.create"
    HANG = {"http": "GET /hosts/{id}"}
    FIRST = "hosts.create"
    CREATE = {"http": "POST /hosts"}

    def objects(self, service):
        return [host["id"] for host in emulator.send("GET", f"{service.env[self.URL]}/hosts", bearer=DRUKBOX_TOKEN)]


if __name__ == "__main__":
    emulator.run(__name__)
