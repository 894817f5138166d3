"""Commands that run in a box: jobs, exec --detach and --json, the lines of logs, and the escape character of sessions."""

import base64
import contextlib
import json
import os
import re
import select
import shlex
import signal
import time

import boxctl
from boxctl import emulator

JOB_KEYS = {
    "id", "command", "status", "exit_code", "timed_out", "pid", "started_at_ms", "ended_at_ms", "stdout_bytes", "stderr_bytes",
    "stdout_dropped_bytes", "stderr_dropped_bytes",
}
UNTIL_GO = "while ! [ -e go ]; do sleep 0.05; done; "


class Jobs(boxctl.Case):
    def setUp(self):
        self.name = self.box()

    def job(self, line, *options, id="j"):
        """Starts a shell line as a job."""
        self.assertEqual(self.text("job", "start", "--id", id, *options, self.name, "--", "sh", "-c", line), f"{id}\n")
        return id

    @staticmethod
    def until_ready_for_signals(process):
        """Polls, because boxctl prints nothing then: it blocks SIGINT, which a thread waits for."""
        while True:
            with open(f"/proc/{process.pid}/status", encoding="ascii", errors="replace") as status:
                blocked = int(re.search(r"(?m)^SigBlk:\s*(\w+)", status.read())[1], 16)
            if blocked & 1 << signal.SIGINT - 1:
                return
            time.sleep(0.01)

    def test_from_start_to_removal(self):
        """A job is found again, followed by another boxctl, waited for, and removed."""
        job = self.job(f"echo out 1; echo err >&2; {UNTIL_GO}printf 'out 2'; exit 3")
        self.job(f"echo out 1; echo err >&2; {UNTIL_GO}printf 'out 2'; exit 3")  # the same
        self.assertIn("job j exists, and was not started again (running)", self.err)
        self.fails(1, "job", "start", "--id", job, self.name, "true", say="another command")
        self.assertIn("`boxctl job rm`", self.err)
        followers = [self.start("job", "logs", "-f", self.name, job), self.start("job", "wait", self.name, job)]
        self.assertEqual(followers[0].stdout.readline(), b"out 1\n")
        self.assertEqual(followers[0].stderr.readline(), b"err\n")
        self.fails(1, "job", "rm", self.name, job, say="the job runs; end it with `boxctl job signal`, or give --force")
        row, = self.json("job", "ls", self.name)
        self.assertEqual(set(row), JOB_KEYS)
        self.assertEqual((row["id"], row["status"], row["exit_code"]), (job, "running", None))
        self.boxctl("exec", self.name, "touch", "go")
        self.assertEqual(followers[0].communicate()[0], b"out 2")
        self.assertEqual([process.wait(boxctl.RUN_LIMIT_SECS) for process in followers], [0, 3])
        self.assertEqual(self.json("job", "wait", self.name, job, code=3)["stdout_bytes"], 11)
        self.assertRegex(self.text("job", "show", self.name, job), r"(?m)^exit_code: +3$")
        self.assertRegex(self.text("jobs", self.name), r"\nj +sh -c \S.* exited +3 +\S+ seconds? ago +\S+ seconds? ago +11 B +4 B\n")
        self.assertEqual(self.text("job", "logs", self.name, job), "out 1\nout 2")
        self.assertEqual(self.err, "err\n")
        self.assertEqual(self.text("job", "logs", "--stderr", self.name, job), "")
        self.assertEqual(self.text("job", "logs", "--stdout", self.name, job), "out 1\nout 2")
        self.assertEqual(self.err, "")
        self.assertEqual(self.text("job", "rm", self.name, job), f"{job}\n")
        for words in (["job", "show"], ["job", "logs"], ["job", "rm"], ["job", "signal"]):
            self.fails(3, *words, self.name, job, say="the box has no such job; `boxctl job ls` shows all jobs")
        self.fails(125, "job", "wait", self.name, job, say="no such job")

    def test_rm_of_several(self):
        """Those that were removed are printed, also if others fail; the exit code is that of the first failure."""
        first, second = self.job("exit 1", id="a"), self.job("sleep 60", id="b")
        self.boxctl("job", "wait", self.name, first, code=1)
        out = self.json("job", "rm", self.name, "nosuch", first, second, code=3)
        self.assertEqual(out, [{"job": "a", "action": "removed"}])
        self.assertEqual(self.err.count("boxctl: "), 2, self.err)
        self.assertEqual(self.text("job", "rm", "-f", self.name, second), "b\n")

    def test_the_status_has_the_colour_of_the_exit_code(self):
        for line, code in (("exit 0", 0), ("kill -9 $$", 137)):
            self.boxctl("job", "wait", self.name, self.job(line, id=f"j{code}"), code=code)
        table = self.text("job", "ls", self.name, "--color", "always")
        self.assertRegex(table, r"(?m)^j0 .*\033\[32mexited\033")
        self.assertRegex(table, r"(?m)^j137 .*\033\[31mexited\033")

    def test_wait_for_a_job_that_waits_for_input(self):
        job = self.text("exec", "-d", "-i", self.name, "cat").strip()
        terminal = self.on_terminal("job", "wait", self.name, job)
        terminal.wait_for(f"waiting for {job}")
        terminal.wait_for(f"boxctl: the input of job {job} is open; to close it: boxctl job write --eof {self.name} {job} </dev/null")
        self.boxctl("job", "write", "--eof", self.name, job)
        self.assertEqual(terminal.wait(), 0)

    def test_killed_boxctl(self):
        """A boxctl that is killed does not end the job; one that is interrupted says so."""
        job = self.job(f"{UNTIL_GO}echo done")
        waits = [self.start("job", "wait", self.name, job) for _ in range(2)]
        follow = self.start("job", "logs", "-f", self.name, job)
        waits[0].kill()
        for process in (waits[1], follow):
            self.until_ready_for_signals(process)
        for process in (waits[1], follow):
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=boxctl.RUN_LIMIT_SECS)
            self.assertEqual(process.returncode, 130)
            self.assertEqual(err.count(b"boxctl job show"), b"interrupted" in err, err)
        self.boxctl("exec", self.name, "touch", "go")
        self.boxctl("job", "wait", self.name, job)
        self.assertEqual(self.text("job", "logs", self.name, job), "done\n")
        self.fails(125, "--timeout", "50ms", "job", "wait", self.name, self.job("sleep 60", id="long"), say="job \"long\"")
        self.assertIn(f"the job goes on; see `boxctl job show {self.name} long`", self.err)

    def test_options(self):
        for ms in (300, 1200, 4800, 19200):  # a slow machine gets more time for the output
            job = self.job("echo $V $PWD; head -c 5000 /dev/zero; sleep 60", "-e", "V=1", "-w", "/tmp", "--run-timeout", f"{ms}ms",
                           "--keep-output", "1K")
            self.boxctl("job", "wait", self.name, job, code=143)
            self.assertIn("the time of job j was over", self.err)
            shown = self.json("job", "show", self.name, job)
            if shown["stdout_bytes"] == 5007:
                break
            self.boxctl("job", "rm", self.name, job)
        self.assertEqual((shown["timed_out"], shown["stdout_bytes"], shown["stdout_dropped_bytes"]), (True, 5007, 3983))
        self.assertEqual(self.boxctl("job", "logs", self.name, job)[:7], b"1 /tmp\n")
        for words, say in ((["--keep-output", "x"], "--keep-output: must be a size"), (["--run-timeout", "x"], "--run-timeout"),
                           (["--id", "a/b"], "the job's id \"a/b\" is invalid")):
            self.fails(2, "job", "start", *words, self.name, "true", say=say)

    def test_a_start_without_an_answer(self):
        """The advice has a command that finds the job or starts it, and takes the id."""
        self.addCleanup(self.emulator.clear_faults)
        for words in (["exec", "-d", self.name], ["job", "start", self.name]):
            self.emulator.add_faults({"rpc": "Exec", "hang": True})
            process = self.start(*words, "true")
            self.emulator.wait_for_faults()
            process.send_signal(signal.SIGINT)
            err = process.communicate(timeout=boxctl.RUN_LIMIT_SECS)[1].decode()
            self.assertEqual(process.returncode, 130, err)
            command = re.search("the job may have started: `boxctl (job start --id (true-\\w+))` with the same options and command finds it, or starts it", err)
            self.assertIsNotNone(command, err)
            self.assertEqual(self.text(*command[1].split(), self.name, "true"), f"{command[2]}\n")

    def test_detached_with_input(self):
        """exec --detach: the id has the name of the program; its input is written later."""
        job = self.text("exec", "-d", "-i", self.name, "/bin/cat").strip()
        self.assertRegex(job, "^cat-[0-9a-f]{8}$")
        self.assertEqual(self.text("job", "write", self.name, job, input=b"one\n"), "4 bytes\n")
        self.assertEqual(self.json("job", "write", "--eof", self.name, job, input=b"\xff"),
                         {"box": self.name, "job": job, "written_bytes": 1, "eof": True})
        self.boxctl("job", "wait", self.name, job)
        self.assertEqual(self.boxctl("job", "logs", self.name, job), b"one\n\xff")
        self.fails(1, "job", "write", self.name, job, say="has ended")
        self.fails(1, "job", "write", self.name, self.job("sleep 60"), say="started without --interactive")
        self.assertEqual(self.text("job", "signal", self.name, "j", "KILL"), "j\n")
        self.boxctl("job", "wait", self.name, "j", code=137)
        self.assertEqual(self.text("job", "rm", "--force", self.name, self.job("sleep 60", id="k"), job), f"k\n{job}\n")
        self.fails(125, "exec", "-dt", self.name, "true", say="a job has no terminal")
        self.fails(125, "exec", "-d", "nosuch", "true", say="nosuch")

    def test_tail(self):
        """The last lines of each output, also of lines that are not ended, or long; --json has them as objects."""
        job = self.job("seq 300000; printf 'x\\377'; printf '1\\n2\\n' >&2")
        self.boxctl("job", "wait", self.name, job)
        for count, out, err in ((0, b"", ""), (1, b"x\xff", "2\n"), (2, b"300000\nx\xff", "1\n2\n"), (3, b"299999\n300000\nx\xff", "1\n2\n")):
            self.assertEqual(self.boxctl("job", "logs", "--tail", str(count), self.name, job), out)
            self.assertEqual(self.err, err)
        self.assertEqual(self.boxctl("job", "logs", "-f", "-n", "300000", "--stdout", self.name, job).count(b"\n"), 299999)
        lines = [json.loads(line) for line in self.boxctl("--json", "job", "logs", "--tail", "2", self.name, job).splitlines()]
        self.assertEqual(lines, [{"stream": "stdout", "text": "300000\n", "encoding": "utf-8"},
                                 {"stream": "stdout", "text": base64.b64encode(b"x\xff").decode(), "encoding": "base64"},
                                 {"stream": "stderr", "text": "1\n", "encoding": "utf-8"},
                                 {"stream": "stderr", "text": "2\n", "encoding": "utf-8"}])

    def test_running(self):
        """Without -f the output ends where it ended at first, also if the job writes faster than boxctl reads."""
        job = self.job("while :; do echo abc; done")
        self.boxctl("job", "logs", "--stdout", self.name, job)
        self.assertEqual(self.text("job", "logs", "-n", "2", "--stdout", self.name, job), "abc\nabc\n")
        self.boxctl("job", "rm", "--force", self.name, job)

    def test_exec_json(self):
        result = self.json("exec", "-i", self.name, "--", "sh", "-c", "cat; printf 'a\\0\\377' >&2; exit 4", code=4,
                           input="\u00e9\0\n".encode())
        self.assertEqual(result, {"exit_code": 4, "exit_confirmed": True, "stdout": "\u00e9\0\n", "stdout_encoding": "utf-8",
                                  "stderr": base64.b64encode(b"a\0\xff").decode(), "stderr_encoding": "base64"})
        self.fails(125, "--json", "exec", "-it", self.name, "sh", say="leave out -t")
        self.fails(125, "--json", "shell", self.name, say="--json")


