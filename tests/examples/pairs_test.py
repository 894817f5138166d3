"""Tests that the two programs of a pair of examples do the same, also with a bad key and on Ctrl-C. Each test has its own emulator.

Usage: pairs_test.py EXAMPLES_DIR EMULATOR [NAME PART]...
"""

import json
import os
import pathlib
import re
import shutil
import signal
import stat
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
    OPTIONS = ()  # of the emulator

    def setUp(self):
        self.emulator = self.enterContext(emulator.Emulator(*self.OPTIONS))

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
        """Waits for the end and returns (stdout, stderr). Checks the exit code; on success standard error must be empty."""
        out, err = process.communicate(timeout=RUN_LIMIT_SECS)
        self.assertEqual(process.returncode, code, f"{process.args}: {out}{err}")
        if code == 0:
            self.assertEqual(err, "")
        return out, err

    def run_it(self, *words, code=0, **env):
        return self.end(self.start(*words, **env), code)

    def boxctl(self, *words):
        return self.run_it("boxctl/boxctl", *words)[0]

    def until(self, condition):
        deadline = time.monotonic() + RUN_LIMIT_SECS
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def run_with_unknown_key(self, name, *words):
        """Runs the program with an unknown API key: each call fails, the error is printed, and nothing hangs."""
        out, err = self.run_it(name, *words, code=1, BOXD_API_KEY="bxd_unknown")
        self.assertIn("authentication: ", err)
        return out


class Fanout(Pair):
    def test_same(self):
        for name in ("fanout_sync", "fanout_async"):
            out, _ = self.run_it(name)
            self.assertEqual(out, "100 boxes: 100 results, sum 338350; 0 failed, 0 not started\n")
            self.assertEqual(self.boxctl("ls", "-q"), "")

    def test_unknown_key(self):
        outs = {self.run_with_unknown_key(name, "7", "3") for name in ("fanout_sync", "fanout_async")}
        self.assertEqual(outs, {"7 boxes: 0 results, sum 0; 7 failed, 0 not started\n"})

    def test_interrupted(self):
        for name in ("fanout_sync", "fanout_async"):
            process = self.start(name, "100000", "20")
            self.until(lambda: self.boxctl("ls", "-q"))
            process.send_signal(signal.SIGINT)
            out, _ = self.end(process, 1)
            self.assertNotIn(" 0 not started", out)
            self.assertEqual(self.boxctl("ls", "-q"), "")


class Follower(Pair):
    # Prints a line in pieces, a line that is too long, an empty line, and a line without an end.
    SCRIPT = ("printf hel; sleep 0.05; printf 'lo\\n\\nnext'; sleep 0.05; echo; head -c 5000 /dev/zero | tr '\\0' x; echo; "
              "printf 'half a line'; exec sleep 1000")

    def test_same(self):
        boxes = ("one", "two")
        for box in boxes:
            self.boxctl("create", "--restart", "never", box, "--", "sh", "-c", self.SCRIPT)
        files = {name: tempfile.TemporaryFile("w+") for name in ("follower_sync", "follower_async")}
        running = []
        for name, file in files.items():
            self.addCleanup(file.close)
            running.append(subprocess.Popen([examples / name, *boxes], env={**os.environ, **self.emulator.env}, stdout=file))
            self.addCleanup(self.reap, running[-1])
        complete = [f"{box} | {line}" for box in boxes for line in ("hello", "", "next", "x" * 4089, "x" * (5000 - 4089))]

        def lines(file):
            file.seek(0)
            return sorted(file.read().splitlines())

        self.until(lambda: all(lines(file) == sorted(complete) for file in files.values()))
        self.boxctl("rm", "one")  # ends this log; the rest of its last line is printed
        self.until(lambda: all("one | half a line" in lines(file) for file in files.values()))
        for process in running:
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(RUN_LIMIT_SECS), 0)
        for file in files.values():
            self.assertEqual(lines(file), sorted([*complete, *(f"{box} | half a line" for box in boxes)]))

    def test_all_boxes_removed(self):
        for name in ("follower_sync", "follower_async"):
            self.boxctl("create", "--restart", "never", "one", "--", "sh", "-c", "echo done; exec sleep 1000")
            process = self.start(name, "one")
            self.assertEqual(process.stdout.readline(), "one | done\n")
            self.boxctl("rm", "one")
            self.end(process)

    def test_failures(self):
        for name in ("follower_sync", "follower_async"):
            self.run_with_unknown_key(name, "one", "two")
            _, err = self.run_it(name, "none", "", code=1)
            self.assertEqual(len(err.splitlines()), 2, err)
            self.assertIn("none: not found: ", err)


