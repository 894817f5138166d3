#!/usr/bin/env python3
"""async/src/boxd/jobs/job.sh alone, in each shell of this machine: also without setsid and without /proc, with starters that
are killed at any moment, and on a full disk.

usage: job_script_test.py JOB_SH
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SCRIPT = Path(sys.argv.pop(1)).read_text()
SHELLS = [shell for shell in (["dash"], ["bash"], ["busybox", "sh"]) if shutil.which(shell[0])]
TOOLS = "sh cat ls mv rm rmdir mkdir mkfifo ln date sleep dd tail head wc tee".split()

# A tool that kills the starter if this is the STEP-th call of a tool. Each call takes the next number, which is a file that
# only one call can create (set -C).
STEP = """
set -C
n=1
until true >$HOME/calls-$STEP/$n; do n=$((n + 1)); [ -d $HOME ] || exit; done 2>&-
[ $n != $STEP ] || kill -KILL -$GROUP
exec {program} "$@"
""".strip()

# Waits for the end of this program, however it ends, and kills the processes whose home folder is in $0, which have sessions of
# their own. Then removes $0.
END = """
exec 3<&0
{
    read -r end <&3
    while pids=$(grep -slz "^HOME=$0/" /proc/[0-9]*/environ | cut -d / -f 3) && [ "$pids" ]; do
        kill -KILL $pids
    done
    rm -rf "$0"
} >/dev/null 2>&1 &
"""
# The folder of the home folders.
HOMES = tempfile.mkdtemp()
waits, open_until_the_end = os.pipe()
subprocess.run(["sh", "-c", END, HOMES], stdin=waits, start_new_session=True, check=True)
os.close(waits)


class Box:
    """A home folder with jobs, and a way to run the requests: a shell, with or without setsid and /proc."""

    def __init__(self, shell, without=""):
        self.folder = tempfile.TemporaryDirectory(dir=HOMES, ignore_cleanup_errors=True)
        self.home = Path(self.folder.name)
        self.shell = [shutil.which(shell[0]), *shell[1:]]
        self.script = SCRIPT.replace("/proc/", "/no-proc/") if without == "proc" else SCRIPT
        self.environment = {"HOME": str(self.home), "PATH": os.environ["PATH"], "bj": "1", "LC_ALL": "C"}
        if without == "setsid":
            self.environment = self.make_tools('exec {program} "$@"')

    def make_tools(self, line, *more):
        """Puts scripts with this line in place of the tools; also `sh`, so that everything runs in the shell under test."""
        folder = self.home / "bin"
        folder.mkdir()
        for tool in (*TOOLS, *more):
            program = " ".join(self.shell) if tool == "sh" else shutil.which(tool)
            (folder / tool).write_text(f'#!{shutil.which("dash")}\n{line.format(program=program)}\n')
            (folder / tool).chmod(0o755)
        return {**self.environment, "PATH": str(folder)}

    def start_and_kill(self, job, line, step, environment):
        """Starts a job, and kills all processes of the starter at a step: see STEP. Returns whether it was killed."""
        (self.home / f"calls-{step}").mkdir()
        words = self.line(f"start {job} a1 {len(line)} 0 5")
        starter = subprocess.Popen([*self.shell, "-c", f"export GROUP=$$\n{words}"], env={**environment, "STEP": str(step)},
                                   cwd=self.home, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            starter.communicate(line.encode())
        except BrokenPipeError:
            pass
        return starter.wait() != 0

    def line(self, words):
        return f"bj_script='{self.script}'\neval \"$bj_script\"\nbj_main {words}"

    def popen(self, words, **options):
        return subprocess.Popen([*self.shell, "-c", self.line(words)], env=self.environment, cwd=self.home,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                start_new_session=True, **options)

    def ask(self, words, data=b""):
        process = self.popen(words)
        out, _ = process.communicate(data, timeout=60)
        assert process.returncode == 0, (words, process.returncode)
        assert out.startswith(b"boxd-job 1\n") and out.endswith(b"end\n"), out
        return out[len(b"boxd-job 1\n"):-len(b"end\n")].decode()

    def start(self, job, line, attempt="a1", times="0 5"):
        return self.ask(f"start {job} {attempt} {len(line)} {times}", line.encode())

    def wait_for_output(self, job, text):
        """Waits until the kept output is this text. The limit is generous: it ends a test whose output is wrong."""
        end = time.monotonic() + 60
        while (out := self.path(job, "out").read_text()) != text:
            assert time.monotonic() < end, out
            time.sleep(0.01)

    def job(self, text):
        """The words of the line of a job: id, state, how, code, ..."""
        lines = text.splitlines()
        assert lines and lines[0].startswith("job "), text
        return lines[0].split()[1:]

    def wait(self, job):
        words = self.job(self.ask(f"wait {job} 300"))
        return words[1:4]

    def wait_for_program(self, job, name):
        """Until the command is the program: bash loses a SIGINT that arrives just before its exec."""
        while True:
            pid = self.job(self.ask(f"get {job}"))[4]
            if pid != "-" and Path(f"/proc/{pid}/comm").read_text() == name + "\n":
                return
            time.sleep(0.01)

    def path(self, job, name):
        return self.home / ".boxd/jobs" / job / name


def each(variants, shells=SHELLS):
    """Runs a test for each shell and variant."""
    def wrap(test):
        def one(self, shell, without):
            box = Box(shell, without)
            try:
                test(self, box)
            finally:
                box.folder.cleanup()

        def run(self):
            with ThreadPoolExecutor(16) as pool:  # they wait most of the time
                runs = {(" ".join(shell), without): pool.submit(one, self, shell, without)
                        for shell in shells for without in variants}
            for (shell, without), result in runs.items():
                with self.subTest(shell=shell, without=without):
                    result.result()
        run.__doc__ = test.__doc__
        return run
    return wrap


ALL = ("", "setsid", "proc")


class JobScript(unittest.TestCase):
    def test_text(self):
        """the script has no single quote, and is ASCII"""
        self.assertNotIn("'", SCRIPT)
        self.assertTrue(SCRIPT.isascii())

    @each(ALL)
    def test_life(self, box):
        """a job starts, has output and an exit code, is found again, and is removed"""
        box.start("j", "echo out; echo err >&2; cat; exit 7")
        self.assertEqual(box.wait("j"), ["exited", "exit", "7"])
        self.assertEqual(box.path("j", "out").read_text(), "out\n")
        self.assertEqual(box.path("j", "err").read_text(), "err\n")
        self.assertEqual(box.job(box.start("j", "echo out; echo err >&2; cat; exit 7", "b1"))[-1], "a1")
        self.assertEqual(box.job(box.start("j", "echo", "b2"))[-1], "other")
        self.assertEqual(sorted(path.name for path in box.path("j", "").iterdir()),
                         ["claim", "err", "exit", "out", "pid", "spec.a1"])
        for path in [box.home / ".boxd/jobs", *box.path("j", "").iterdir()]:
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)
        self.assertEqual(box.ask("remove j a1 r1 ended"), "")
        self.assertEqual(box.ask("get j"), "error missing\n")
        self.assertEqual(box.ask("list"), "")

    @each(ALL)
    def test_signals(self, box):
        """signals reach the command, also SIGINT and SIGQUIT"""
        for job, name, code in (("t", "TERM", "143"), ("i", "INT", "130"), ("q", "QUIT", "131"), ("k", "9", "137")):
            box.start(job, "exec sleep 600")
            box.wait_for_program(job, "sleep")
            self.assertEqual(box.ask(f"signal {job} {name}"), "")
            self.assertEqual(box.wait(job), ["exited", "exit", code])
            self.assertEqual(box.path(job, "err").read_text(), "")
        self.assertEqual(box.ask("signal t TERM"), "error ended\n")

    @each(("", "proc"))
    def test_late_signal(self, box):
        """a command that ends just before the signal has ended: the signal is not the reason"""
        box.start("j", "exec sleep 617")
        self.assertRegex(box.ask("signal j NONE"), "^error signal [^\n]*(signal number or name: NONE|NONE: invalid signal|bad signal name 'NONE')")
        box.script += '\nbj_kill() { kill -9 "$bj_pid"; while bj_runs "$bj_pid" "$bj_pid_began"; do sleep 0.02; done; false; }'
        self.assertEqual(box.ask("signal j TERM"), "error ended\n")

    @each(ALL)
    def test_timeout(self, box):
        """the box ends a command whose time is over"""
        box.start("t", "exec sleep 600", times="0.2 60")
        seconds = 0.2
        while True:  # until the trap is set in time, on a slow machine
            box.start("k", "trap : TERM; : >ready; while :; do sleep 0.05; done", times=f"{seconds} 0.2")
            ended = box.wait("k")
            if (box.home / "ready").exists():
                break
            box.ask("remove k a1 r1 ended")
            seconds *= 4
        self.assertEqual(ended, ["exited", "timeout", "137"])
        self.assertEqual(box.wait("t"), ["exited", "timeout", "143"])

    @each(("",))
    def test_timeout_before_the_start(self, box):
        """a command whose time is over before a slow box has started it"""
        box.environment = box.make_tools('exec {program} "$@"', "sh")
        shell = box.home / "bin" / "sh"
        shell.write_text(shell.read_text().replace("exec ", "sleep 0.3; exec "))
        box.start("t", "exec sleep 600", times="0.01 600")
        self.assertEqual(box.wait("t"), ["exited", "timeout", "143"])

    @each(ALL)
    def test_limit(self, box):
        """the first bytes of each output are kept, at once, and the others counted, also if a process keeps it open"""
        box.start("l", "echo 1234; echo ab >&2; until [ -e go ]; do sleep 0.05; done; echo 567; echo 89", times="0 5 none 7")
        box.wait_for_output("l", "1234\n")
        (box.home / "go").touch()
        self.assertEqual(box.wait("l"), ["exited", "exit", "0"])
        self.assertEqual(box.path("l", "out").read_text(), "1234\n56")
        self.assertEqual(box.job(box.ask("get l"))[7:11], ["7", "3", "5", "0"])
        box.start("open", "sleep 5 & exit 3", times="0 5 none 7")
        self.assertEqual(box.wait("open"), ["exited", "exit", "3"])

    @each(ALL)
    def test_input(self, box):
        """each piece of input arrives once, in the order of the requests, also when requests are repeated"""
        box.start("i", "cat; echo end", times="0 5 input")
        self.assertEqual(box.ask("write i p1 1 4", b"one\n"), "")
        self.assertEqual(box.ask("write i p1 2 4", b"one\n"), "")
        self.assertEqual(box.ask("write i p2 1 9", b"two\n"), "error incomplete\n")
        box.path("i", "piece.p2.1").write_text("two")  # of an attempt that was killed
        same = [box.popen(f"write i p2 {attempt} 200000") for attempt in range(2, 6)]
        for process in same:
            process.communicate(b"2" * 199999 + b"\n", timeout=60)
        self.assertEqual(box.ask("close i"), "")
        self.assertEqual(box.ask("close i"), "")
        self.assertEqual(box.wait("i"), ["exited", "exit", "0"])
        self.assertEqual(box.path("i", "out").read_text(), "one\n" + "2" * 199999 + "\nend\n")
        self.assertEqual(sum(path.stat().st_size for path in box.path("i", "pieces").iterdir()), 0)
        self.assertEqual(sorted(path.name for path in box.path("i", "").glob("piece.*")), ["piece.p1", "piece.p2"])
        box.start("deaf", "until [ -e written ]; do sleep 0.05; done", times="0 5 input")
        self.assertEqual(box.ask("write deaf p1 1 100000", b"x" * 100000), "")
        (box.home / "written").touch()
        self.assertEqual(box.wait("deaf"), ["exited", "exit", "0"])
        self.assertEqual(box.ask("write deaf p2 1 1", b"x"), "error ended\n")

    @each(ALL)
    def test_input_at(self, box):
        """input for an offset arrives once, also if several requests write it at the same time"""
        box.start("i", "while ! [ -e go ]; do sleep 0.05; done; cat", times="0 5 input")
        arrived = lambda: box.job(box.ask("get i"))[11]
        self.assertEqual(arrived(), "0")
        self.assertEqual(box.ask("write_at i p1.1 0 4", b"one\n"), "input 4\n")
        self.assertEqual(box.ask("write_at i p1.2 0 4", b"one\n"), "input 4\n")
        self.assertEqual(box.ask("write_at i p2.1 2 6", b"e\ntwo\n"), "input 4\n")  # the rest is sent again
        self.assertEqual(box.ask("write_at i p3.1 5 1", b"x"), "error offset 4\n")
        self.assertEqual(box.ask("write_at i p4.1 4 9", b"two\n"), "error incomplete\n")
        box.path("i", "piece.p50.9").write_text("two")  # of an attempt that was killed
        same = [box.popen(f"write_at i p5{call}.1 4 4") for call in range(4)]
        for process in same:
            self.assertEqual(process.communicate(b"two\n", timeout=60)[0], b"boxd-job 1\ninput 8\nend\n")
        self.assertEqual(box.ask("write i p6 1 6", b"three\n"), "")
        self.assertEqual(arrived(), "14")
        (box.home / "go").touch()
        box.wait_for_output("i", "one\ntwo\nthree\n")
        self.assertEqual(box.ask("write_at i p7.1 4 4", b"two\n"), "input 14\n")
        self.assertEqual(box.ask("write_at i p8.1 14 5", b"four\n"), "input 19\n")
        self.assertEqual(box.ask("close i"), "")
        self.assertEqual(box.ask("write_at i p9.1 19 1", b"x").split()[0], "error")
        self.assertEqual(box.wait("i"), ["exited", "exit", "0"])
        self.assertEqual(box.path("i", "out").read_text(), "one\ntwo\nthree\nfour\n")
        self.assertEqual(arrived(), "19")
        self.assertEqual(box.ask("write_at i p8.2 14 5", b"four\n"), "input 19\n")
        self.assertEqual(sum(path.stat().st_size for path in box.path("i", "pieces").iterdir()), 0)
        self.assertEqual([path.name for path in box.path("i", "").glob("piece.*")], ["piece.p6"])

    @each(("", "proc"))
    def test_remove_running(self, box):
        """a job that runs is removed only when that is asked for, with all processes of its group"""
        seconds = f"613.{id(box)}"  # a command line that no other box has
        box.start("r", f"sleep {seconds} & sleep {seconds}; true")
        self.assertEqual(box.ask("remove r a1 r1 ended"), "error running\n")
        self.assertEqual(box.ask("remove r a1 r1 kill"), "")
        self.assertEqual(subprocess.run(["pgrep", "-fx", f"sleep {seconds}"], stdout=subprocess.PIPE).stdout, b"")

    @each(("",))
    def test_remove_again(self, box):
        """a remove that is repeated after its effect does not remove, or kill, a later job with the same id"""
        box.start("j", "exit 0")
        box.wait("j")
        self.assertEqual(box.ask("identify j"), "attempt a1\n")
        self.assertEqual(box.ask("remove j a1 r1 kill"), "")
        self.assertEqual(box.ask("identify j"), "error missing\n")
        box.start("j", "exec sleep 615", "b1")
        self.assertEqual(box.ask("remove j a1 r2 kill"), "error missing\n")
        self.assertEqual(box.job(box.ask("get j"))[1], "running")
        self.assertEqual(box.ask("remove j b1 r3 kill"), "")
        box.path("j", "").mkdir()  # of a starter that was killed
        self.assertEqual(box.ask("identify j"), "attempt -\n")
        self.assertEqual(box.ask("remove j - r4 ended"), "")
        self.assertEqual(box.ask("identify j"), "error missing\n")

    @each(("",))
    def test_remove_and_start(self, box):
        """a start at the same time as a remove of what a killed starter has left loses no job: it is sent again"""
        def move_slowly(job):
            """Removes the job up to the moment when the folder is moved away."""
            box.environment = slow
            remover = box.popen(f"remove {job} - r1 ended")
            box.environment = plain
            while remover.poll() is None and not (box.home / "moving").exists():
                time.sleep(0.01)
            (box.home / "moving").unlink()
            return remover

        plain, slow = box.environment, box.make_tools('exec {program} "$@"')
        os.mkfifo(box.home / "go")
        (box.home / "bin/mv").write_text(f'#!{shutil.which("dash")}\n: >{box.home}/moving\nread -r go <{box.home}/go\n'
                                         f'exec {shutil.which("mv")} "$@"\n')
        line = b"exec sleep 616"
        box.path("j", "").mkdir(parents=True)
        remover = move_slowly("j")
        starter = box.popen(f"start j b1 {len(line)} 0 5")
        starter.stdin.write(line)
        starter.stdin.close()
        starter.stdin = None
        while starter.poll() is None and not (box.path("j", "claim").exists() and box.path("j", "spec.b1").exists()):
            time.sleep(0.01)
        (box.home / "go").write_text("go\n")
        self.assertEqual(remover.communicate(timeout=60)[0], b"boxd-job 1\nend\n")
        self.assertEqual(starter.communicate(timeout=60)[0], b"boxd-job 1\nerror incomplete\nend\n")
        self.assertEqual(list((box.home / ".boxd/jobs").iterdir()), [])
        # A remove that was killed at this moment is finished by a start or by another remove.
        for words, answer in ((f"start k b1 {len(line)} 0 5", "error incomplete\n"), ("remove k - r2 ended", "")):
            box.path("k", "").mkdir()
            remover = move_slowly("k")
            os.killpg(remover.pid, signal.SIGKILL)
            remover.communicate()
            self.assertEqual(box.ask(words, line), answer)
            self.assertEqual(list((box.home / ".boxd/jobs").iterdir()), [])
        self.assertEqual(box.job(box.ask(f"start k b2 {len(line)} 0 5", line))[1], "running")
        self.assertEqual(box.ask("remove k - r3 kill"), "error missing\n")
        self.assertEqual(box.ask("remove k b2 r4 kill"), "")

    @each(ALL)
    def test_many_removers(self, box):
        """of many removes at the same time, one removes the job, and none removes the next one"""
        for i in range(2):
            box.start("j", "exit 3", f"a{i}")
            box.wait("j")
            removers = [box.popen(f"remove j a{i} r{i}.{k} kill") for k in range(4)]
            while f" b{i} " not in box.start("j", "exit 3", f"b{i}").replace("\n", " "):
                pass
            answers = [process.communicate(timeout=60)[0].decode().splitlines()[1] for process in removers]
            self.assertEqual(answers.count("end"), 1, answers)
            self.assertEqual(answers.count("error missing"), 3, answers)
            self.assertEqual(box.wait("j"), ["exited", "exit", "3"])
            self.assertEqual(box.ask(f"remove j b{i} r{i} kill"), "")
        self.assertEqual(list((box.home / ".boxd/jobs").iterdir()), [])

    @each(("",))
    def test_environment(self, box):
        """the command gets the environment and umask of the request, no variable of the script, and ignores no signal"""
        box.start("e", "env; umask; grep SigIgn /proc/self/status")
        box.wait("e")
        plain = subprocess.run([*box.shell, "-c", "env; umask"], env=box.environment, cwd=box.home,
                               stdout=subprocess.PIPE, text=True).stdout
        ignore = ("_=", "SHLVL=", "OLDPWD=", "PWD=")
        def lines(text):
            return sorted(line for line in text.splitlines() if not line.startswith(ignore))
        self.assertEqual(lines(box.path("e", "out").read_text()), lines(plain + "SigIgn:\t0000000000000000\n"))

    @each(("", "proc"))
    def test_lost(self, box):
        """a runner that is killed leaves a lost job, and a command that still runs is not removed"""
        box.start("l", "exec sleep 614")
        box.ask("signal l CONT")  # its process is known
        os.kill(int(box.path("l", "claim").read_text().split()[1]), signal.SIGKILL)
        self.assertEqual(box.wait("l")[0], "lost")
        self.assertEqual(box.ask("remove l a1 r1 ended"), "error running\n")
        self.assertEqual(box.ask("remove l a1 r1 kill"), "")
        box.start("b", "exit 0")
        box.wait("b")
        box.path("b", "exit").unlink()
        words = box.path("b", "claim").read_text().split()
        box.path("b", "claim").write_text(" ".join(["another-boot", *words[1:]]) + "\n")
        self.assertEqual(box.wait("b")[0], "rebooted")

    @each(("",))
    def test_incomplete(self, box):
        """a specification that is cut starts nothing and leaves nothing"""
        self.assertEqual(box.ask("start j a1 10 0 5", b"echo"), "error incomplete\n")
        self.assertEqual(list((box.home / ".boxd/jobs").iterdir()), [])

    @each(("",))
    def test_killed_attempts(self, box):
        """an attempt removes what killed attempts of the same call have left, and nothing else"""
        folder = box.path("j", "")
        folder.mkdir(parents=True)
        for attempt in ("t1.1", "t1.2", "t2.1"):
            (folder / f"spec.{attempt}").write_text("exit")
        box.start("j", "exit 4", "t1.3")
        self.assertEqual(box.wait("j"), ["exited", "exit", "4"])
        self.assertEqual(sorted(path.name for path in folder.glob("spec.*")), ["spec.t1.3", "spec.t2.1"])

    @each(("",))
    def test_incomplete_beside_others(self, box):
        """a start that is cut does not disturb one at the same time"""
        for i in range(4):
            cut = [box.popen(f"start j{i} c{attempt} 10 0 5") for attempt in range(3)]
            whole = box.popen(f"start j{i} w1 6 0 5")
            for process in cut:
                process.communicate(b"echo", timeout=60)
            self.assertIn(b"\njob ", whole.communicate(b"exit 4", timeout=60)[0])
            self.assertEqual(box.wait(f"j{i}"), ["exited", "exit", "4"])

    @each(ALL)
    def test_many_starters(self, box):
        """of many starters at the same time, one starts the job"""
        line = b"echo x >>runs"
        starters = [box.popen(f"start j s{i} {len(line)} 0 5") for i in range(6)]
        answers = [process.communicate(line, timeout=60)[0].decode() for process in starters]
        self.assertEqual(box.wait("j"), ["exited", "exit", "0"])
        self.assertEqual((box.home / "runs").read_text(), "x\n")
        self.assertEqual(len({answer.split()[-2] for answer in answers}), 1, answers)

    @each(("",), SHELLS[:1])
    def test_killed_starters(self, box):
        """a starter that is killed at any step leaves no job or one that runs: the next start runs it once"""
        started, environment = {}, box.make_tools(STEP, "setsid")
        for step in range(1, 100):
            job, line = f"j{step}", f"echo x >>runs-{step}; exit 5"
            if not box.start_and_kill(job, line, step, environment):
                break
            started[step] = box.job(box.start(job, line, "a2"))[-1]
        self.assertEqual(set(started.values()), {"a1", "a2"})
        self.assertGreater(len(started), 10)
        for step in started:
            self.assertEqual(box.wait(f"j{step}"), ["exited", "exit", "5"])
            self.assertEqual((box.home / f"runs-{step}").read_text(), "x\n", step)

    @each(("",))
    def test_list(self, box):
        """a list of ended jobs needs one tool for each job, and says what each one has"""
        for i in range(4):
            box.start(f"j{i}", f"head -c {i}0000 /dev/zero; head -c {i} /dev/zero >&2; exit {i}")
            box.wait(f"j{i}")
        calls = box.home / "calls"
        box.environment = box.make_tools(f"echo {{program}} >>{calls}\nexec {{program}} \"$@\"")
        lines = box.ask("list").splitlines()
        self.assertEqual(sorted((line.split()[1], *line.split()[4:5], *line.split()[8:10]) for line in lines),
                         [(f"j{i}", str(i), str(i * 10000), str(i)) for i in range(4)])
        self.assertLessEqual(len(calls.read_text().splitlines()), 4)

    @each(("",))
    def test_read(self, box):
        """a read returns exactly the bytes that it announces"""
        box.start("r", "for i in 0 1 2 3 4 5 6 7 8 9; do head -c 30000 /dev/zero; echo $i; done")
        box.wait("r")
        whole = box.path("r", "out").read_bytes()
        for offset, most in ((0, 10), (65535, 3), (65536, 65536), (299000, 10**6), (1, 300000), (10**6, 5)):
            head, _, rest = box.ask(f"read r out {offset} {most} 0").partition("data ")
            numbers, _, data = rest.partition("\n")
            self.assertEqual(numbers, f"{len(whole[offset:offset + most])} {len(whole)}")
            self.assertEqual(data.encode(), whole[offset:offset + most] + b"\n")

    @unittest.skipIf(subprocess.run(["unshare", "-rm", "true"], stderr=subprocess.DEVNULL).returncode, "needs unshare")
    def test_full_disk(self):
        """a full disk: a start says so and leaves nothing; a job that runs keeps its exit code; with a limit each byte counts"""
        for shell in SHELLS:
            with self.subTest(shell=" ".join(shell)):
                box = Box(shell)
                self.addCleanup(box.folder.cleanup)
                line = "head -c 1000000 /dev/zero; exit 6"
                start = f"printf '%s' '{line}' | {box.home}/ask start"
                check = box.home / "check.sh"
                check.write_text(
                    f"mount -t tmpfs -o size=96k none {box.home}/disk && HOME={box.home}/disk && export HOME && cd /\n"
                    f"{start} limited a1 {len(line)} 0 5 none 500000\n"
                    f"{box.home}/ask wait limited 300\n"
                    f"{box.home}/ask remove limited a1 r1 -\n"
                    f"{start} j a1 {len(line)} 0 5\n"
                    f"{box.home}/ask wait j 300\n"
                    f"{start} k a1 {len(line)} 0 5\n"
                    f"ls {box.home}/disk/.boxd/jobs\n")
                (box.home / "disk").mkdir()
                ask = box.home / "ask"
                ask.write_text(f"#!/bin/sh\nexec {' '.join(box.shell)} {box.home}/main \"$@\"\n")
                ask.chmod(0o755)
                (box.home / "main").write_text(box.line('"$@"'))
                out = subprocess.run(["unshare", "-rm", "sh", check], stdout=subprocess.PIPE, text=True, timeout=60,
                                     env=box.environment).stdout
                self.assertIn("\njob j exited exit 6 ", out)
                limited = re.search("\njob limited exited exit 6 (.*)", out).group(1).split()
                kept, dropped = int(limited[3]), int(limited[5])
                self.assertTrue(0 < kept < 98304 and kept + dropped == 1000000, limited)
                self.assertRegex(out, r"\nerror storage .*[Nn]o space left")
                self.assertTrue(out.endswith("end\nj\n"), out)


unittest.main()