class Logs(boxctl.Case):
    def talker(self, name, line):
        self.boxctl("create", name, "--", "sh", "-c", line + "; exec sleep 600")
        self.addCleanup(self.boxctl, "rm", name)
        process = self.start("logs", "-f", name)
        while process.stdout.readline() != b"all\n":
            pass
        process.kill()

    def test_lines(self):
        """--tail and --since select lines; a line without a time belongs to the line before."""
        self.talker("dated", "echo banner; echo '2020-01-01T00:00:00Z old'; echo '  more of old'; echo \"[$(date -u +%Y-%m-%dT%H:%M:%S.5+00:00)]"
                    " new\"; printf 'more \\377 of new\\n'; echo all")
        new = [re.compile(rb"\[.*\] new\n"), b"more \xff of new\n", b"all\n"]

        def logged(*options):
            return self.boxctl("logs", *options, "dated").splitlines(keepends=True)
        for options in (["--since", "1h"], ["--since", "2020-01-01T00:00:00.001Z"], ["--since", "2020-01-02"], ["--tail", "3"],
                        ["--since", "2020-01-01T01:30:00+01:00"], ["--since", "10m", "-n", "9"]):
            lines = logged(*options)
            self.assertTrue(new[0].match(lines[0]), lines)
            self.assertEqual(lines[1:], new[1:], options)
        self.assertEqual(len(logged("--since", "2020-01-01T00:00:00Z")), 5)  # not the banner
        self.assertEqual([len(logged("-n", count)) for count in "0169"], [0, 1, 6, 6])
        self.assertEqual([json.loads(line) for line in self.boxctl("--json", "logs", "--tail", "2", "dated").splitlines()],
                         [{"text": base64.b64encode(new[1]).decode(), "encoding": "base64"}, {"text": "all\n", "encoding": "utf-8"}])
        self.fails(2, "logs", "--since", "yesterday", "dated", say="invalid value \"yesterday\" for --since")

    def test_without_times(self):
        self.talker("plain", "seq 3; echo all")
        self.fails(1, "logs", "--since", "1h", "plain", say="no line of the log begins with a time")

    def test_tail_and_follow(self):
        """What follows begins behind the lines that were printed."""
        self.talker("more", "seq 5; echo all; while ! [ -e /tmp/go ]; do sleep 0.05; done; echo 6; echo 7")
        process = self.start("logs", "-f", "--tail", "2", "more")
        self.assertEqual([process.stdout.readline() for _ in range(2)], [b"5\n", b"all\n"])
        self.boxctl("exec", "more", "touch", "/tmp/go")
        self.assertEqual([process.stdout.readline() for _ in range(2)], [b"6\n", b"7\n"])