class Filesync(Pair):
    FILES = {"a": "one", "empty": "", "with space": "x" * 3000000, "deep/er/b": "two", "deep/c": "three"}
    OLD = 1500000000  # unix seconds

    def sync(self, name, *words, code=0, **env):
        """Runs the program and returns (sorted lines of stdout, stderr)."""
        out, err = self.run_it(name, *words, str(self.directory), "box", self.remote, code=code, **env)
        return sorted(out.splitlines()), err

    def write(self, path, text, mtime=OLD):
        file = self.directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        os.utime(file, (mtime, mtime))

    def tree(self):
        script = f"cd {self.remote} && find . -exec md5sum {{}} + 2>/dev/null; find . -type d"
        return sorted(self.boxctl("exec", "box", "sh", "-c", script).splitlines())

    def both(self, change, *words, code=0):
        """Runs both programs, each on its own directory, checks that output and trees are equal, and returns the output."""
        seen = []
        for name in ("filesync_sync", "filesync_async"):
            self.directory, self.remote = self.local / name, f"/tmp/{name}"
            change()
            out, err = self.sync(name, *words, code=code)
            seen.append(([line.replace(name, "DIR") for line in out], err, self.tree()))
        self.assertEqual(*seen)
        return seen[0][0]

    def test_same(self):
        self.boxctl("create", "--wait", "box")
        self.local = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

        def begin():
            for path, text in self.FILES.items():
                self.write(path, text)
            (self.directory / "link").symlink_to("a")  # neither a file nor a directory

        def change():
            self.write("a", "won")  # same size, same time
            self.write("deep/c", "longer now")
            self.write("with space", "x" * 3000000, time.time() + 100)
            (self.directory / "empty").unlink()
            (self.directory / "deep/er/b").unlink()
            (self.directory / "deep/er").rmdir()

        everything = sorted(f"upload /tmp/DIR/{path}" for path in self.FILES)
        self.assertEqual(self.both(begin), ["5 uploaded, 0 deleted, 0 unchanged, 0 failed", *everything])
        self.assertEqual(self.both(lambda: None), ["0 uploaded, 0 deleted, 5 unchanged, 0 failed"])
        uploads = ["upload /tmp/DIR/deep/c", "upload /tmp/DIR/with space"]
        self.assertEqual(self.both(change), ["2 uploaded, 0 deleted, 1 unchanged, 0 failed", *uploads])
        deletes = ["delete /tmp/DIR/deep/er", "delete /tmp/DIR/empty"]
        self.assertEqual(self.both(lambda: None, "--delete"),
                         ["1 uploaded, 2 deleted, 2 unchanged, 0 failed", *deletes, "upload /tmp/DIR/with space"])
        self.assertEqual({line.split("./")[-1] for line in self.tree()}, {".", "a", "deep", "deep/c", "with space"})

    def test_interrupted(self):
        self.boxctl("create", "--wait", "box")
        self.local = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.emulator.add_faults({"rpc": "UploadFileStream", "hang": True, "count": 1000})

        def many():
            for i in range(30):
                self.write(f"file{i}", "one")

        for name in ("filesync_sync", "filesync_async"):
            self.directory = self.local / name
            many()
            self.emulator.clear_log()
            process = self.start(name, str(self.directory), "box", f"/tmp/{name}")
            self.emulator.calls("ListDir", at_least=2)  # the directory did not exist and was created
            process.send_signal(signal.SIGINT)
            out, err = self.end(process, 1)
            self.assertRegex(out, "^0 uploaded, 0 deleted, 0 unchanged, [0-8] failed; interrupted\n$")
            self.assertEqual(len(err.splitlines()), err.count(": cancelled: "), err)

    def test_failures(self):
        self.local = self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.remote = "/tmp/remote"
        self.write("a", "one")
        for name in ("filesync_sync", "filesync_async"):
            self.run_with_unknown_key(name, str(self.directory), "box", self.remote)
            _, err = self.sync(name, code=1)
            self.assertIn("mkdir /tmp/remote: not found: ", err)


