"""The start and the end of the emulator: the warning and the refusal without isolation, the ready file, and errors.

Usage: python3 start_test.py EMULATOR [NAME PART]...
"""

import os
import signal
import socket
import subprocess
import tempfile
import time

import emulator

LIMIT_SECS = 60
PORTS = ("--port", "0", "--http-port", "0")


class Case(emulator.TimedCase):
    def setUp(self):
        self.folder = self.enterContext(tempfile.TemporaryDirectory())
        os.chmod(self.folder, 0o755)
        self.ready = os.path.join(self.folder, "env")

    def fail_to_start(self, *options, prefix=(), code=1):
        """The message of an emulator that does not start."""
        done = subprocess.run([*prefix, emulator.binary, *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=LIMIT_SECS, check=False)
        self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        return done.stderr

    def in_mounts(self, script):
        """A prefix: a shell script in mounts of its own, which starts the emulator "$@"."""
        if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode:
            self.skipTest("needs root, unshare and mount namespaces")
        return ("unshare", "--mount", "sh", "-ec", script, "sh")

    def write_old_file(self):
        with open(self.ready, "w", encoding="ascii") as file:
            file.write("export BOXD_API_KEY='old'\n")

    def read_ready_file(self):
        with open(self.ready, encoding="utf-8") as file:
            return file.read()

    def entries(self):
        return os.listdir(self.folder)


HOME = "mount -t tmpfs none /home; mkdir /home/boxd; "


class Isolation(Case):
    def said_by(self, *options, prefix=(), **env):
        """What an emulator that starts prints to standard error."""
        with emulator.environment(**env), emulator.Emulator(*options, prefix=prefix) as target:
            said = target._stderr_text()
            return target.isolation, said

    def assert_warned(self, found):
        isolation, said = found
        self.assertTrue(isolation.startswith("directory: "), isolation)
        for part in (f"warning: {isolation.removeprefix('directory: ')}\n", "boxctl cp, fs and sync fail", "--privileged",
                     "kernel.apparmor_restrict_unprivileged_userns=0", "docs/testing.md"):
            self.assertIn(part, said)

    def test_directories_warn(self):
        self.assert_warned(self.said_by("--isolation", "directory"))
        self.assert_warned(self.said_by(EMULATOR_ISOLATION="directory"))
        isolation, said = self.said_by("--isolation", "auto", EMULATOR_ISOLATION="directory")
        self.assertEqual("warning" in said, isolation.startswith("directory"), said)

    def test_a_chroot_warns(self):
        """The kernel refuses user namespaces to a process in a chroot."""
        root = os.path.join(self.folder, "root")
        os.mkdir(root)
        prefix = self.in_mounts(f'mount --rbind / {root}; exec chroot {root} "$@"')
        found = self.said_by(prefix=prefix)
        self.assert_warned(found)
        self.assertIn("the kernel refuses user namespaces", found[0])
        self.assertIn("the kernel refuses user namespaces",
                      self.fail_to_start(*PORTS, "--isolation", "namespaces", prefix=prefix))

    def test_the_home_of_the_host_is_safe(self):
        """In directories, a client's "rm /home/boxd/x" would remove a file of the host."""
        root = os.path.join(self.folder, "root")
        os.mkdir(root)
        for script, options in (('exec "$@"', ["--isolation", "directory"]),
                                (f'mount --rbind / {root}; exec chroot {root} "$@"', [])):
            said = self.fail_to_start(*PORTS, *options, prefix=self.in_mounts(HOME + script))
            self.assertIn("would change the files in /home/boxd of this machine", said)
            self.assertIn("In containers and on CI", said)

    def test_namespaces_hide_the_home_of_the_host(self):
        if not self.said_by()[0].startswith("namespaces"):
            self.skipTest("needs user namespaces")
        isolation, said = self.said_by(prefix=self.in_mounts(HOME + 'exec "$@"'))
        self.assertEqual((isolation.split(":")[0], said), ("namespaces", "(nothing on stderr)"))

    def test_an_unknown_isolation(self):
        self.assertIn("must be auto, namespaces or directory", self.fail_to_start("--isolation", "none", code=2))
        with emulator.environment(EMULATOR_ISOLATION="none"):
            self.assertIn("EMULATOR_ISOLATION must be", self.fail_to_start(code=2))


class ReadyFile(Case):
    def start(self, *options):
        process = subprocess.Popen([emulator.binary, *PORTS, "--ready-file", self.ready, *options], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        for line in process.stdout:
            if line == "# ready\n":
                return process
        self.fail("the emulator did not start")

    def test_it_exists_while_the_emulator_runs(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            self.write_old_file()
            process = self.start("--api-key", "new")
            self.assertIn("export BOXD_API_KEY='new'\n", self.read_ready_file())
            self.assertTrue(self.read_ready_file().endswith("# ready\n"))
            self.assertEqual((self.entries(), os.stat(self.ready).st_mode & 0o777), (["env"], 0o600))
            process.send_signal(number)
            self.assertEqual(process.wait(LIMIT_SECS), 0)
            self.assertEqual(self.entries(), [])

    def test_it_ends_with_the_parent(self):
        self.write_old_file()
        script = f'"$@" >{self.folder}/out & until grep -q ready {self.ready}; do sleep 0.01; done 2>/dev/null'
        subprocess.run(["sh", "-c", script, "sh", emulator.binary, *PORTS, "--exit-with-parent", "--ready-file", self.ready],
                       timeout=LIMIT_SECS, check=True)
        while "env" in self.entries():
            time.sleep(0.01)

    def test_the_file_of_another_emulator_stays(self):
        first = self.start("--api-key", "first")
        second = self.start("--api-key", "second")
        first.terminate()
        self.assertEqual(first.wait(LIMIT_SECS), 0)
        self.assertIn("'second'", self.read_ready_file())
        second.terminate()
        self.assertEqual((second.wait(LIMIT_SECS), self.entries()), (0, []))

    def test_no_old_file_after_a_failed_start(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            for options, code, message in (
                    (["--port", port, "--http-port", "0"], 1, f"cannot listen on 127.0.0.1:{port}"),
                    (["--port", "0", "--http-port", port], 1, f"cannot listen on 127.0.0.1:{port}"),
                    ([*PORTS, "--log", "/nonexistent/log"], 1, "the log file /nonexistent/log: No such file"),
                    ([*PORTS, "--state-dir", "/nonexistent/a"], 1, "the state directory /nonexistent/a: No such file"),
                    (["--unknown"], 2, "unrecognized option '--unknown'"),
                    (["--port", "many"], 2, '--port must be a number from 0 to 65535, not "many"'),
                    (["--unknown", "--unknown-too"], 2, "unrecognized option '--unknown'"),
                    (["argument"], 2, 'unexpected argument: "argument"')):
                with self.subTest(options):
                    self.write_old_file()
                    self.assertIn(message, self.fail_to_start(*options, "--ready-file", self.ready, code=code))
                    self.assertEqual(self.entries(), [])

    def test_a_file_that_cannot_be_written(self):
        for path, message in ((f"{self.folder}/a/env", "cannot write the ready file {}: No such file or directory"),
                              (self.folder, "the ready file {} exists and is not a regular file"),
                              ("/dev/null", "the ready file {} exists and is not a regular file")):
            self.assertIn(message.format(path), self.fail_to_start(*PORTS, "--ready-file", path))
        self.assertTrue(os.path.exists("/dev/null"))
        self.assertEqual(self.entries(), [])


class Help(Case):
    def said(self, *options):
        return subprocess.run([emulator.binary, *options], capture_output=True, text=True, timeout=LIMIT_SECS, check=True).stdout

    def test_the_help_keeps_the_file(self):
        self.write_old_file()
        self.assertIn("--isolation", self.said("--ready-file", self.ready, "--help"))
        self.assertEqual(self.entries(), ["env"])

    def test_the_differences(self):
        self.assertRegex(self.said("--differ", "help"), r"(?m)\Asignal-code +a signal ends.*\n(.*\n)+drukbox-proxy-name +\w")
        self.assertNotIn("signal-code", self.said("--help"))


if __name__ == "__main__":
    emulator.run(__name__)