class Escape(boxctl.Case):
    def session(self, *options):
        terminal = self.on_terminal("exec", "-it", *options, self.name, "sh")
        self.prompt(terminal)
        return terminal

    def setUp(self):
        self.name = self.box()

    def test_disconnect(self):
        for options, escape in (([], "~"), (["--escape", "^]"], "\x1d")):
            terminal = self.session(*options)
            terminal.type(f"\r{escape}?")
            terminal.wait_for("end the session")
            terminal.type(f"{escape}.")
            self.assertEqual(terminal.wait(), 125)
            self.assertIn(b"boxctl: the session was ended", terminal.seen)
            self.assertEqual(terminal.mode(), terminal.before)

    def test_the_escape_after_a_paste_without_a_network(self):
        """The keys that the network does not take do not stop boxctl from reading the next ones."""
        terminal = self.session()
        os.kill(self.emulator.process.pid, signal.SIGSTOP)
        try:
            os.set_blocking(terminal.master, False)
            keys = memoryview(b"0123456789abcde\r" * 65536 + b"~.")
            while keys:
                self.assertTrue(select.select([], [terminal.master], [], boxctl.RUN_LIMIT_SECS)[1], "no more keys are read")
                with contextlib.suppress(BlockingIOError):
                    keys = keys[os.write(terminal.master, keys[:4096]):]
            self.assertEqual(terminal.wait(), 125)
            self.assertIn(b"boxctl: the session was ended", terminal.seen)
        finally:
            os.kill(self.emulator.process.pid, signal.SIGCONT)

    def test_other_keys(self):
        """Twice, in a line, before another key, or switched off, the character is an ordinary one."""
        for options, keys, printed in (([], "~~.\r", "~."), ([], "x ~.\r", "x ~."), ([], "~x\r", "~x"), (["--escape", "none"], "~.\r", "~.")):
            terminal = self.session(*options)
            terminal.type("echo runs''now; exec cat\r")
            terminal.wait_for("runsnow\r\n")  # the shell prints no prompt any more
            terminal.type(keys)
            terminal.wait_for(re.escape(f"{printed}\r\n{printed}\r\n"))
            terminal.type("\x04")
            self.assertEqual(terminal.wait(), 0)

    def test_suspend(self):
        """As in ssh: the shell of the terminal goes on in between."""
        line = shlex.join([boxctl.binary, "exec", "-it", self.name, "sh"])
        terminal = self.program_on_terminal("bash", "-c", f"set -m; {line}; echo stopped=$?; fg >/dev/null; echo end=$?")
        self.prompt(terminal)
        terminal.type("\r~\x1a")
        terminal.wait_for("stopped=148\r\n")
        terminal.type("exit 5\r")
        terminal.wait_for("end=5\r\n")
        terminal.wait()

    def test_invalid(self):
        terminal = self.on_terminal("exec", "-it", "--escape", "ab", self.name, "sh")
        self.assertEqual(terminal.wait(), 125)
        self.assertIn(b"invalid value \"ab\" for --escape", terminal.seen)


if __name__ == "__main__":
    emulator.run(__name__)