class Supervisor(Pair):
    def both(self, scene):
        """Runs scene() on both programs, which supervise the boxes "one" and "two", and returns the sorted output."""
        outputs = []
        for name in ("supervisor_sync", "supervisor_async"):
            for box in ("one", "two"):
                self.boxctl("create", "--wait", box)
            process = self.start(name, "20", "one", "two")
            out, err = scene(process)
            outputs.append((sorted(out.splitlines()), sorted(err.splitlines())))
            self.emulator.clear_faults()
            self.boxctl("rm", *self.boxctl("ls", "-q").split())
        self.assertEqual(*outputs)
        return outputs[0]

    def wait_for(self, process, line):
        self.assertRegex(process.stdout.readline(), line)

    def test_restarts(self):
        def scene(process):
            for box in ("one", "two", "two"):
                self.boxctl("stop", box)
                self.wait_for(process, f"^{box}: stopped, failure [12] of 5$")
                self.wait_for(process, f"^{box}: started$")
                self.until(lambda: "stopped" not in self.boxctl("ls"))
            process.send_signal(signal.SIGTERM)
            return self.end(process)

        self.assertEqual(self.both(scene), (["one: restarts: 1", "two: restarts: 2"], []))

    def test_gives_up(self):
        def scene(process):
            self.emulator.add_faults({"rpc": "StartVm", "code": 9, "message": "not now", "count": 1000})
            self.boxctl("stop", "one")
            self.boxctl("rm", "two")
            return self.end(process, 1)

        out, err = self.both(scene)
        self.assertEqual(out, ["one: restarts: 0", *(f"one: stopped, failure {n} of 5" for n in (1, 3, 5)), "two: restarts: 0"])
        self.assertEqual(len(err), 5, err)
        self.assertEqual(err[-2], "one: stopped: the box keeps stopping; giving up")
        self.assertTrue(err[-1].startswith("two: not found: "), err)

    def test_failures(self):
        for name in ("supervisor_sync", "supervisor_async"):
            self.run_with_unknown_key(name, "20", "one", "two")
            self.run_it(name, "often", "one", code=1)


class Drukbox(Pair):
    OPTIONS = ("--drukbox-token", "drukbox-example", "--drukbox-provider", "docker")
    PAIR = ("drukbox_host_sync", "drukbox_host_async")

    def setUp(self):
        super().setUp()
        self.temporary = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def start(self, *words, **env):
        return super().start(*words, **{"TMPDIR": str(self.temporary), **env})

    def hosts(self):
        return emulator.send("GET", self.emulator.env["SANDBOX_SERVICE_URL"] + "/hosts", bearer=self.OPTIONS[1])

    def both(self, scene, code=0):
        """Runs both programs, checks that their output is the same (except for ids and paths) and that they leave nothing behind."""
        outputs = []
        for name in self.PAIR:
            self.emulator.clear_faults()
            scene()
            text = self.run_it(name, code=code)
            outputs.append(tuple(re.sub(r"example-\d+-\d+", "KEY", re.sub(r"/drukbox-\w{6}", "/DIR", re.sub(r"[0-9a-f-]{36}", "ID", re.sub(
                r"sb-[0-9a-f]{12}", "NAME", re.sub(r"-p 32\d{3} ", "-p PORT ", part.replace(str(self.temporary), "TMP"))))))
                for part in text))
            claimed = [host for host in self.hosts() if host["service_account"]]
            self.assertEqual((claimed, list(self.temporary.iterdir())), ([], []))
        self.assertEqual(*outputs)
        return outputs[0]

    KEY = "ssh -i TMP/DIR/key -o IdentitiesOnly=yes -o UserKnownHostsFile=TMP/DIR/known_hosts "
    NO_KEY = "ssh -o UserKnownHostsFile=TMP/DIR/known_hosts "
    ACCOUNT = "no private key: ssh uses an SSH key of the exe.dev account"
    TAILNET = "no private key: ssh uses the rules of the tailnet"
    LOST = "no private key: create another host with `env` set to log in"
    # The provider, more options of the emulator, and what the programs print about SSH.
    PROVIDERS = (
        ("exe", (), [ACCOUNT, NO_KEY + "-p 22 exedev@NAME.invalid"]),
        ("aws", (), [KEY + "-p 22 ubuntu@NAME.invalid"]),
        ("hetzner", (), [KEY + "-p 22 root@NAME.invalid"]),
        ("exoscale", (), [KEY + "-p 22 ubuntu@NAME.invalid"]),
        ("docker", (), [KEY + "-p PORT sandbox@NAME.invalid"]),
        ("exe", ("--drukbox-tailnet",), [TAILNET, NO_KEY + "-p 22 exedev@NAME.tailnet.invalid"]),
        ("aws", ("--drukbox-tailnet",), [TAILNET, NO_KEY + "-p 22 ubuntu@NAME.tailnet.invalid"]),
        ("hetzner", ("--drukbox-tailnet",), [TAILNET, NO_KEY + "-p 22 root@NAME.tailnet.invalid"]),
        ("docker", ("--drukbox-pool", "2"), [LOST]),
        ("exe", ("--drukbox-pool", "2"), [ACCOUNT, NO_KEY + "-p 22 exedev@NAME.invalid"]),
    )

    def test_providers(self):
        for provider, options, ssh in self.PROVIDERS:
            with self.subTest(provider=provider, options=options), \
                    emulator.Emulator(*self.OPTIONS, "--drukbox-provider", provider, *options) as self.emulator:
                out, _ = self.both(lambda: None)
                self.assertEqual(out.splitlines(), [
                    "the service is healthy", f"NAME at {provider}, active", *ssh, "lease extended: yes", "deleted"])

    def test_files(self):
        """The files for ssh, checked while the program waits for its renewal."""
        for name in self.PAIR:
            self.emulator.add_faults({"http": "POST /hosts/{id}/renew", "hang": True})
            process = self.start(name)
            self.emulator.wait_for_faults()
            (directory,) = self.temporary.iterdir()
            key, known_hosts = directory / "key", directory / "known_hosts"
            self.assertEqual([stat.S_IMODE(path.stat().st_mode) for path in (directory, key, known_hosts)],
                             [0o700, 0o600, 0o600])
            self.assertRegex(key.read_text(), "^-----BEGIN OPENSSH PRIVATE KEY-----\n")
            self.assertEqual(known_hosts.read_text(), self.hosts()[0]["known_hosts"])  # the newest host
            self.reap(process)
            shutil.rmtree(directory)

    def test_lost_answer(self):
        """The host exists but its key is lost. No second host is created. Of two lost answers the library repeats the first
        request, the program the second."""
        for count in (1, 2):
            out, _ = self.both(lambda: self.emulator.add_faults({"http": "POST /hosts", "close": True, "after": True, "count": count}))
            self.assertEqual(out.splitlines()[1:], ["NAME at docker, active", self.LOST, "lease extended: yes", "deleted"])

    def test_lost_answer_without_key(self):
        """A host that never has a key of its own is the same in the second answer."""
        with emulator.Emulator(*self.OPTIONS, "--drukbox-provider", "exe") as self.emulator:
            out, _ = self.both(lambda: self.emulator.add_faults({"http": "POST /hosts", "close": True, "after": True}))
        self.assertEqual(out.splitlines()[2], self.ACCOUNT)

    def test_failures(self):
        report = {"ok": False, "active_provider": "exe", "tailnet": False, "checks": [
            {"name": "db", "status": "ok", "detail": None, "latency_ms": 2, "hint": None},
            {"name": "provider", "status": "fail", "detail": "timed out after 5s", "latency_ms": None, "hint": "look"}]}
        out, _ = self.both(lambda: self.emulator.add_faults({"http": "GET /doctor", "body": json.dumps(report)}), code=1)
        self.assertEqual(out, "provider: timed out after 5s\nthe service is not healthy\n")
        _, err = self.both(lambda: self.emulator.add_faults({"http": "POST /hosts", "status": 502}), code=1)
        self.assertRegex(err, "^provisioning: ")
        _, err = self.both(lambda: self.emulator.add_faults({"http": "POST /hosts", "close": True, "count": 3}), code=1)
        self.assertRegex(err, "^the host may exist; a create with the idempotency key KEY returns it\nunavailable: ")
        _, err = self.both(lambda: self.emulator.add_faults({"http": "POST /hosts/{id}/renew", "status": 409}), code=1)
        self.assertRegex(err, "^conflict: ")
        for name in self.PAIR:
            _, err = self.run_it(name, code=1, SANDBOX_SERVICE_TOKEN="wrong")
            self.assertRegex(err, "^authentication: ")
            _, err = self.run_it(name, code=1, SANDBOX_SERVICE_URL="")
            self.assertIn("SANDBOX_SERVICE_URL", err)

    def test_beside_boxd(self):
        self.assertEqual(self.run_it("drukbox_beside_boxd", "100")[0], "101 created, 0 failed\n")
        self.assertEqual((self.hosts(), self.boxctl("ls", "-q")), ([], ""))

    def test_beside_boxd_interrupted(self):
        self.emulator.add_faults({"http": "POST /hosts", "hang": True, "after": True, "count": 1000})
        process = self.start("drukbox_beside_boxd", "30")
        self.until(lambda: len(self.hosts()) == 20)  # the client's connections
        process.send_signal(signal.SIGINT)
        out, err = self.end(process, 1)
        self.assertRegex(out, "^[01] created, 3[01] failed\n$")  # the box may have been created before the signal
        self.assertRegex(err, "^cancelled: ")
        self.assertEqual(len(self.hosts()), 20)  # no more were requested; their leases are short

    def test_secrets(self):
        self.assertEqual(self.run_it("drukbox_secrets", GITHUB_TOKEN="x")[0],
                         "the template is available\nrefreshed the secret of the registry\n")
        self.assertEqual(self.hosts(), [])

    def test_secrets_old(self):
        """A service of July 2026 has neither: the host is created, and a warning names what is missing."""
        self.emulator = self.enterContext(emulator.Emulator(*self.OPTIONS, "--drukbox-generation", "0.0.7"))
        process = self.start("drukbox_secrets", GITHUB_TOKEN="x")
        out, err = process.communicate(timeout=RUN_LIMIT_SECS)
        self.assertEqual((process.returncode, out), (
            0, "warning: this service is too old for secrets, and created the host without them\n"))
        self.assertRegex(err, "^not found: ")


if __name__ == "__main__":
    emulator.run(__name__)
