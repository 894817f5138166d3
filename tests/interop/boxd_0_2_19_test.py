"""The published Python client boxd 0.2.19 against the emulator: its blocking surface and its asynchronous one, with
service 0.2, and with the default generation of the emulator.

Usage: VENV_0_2_19/bin/python boxd_0_2_19_test.py EMULATOR [NAME PART]...

The cases are written once, for the asynchronous names; `self.do` awaits what needs awaiting. This client derives the
exchange's address from the API's, which on loopback is another port: it is given tokens instead of a key.
"""

import datetime
import os
import pty
import re
import select
import subprocess
import sys
import time

import emulator  # before gRPC
import cases
import stream_cases
import service_cases
import setting_cases
import spec_cases
import boxd
from cases import (ALREADY_EXISTS, DEADLINE_EXCEEDED, FAILED_PRECONDITION, GIB, INVALID_ARGUMENT, MESSAGE_LIMIT,
                   NOT_FOUND, RESOURCE_EXHAUSTED, UNAUTHENTICATED, UNAVAILABLE, random_bytes)

emulator.expect("boxd", "0.2.19")

# Codes of the wire and the classes that they become.
CLASSES = {
    1: "APIStatusError", 2: "APIStatusError", 3: "APIStatusError", 4: "APIStatusError", 5: "NotFoundError",
    6: "ConflictError", 7: "PermissionDeniedError", 8: "RateLimitError", 9: "ConflictError", 10: "ConflictError",
    11: "APIStatusError", 12: "APIStatusError", 13: "APIStatusError", 14: "APIConnectionError", 15: "APIStatusError",
    16: "AuthenticationError",
}


COVERAGE = cases.Coverage({
    "machines.backups.": "the emulator keeps no backups",
    "machines.usage": "it has no prices",
    "machines.delete_self": "it asks the gateway of the machine that it runs in",
    "env.": "variables and secrets are no part of the emulator",
    "secrets.": "variables and secrets are no part of the emulator",
    "orgs.": "there is one organisation, and ListOrgs is asked below the package",
    "teams.": "there are no teams",
})


def watch_client(client_class, stream_class):
    client = client_class(token="none", base_url="http://127.0.0.1:1")
    surface = client_class.__name__
    waiting = [(surface, client)]
    while waiting:
        prefix, owner = waiting.pop()
        COVERAGE.watch(prefix, type(owner))
        for name in dir(owner):
            value = None if name.startswith("_") else getattr(owner, name)
            if type(value).__module__.startswith("boxd.resources"):
                waiting.append((f"{prefix}.{name}", value))
    COVERAGE.watch(f"{surface}.stream_exec", stream_class)


watch_client(boxd.Boxd, boxd.ExecStream)
watch_client(boxd.AsyncBoxd, boxd.AsyncExecStream)


class Blocking(cases.Blocking):
    client = boxd.Boxd

    @staticmethod
    def iterate(stream):
        return iter(stream)

    @staticmethod
    def enter(stream):
        return stream.__enter__()

    @staticmethod
    def leave(stream):
        stream.__exit__(None, None, None)


class Asynchronous(cases.Asynchronous):
    client = boxd.AsyncBoxd

    @classmethod
    def iterate(cls, stream):
        return cls.each(aiter(stream))

    @classmethod
    def enter(cls, stream):
        return cls.do(stream.__aenter__())

    @classmethod
    def leave(cls, stream):
        cls.do(stream.__aexit__(None, None, None))


class Case(cases.Case):
    base_error = boxd.BoxdError

    def open(self, **settings):
        settings.setdefault("base_url", self.emulator.api_url)
        settings.setdefault("max_retries", 0)
        client = self.surface.client(**settings)
        self.addCleanup(lambda: self.do(client.close()))
        return client

    def setUp(self):
        self.addCleanup(self.emulator.clear_faults)
        self.client = self.open(token=self.emulator.token())
        self.machines = self.client.machines

    def create(self, *args, **settings):
        machine = self.do(self.machines.create(*args, **settings))
        self.addCleanup(self.delete, machine.id)
        return machine

    def delete(self, machine_id):
        try:
            self.do(self.machines.delete(machine_id))
        except boxd.NotFoundError:
            pass

    def get(self, machine_id):
        return self.do(self.machines.get(machine_id))

    def run_shell(self, machine_id, line, **settings):
        result = self.do(self.machines.exec(machine_id, line, **settings))
        self.assertEqual(result.exit_code, 0, result)
        return result.stdout


class Machines:
    def test_create_by_default(self):
        before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=2)
        machine = self.create("defaults")
        self.assertRegex(machine.id, cases.UUID)
        self.assertEqual(machine.name, "defaults")
        self.assertEqual(machine.image_ref, self.do(self.client.account.config()).default_image)
        self.assertEqual(machine.restart_policy, "always")
        self.assertEqual(machine.status, "running")
        self.assertEqual((machine.access.domain, machine.access.url), ("boxd.sh", "https://defaults.boxd.sh"))
        self.assertGreater(machine.resources.vcpu, 0)
        self.assertGreater(machine.resources.memory_bytes, 0)
        self.assertEqual(machine.resources.disk_bytes, 100 * GIB)
        created = machine.created_at
        if created.tzinfo is None:
            created = created.replace(tzinfo=datetime.timezone.utc)
        self.assertGreaterEqual(created, before)
        self.assertLessEqual(created, before + datetime.timedelta(seconds=60))
        self.assertTrue(machine.boot_time_ms is None or machine.boot_time_ms > 0)
        self.assertIsNone(machine.delete_at)
        self.assertIsNone(machine.hibernated_at)

    def test_create_without_a_name_gets_a_valid_one(self):
        self.assertRegex(self.create().name, cases.NAME)

    def test_create_with_an_image(self):
        self.assertEqual(self.create("imaged", image="debian:12").image_ref, "debian:12")

    def test_create_with_everything(self):
        machine = self.create(
            "everything", image="debian:12", env={"PLACE": "it's here", "EMPTY": ""},
            cmd=["sh", "-c", 'echo "main: $PLACE, $1"; exec sleep 1000', "sh", "two  words"],
            restart_policy="never", networks=["blue", "green"], isolated=True, labels={"team": "a", "tier": ""},
            vcpu=4, memory="16 GiB", disk=20 * GIB, auto_suspend_timeout=600, auto_destroy_timeout=7200, ssh=False)
        self.assertEqual((machine.image_ref, machine.restart_policy), ("debian:12", "never"))
        self.assertEqual((machine.resources.vcpu, machine.resources.memory_bytes), (4, 16 * GIB))
        self.assertEqual(machine.resources.disk_bytes, 20 * GIB)
        self.assertEqual((machine.idle.suspend_after, machine.idle.destroy_after), (600, 7200))
        self.assertEqual((sorted(machine.networking.networks), machine.networking.isolated), (["blue", "green"], True))
        self.assertEqual(machine.labels, {"team": "a", "tier": ""})
        said = b""
        for chunk in self.surface.iterate(self.do(self.machines.logs(machine.id, follow=True))):
            said += chunk
            if b"words" in said:
                break
        self.assertIn(b"main: it's here, two  words", said)
        self.assertEqual(self.run_shell(machine.id, 'echo "$PLACE/${EMPTY-unset}"'), "it's here/\n")

    def test_auto_suspend_of_zero_means_off(self):
        self.assertEqual(self.create("awake", auto_suspend_timeout=0).idle.suspend_after, 0)

    def test_auto_suspend_unset_means_the_default_of_the_server(self):
        self.assertGreater(self.create("drowsy", vcpu=1).idle.suspend_after, 0)
        self.assertGreater(self.create("drowsier", auto_destroy_timeout=60).idle.suspend_after, 0)

    def test_get_by_id_and_by_name(self):
        made = self.create("found")
        self.assertEqual(self.get(made.id), made)
        self.assertEqual(self.get("found"), made)

    def test_list(self):
        made = {self.create(f"listed-{i}", labels={"number": str(i)}).id for i in range(3)}
        rows = {row.id: row for row in self.do(self.machines.list())}
        self.assertLessEqual(made, set(rows))
        for machine_id in made:
            self.assertEqual(rows[machine_id], self.get(machine_id))

    def test_list_by_labels(self):
        one = self.create("label-one", labels={"number": "1", "kind": "x"}).id
        other = self.create("label-other", labels={"number": "2", "kind": "x"}).id
        for selector, expected in (({"number": "1"}, {one}), (["kind"], {one, other}),
                                   (["kind=x", "number=2"], {other}), (["kind=y"], set())):
            with self.subTest(selector=selector):
                self.assertEqual({row.id for row in self.do(self.machines.list(labels=selector))}, expected)

    def test_names_work_as_ids(self):
        self.create("named")
        self.assertEqual(self.run_shell("named", "echo x"), "x\n")
        self.do(self.client.machines.files.upload("named", "/home/boxd/file", b"x"))
        self.assertEqual(self.do(self.client.machines.files.download("named", "/home/boxd/file")), b"x")
        self.do(self.machines.stop("named"))
        self.do(self.machines.start("named"))
        self.do(self.machines.delete("named"))
        self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: self.machines.get("named"))

    def test_stop_and_start(self):
        machine_id = self.create("stopped").id
        self.run_shell(machine_id, "echo kept > file; sync; setsid sleep 1000 </dev/null >/dev/null 2>&1 &")
        self.do(self.machines.stop(machine_id))
        self.assertEqual(self.get(machine_id).status, "stopped")
        self.refuses(boxd.ConflictError, FAILED_PRECONDITION, lambda: self.machines.exec(machine_id, "true"))
        self.do(self.machines.start(machine_id))
        self.assertEqual(self.get(machine_id).status, "running")
        self.assertEqual(self.run_shell(machine_id, "cat file; pgrep -x sleep || echo none"), "kept\nnone\n")

    def test_reboot(self):
        machine_id = self.create("rebooted").id
        self.run_shell(machine_id, "echo kept > file; sync; setsid sleep 1000 </dev/null >/dev/null 2>&1 &")
        self.do(self.machines.reboot(machine_id))
        self.assertEqual(self.get(machine_id).status, "running")
        self.assertEqual(self.run_shell(machine_id, "cat file; pgrep -x sleep || echo none"), "kept\nnone\n")

    def test_pause_and_resume(self):
        machine_id = self.create("paused").id
        self.run_shell(machine_id, "true")
        self.assertGreater(self.do(self.machines.pause(machine_id)).suspend_us, 0)
        self.assertIn(self.get(machine_id).status, {"suspended", "standby"})
        self.refuses(boxd.ConflictError, FAILED_PRECONDITION, lambda: self.machines.pause(machine_id))
        self.assertGreater(self.do(self.machines.resume(machine_id)).resume_us, 0)
        self.refuses(boxd.ConflictError, FAILED_PRECONDITION, lambda: self.machines.resume(machine_id))
        self.do(self.machines.pause(machine_id))
        self.assertEqual(self.run_shell(machine_id, "echo awake"), "awake\n")
        self.assertEqual(self.get(machine_id).status, "running")

    def test_delete(self):
        machine_id = self.create("deleted").id
        self.do(self.machines.delete(machine_id))
        for call in (lambda: self.machines.delete(machine_id), lambda: self.machines.get(machine_id),
                     lambda: self.machines.exec(machine_id, "true")):
            self.refuses(boxd.NotFoundError, NOT_FOUND, call)
        alive = [row for row in self.do(self.machines.list()) if row.status not in {"destroyed", "destroying"}]
        self.assertNotIn(machine_id, [row.id for row in alive])
        self.assertNotEqual(self.create("deleted").id, machine_id)

    def test_fork(self):
        source = self.create("source", env={"FROM": "source"}, vcpu=4, memory="16G")
        self.do(self.machines.files.upload(source.id, "/home/boxd/file", b"copied"))
        fork = self.do(self.machines.fork(source.id, "copy"))
        self.addCleanup(self.delete, fork.id)
        self.assertEqual((fork.name, fork.image_ref, fork.resources), ("copy", source.image_ref, source.resources))
        self.do(self.machines.files.upload(fork.id, "/home/boxd/other", b"new"))
        self.assertEqual(self.run_shell(fork.id, "cat file; echo $FROM"), "copiedsource\n")
        self.assertEqual(self.do(self.machines.exec(source.id, "cat other")).exit_code, 1)

    def test_fork_without_a_name(self):
        source = self.create("parent")
        fork = self.do(self.machines.fork(source.id))
        self.addCleanup(self.delete, fork.id)
        self.assertEqual(fork.name, "parent-fork")

    def test_set_auto_suspend_timeout(self):
        machine_id = self.create("timed").id
        self.do(self.machines.set_auto_suspend_timeout(machine_id, 1234))
        self.assertEqual(self.get(machine_id).idle.suspend_after, 1234)

    def test_wait_until_ready(self):
        machine_id = self.create("ready").id
        self.assertEqual(self.do(self.machines.wait_until_ready(machine_id, timeout=30)).status, "running")

    def test_wait_until_ready_fails_at_once_on_a_stopped_machine(self):
        machine_id = self.create("unready").id
        self.do(self.machines.stop(machine_id))
        with self.assertRaises(boxd.BoxdError):
            self.do(self.machines.wait_until_ready(machine_id, timeout=30))

    def test_taken_names(self):
        self.create("taken")
        error = self.refuses(boxd.ConflictError, ALREADY_EXISTS, lambda: self.machines.create("taken"))
        self.assertIn("taken", error.message)

    def test_invalid_names(self):
        for name in cases.BAD_NAMES:
            with self.subTest(name=name):
                self.refuses(boxd.APIStatusError, INVALID_ARGUMENT, lambda: self.machines.create(name))

    def test_an_unknown_machine(self):
        machines = self.machines
        for name in ("not-there", cases.ABSENT_ID):
            for verb in (machines.get, machines.start, machines.stop, machines.reboot, machines.delete, machines.pause,
                         machines.resume, machines.fork):
                with self.subTest(verb=verb.__name__, name=name):
                    self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: verb(name))


class WithMachine:
    """The cases below share a machine, which the first case creates."""

    shared_id = None

    def setUp(self):
        super().setUp()
        if type(self).shared_id is None:
            type(self).shared_id = self.do(self.machines.create("shared")).id
        self.machine_id = self.shared_id

    def exec(self, command, **settings):
        return self.do(self.machines.exec(self.machine_id, command, **settings))

    def stream(self, command, **settings):
        stream = self.surface.enter(self.machines.stream_exec(self.machine_id, command=command, **settings))
        self.addCleanup(self.surface.leave, stream)
        return stream

    def read_all(self, stream):
        return b"".join(self.surface.iterate(stream))


class Talk(stream_cases.Talk):
    def __init__(self, surface, stream):
        self.surface = surface
        self.stream = stream
        self.chunks = surface.iterate(stream)

    def write(self, data):
        self.surface.do(self.stream.write(data))

    def write_eof(self):
        self.surface.do(self.stream.write_eof())

    def resize(self, cols, rows):
        self.surface.do(self.stream.resize(cols, rows))

    def read(self):
        return next(self.chunks, b"")

    def wait(self):
        return self.stream.exit_code

    def close(self):
        self.surface.do(self.stream.close())


class Streams(WithMachine, stream_cases.Streams):
    def talk(self, line, terminal=False, **settings):
        return Talk(self.surface, self.stream(line, tty=terminal, **settings))

    def shell(self, line):
        result = self.exec(line)
        return result.stdout, result.exit_code

    def test_stdin_closed_from_the_start_is_at_its_end(self):
        """Input that is written afterwards does not arrive either."""
        for line, output in (("cat; echo over", b"over\n"), ("wc -c", b"0\n"), ("read x || echo end", b"end\n")):
            with self.subTest(line):
                talk = self.talk(line, close_stdin=True)
                talk.write(b"never sent")
                self.assertEqual(talk.end(), (output, 0))

    def test_stdin_closed_from_the_start_of_a_terminal_is_refused(self):
        with self.assertRaises(ValueError):
            self.machines.stream_exec(self.machine_id, command="cat", tty=True, close_stdin=True)

    def test_stdout_and_stderr_are_separate(self):
        """Each keeps its order, also when both are long and the command has input."""
        lines = "".join(f"{n}\n" for n in range(1, 50_001)).encode()
        stream = self.stream("tee /dev/stderr; echo out; echo err >&2; exit 9")
        self.do(stream.write(lines))
        self.do(stream.write_eof())
        sides = [b"", b""]
        for chunk in self.surface.iterate(stream.iter_chunks()):
            sides[chunk.is_stderr] += chunk.data
        self.assertTrue(sides == [lines + b"out\n", lines + b"err\n"], [len(side) for side in sides])
        self.assertEqual(stream.exit_code, 9)

    def test_a_terminal_has_only_stdout(self):
        stream = self.stream("echo out; echo err >&2", tty=True)
        chunks = list(self.surface.iterate(stream.iter_chunks()))
        self.assertFalse(any(chunk.is_stderr for chunk in chunks))
        self.assertEqual(b"".join(chunk.data for chunk in chunks), b"out\r\nerr\r\n")

    def test_size_from_the_start(self):
        for cols, rows in ((132, 50), (1, 1), (9999, 9999)):
            with self.subTest(cols=cols, rows=rows):
                talk = self.talk("stty size", True, cols=cols, rows=rows)
                self.assertEqual(talk.end(), (b"%d %d\r\n" % (rows, cols), 0))

    def test_resize_again_and_again(self):
        talk = self.talk("stty -echo; trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done", True)
        talk.until(b"ready\r\n")
        for cols, rows in ((100, 40), (80, 24), (200, 5), (80, 25)):
            talk.resize(cols, rows)
            self.assertEqual(talk.until(b"%d %d\r\n" % (rows, cols)), b"%d %d\r\n" % (rows, cols))

    def test_resize_keeps_its_place_among_the_input(self):
        talk = self.talk("stty -echo; echo ready; while read x; do stty size; done", True)
        talk.until(b"ready\r\n")
        for cols in range(81, 91):
            talk.resize(cols, 30)
            talk.write(b"\n")
            self.assertEqual(talk.until(b"\n"), b"30 %d\r\n" % cols)

    def test_resize_without_effect(self):
        """Without a terminal, with an invalid size, after the end of the input."""
        talk = self.talk("cat")
        talk.resize(100, 40)
        talk.write(b"text")
        talk.write_eof()
        talk.resize(100, 40)
        self.assertEqual(talk.end(), (b"text", 0))
        talk = self.talk("stty -echo; echo ready; read x; stty size", True)
        talk.until(b"ready\r\n")
        talk.resize(0, 0)
        talk.write(b"\n")
        self.assertEqual(talk.end(), (b"24 80\r\n", 0))

    def test_environment_and_directory_of_a_stream(self):
        talk = self.talk(["sh", "-c", 'pwd; printf %s "$K"'], env={"K": "it's $HOME"}, cwd="/tmp")
        self.assertEqual(talk.end(), (b"/tmp\nit's $HOME", 0))

    def test_a_stream_that_fails(self):
        self.emulator.add_faults({"rpc": "Exec", "code": UNAVAILABLE, "message": "lost", "after_bytes": 5})
        talk = self.talk("echo said; exec sleep 1000")
        self.assertEqual(talk.until(b"said\n"), b"said\n")
        self.assertEqual(self.refuses(boxd.APIConnectionError, UNAVAILABLE, talk.read).message, "lost")

    def test_a_stream_of_a_deleted_machine(self):
        machine = self.create("gone")
        self.delete(machine.id)
        self.machine_id = machine.id
        self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: self.talk("true").read())

    def test_leaving_the_block_ends_the_command(self):
        talk = self.talk("echo $$ > pid; echo ready; exec sleep 1000")
        talk.until(b"ready\n")
        self.surface.leave(talk.stream)
        self.has_ended("pid")


class Logs(stream_cases.Logs):
    class_of_unimplemented = boxd.APIStatusError

    def start_main(self, name, line):
        return self.create(name, cmd=["sh", "-c", line]).id

    def shell_in(self, box, line):
        result = self.do(self.machines.exec(box, line))
        return result.stdout, result.exit_code

    def new_client(self):
        return self.surface.client(token=self.emulator.token(), base_url=self.emulator.api_url)

    def logs(self, box, follow, client=None):
        return self.surface.iterate(self.do((client or self.client).machines.logs(box, follow=follow)))

    def first_of_logs(self, box):
        return next(self.logs(box, follow=True))

    def destroy_main(self, box):
        self.delete(box)


class Exec(WithMachine):
    def test_words_arrive_as_they_are(self):
        result = self.exec(["printf", r"%s\0", *cases.AWKWARD_WORDS])
        self.assertEqual(result.stdout.split("\0"), [*cases.AWKWARD_WORDS, ""])

    def test_a_string_is_a_line_for_the_shell(self):
        self.assertEqual(self.exec("echo a b | tr ab xy; echo $((6*7))").stdout, "x y\n42\n")

    def test_a_line_of_100_kb(self):
        self.assertEqual(self.exec(["printf", "%s", "x" * 100_000]).stdout, "x" * 100_000)

    def test_user_and_directory(self):
        self.assertEqual(self.exec('id -un; pwd; echo "$HOME"').stdout, "boxd\n/home/boxd\n/home/boxd\n")

    def test_environment(self):
        result = self.exec(["sh", "-c", cases.PRINT_VALUES], env=cases.AWKWARD_VALUES)
        self.assertEqual(result.stdout.split("\0"), [*cases.AWKWARD_VALUES.values(), ""])

    def test_working_directory(self):
        self.exec(["mkdir", "-p", "a place"])
        self.assertEqual(self.exec("pwd", cwd="/home/boxd/a place").stdout, "/home/boxd/a place\n")
        self.assertEqual(self.exec("pwd", cwd="a place").stdout, "/home/boxd/a place\n")
        self.assertEqual(self.exec(["printenv", "K"], cwd="/tmp", env={"K": "v"}).stdout, "v\n")
        missing = self.exec("pwd", cwd="/no/such/place")
        self.assertNotEqual(missing.exit_code, 0)
        self.assertEqual(missing.stdout, "")

    def test_exit_codes(self):
        for code, line in cases.EXIT_LINES.items():
            with self.subTest(code=code):
                result = self.exec(line)
                self.assertEqual((result.exit_code, result.success), (code, code == 0))

    def test_output_and_exit_code_together(self):
        result = self.exec("printf 'last words'; printf complaint >&2; exit 3")
        self.assertEqual((result.stdout, result.stderr, result.exit_code), ("last words", "complaint", 3))

    def test_stdin_is_at_its_end(self):
        self.assertEqual(self.exec("cat").stdout, "")

    def test_output_of_5_mb(self):
        data = random_bytes(2_500_000)
        self.do(self.machines.files.upload(self.machine_id, "/home/boxd/binary", data))
        result = self.exec("cat binary binary", encoding="buffer")
        self.assertTrue(result.stdout == data + data, f"{len(result.stdout)} bytes")
        self.assertEqual(result.stderr, b"")

    def test_output_on_both_streams(self):
        result = self.exec("seq 1 200000 & seq 1 200000 >&2; wait")
        expected = "".join(f"{i}\n" for i in range(1, 200_001))
        self.assertTrue(result.stdout == expected and result.stderr == expected)

    def test_stream(self):
        stream = self.stream("echo out; echo err >&2; exit 7")
        chunks = list(self.surface.iterate(stream.iter_chunks()))
        self.assertEqual(b"".join(chunk.data for chunk in chunks if not chunk.is_stderr), b"out\n")
        self.assertEqual(b"".join(chunk.data for chunk in chunks if chunk.is_stderr), b"err\n")
        self.assertEqual(stream.exit_code, 7)

    def test_stdin(self):
        stream = self.stream("cat")
        self.do(stream.write("text, then "))
        self.do(stream.write(b""))
        self.do(stream.write(b"bytes \x00\xff\n"))
        self.do(stream.write_eof())
        self.assertEqual(self.read_all(stream), b"text, then bytes \x00\xff\n")
        self.assertEqual(stream.exit_code, 0)

    def test_stdin_in_turns(self):
        stream = self.stream("cat")
        chunks = self.surface.iterate(stream)
        for line in (b"one\n", b"two\n", b"three\n"):
            self.do(stream.write(line))
            self.assertEqual(next(chunks), line)
        self.do(stream.write_eof())
        self.assertEqual(list(chunks), [])
        self.assertEqual(stream.exit_code, 0)

    def test_stdin_of_5_mb_in_one_write(self):
        data = random_bytes(5_000_000)
        stream = self.stream("cat")
        self.do(stream.write(data))
        self.do(stream.write_eof())
        output = self.read_all(stream)
        self.assertTrue(output == data, f"{len(output)} bytes")

    def test_stdin_closed_from_the_start(self):
        stream = self.stream("cat; echo over", close_stdin=True)
        self.assertEqual(self.read_all(stream), b"over\n")

    def test_terminal(self):
        lines = self.exec("tty; stty size; echo err >&2", tty=True)
        device, size, err = lines.stdout.split("\r\n")[:3]
        self.assertRegex(device, "^/dev/pts/")
        self.assertEqual((size, err, lines.stderr), ("24 80", "err", ""))
        self.assertEqual(self.exec("stty size", tty=True, cols=132, rows=50).stdout, "50 132\r\n")

    def test_resize(self):
        line = "stty -echo; trap 'stty size; exit 5' WINCH; echo ready; while :; do read x; done"
        stream = self.stream(line, tty=True)
        chunks = self.surface.iterate(stream)
        said = b""
        while b"ready" not in said:
            said += next(chunks)
        self.do(stream.resize(100, 40))
        self.assertIn(b"40 100", b"".join(chunks))
        self.assertEqual(stream.exit_code, 5)

    def test_timeout(self):
        for timeout in (2, 10, 30):  # a busy machine may start the command after the first timeout
            error = self.refuses(boxd.BoxdError, None, lambda: self.machines.exec(
                self.machine_id, "echo $$ > timed; exec sleep 1000", timeout=timeout))
            self.assertIn("timed out", error.message)
            if self.exec("test -s timed").exit_code == 0:
                break
        self.exec(cases.until_gone("$(cat timed)"))
        self.assertEqual(self.exec("kill -0 $(cat timed)").exit_code, 1)

    def test_close_ends_the_process_group(self):
        stream = self.stream("sleep 1000 & echo $$ $!; wait")
        said = b""
        for chunk in self.surface.iterate(stream):
            said += chunk
            if said.endswith(b"\n"):
                break
        self.do(stream.close())
        for pid in said.decode().split():
            self.assertEqual(self.exec(cases.until_gone(pid)).exit_code, 0)

    def test_background_children_do_not_hold_the_call(self):
        self.assertEqual(self.exec("sleep 30 & echo done").stdout, "done\n")

    def test_many_at_once(self):
        streams = [self.stream(f"read x; echo {i} $x; exit {i}") for i in range(20)]
        for stream in streams:
            self.do(stream.write("go\n"))
        for i, stream in enumerate(streams):
            self.assertEqual(self.read_all(stream), f"{i} go\n".encode())
            self.assertEqual(stream.exit_code, i)

    def test_headers_of_calls(self):
        self.emulator.clear_log()
        self.do(self.client.account.get())
        self.exec("true")
        for rpc in ("Whoami", "Exec"):
            record = self.emulator.calls(rpc, 1)[-1]
            self.assertEqual(record["sdk_version"], "x-boxd-py-sdk-version: 0.2.19")
            self.assertIn("authorization", record["metadata"])


class Files(WithMachine):
    def setUp(self):
        super().setUp()
        self.files = self.machines.files
        self.exec("rm -rf box && mkdir box")

    def names(self, path):
        listing = self.do(self.files.list_dir(self.machine_id, path))
        self.assertFalse(listing.truncated)
        return sorted(entry.name for entry in listing.entries)

    def test_sizes(self):
        for size in (0, 1, 1 << 20, (1 << 20) + 1, 10_000_000):
            with self.subTest(size=size):
                data = random_bytes(size)
                self.assertEqual(self.do(self.files.upload(self.machine_id, "/home/boxd/box/file", data)), size)
                back = self.do(self.files.download(self.machine_id, "/home/boxd/box/file"))
                self.assertTrue(back == data, f"{len(back)} bytes")
                self.assertEqual(self.exec("stat -c '%s %U' box/file").stdout, f"{size} boxd\n")

    def test_text(self):
        text = "grüße, 日本語\n"
        self.assertEqual(self.do(self.files.upload(self.machine_id, "/home/boxd/box/text", text)), len(text.encode()))
        self.assertEqual(self.exec("cat box/text").stdout, text)

    def test_relative_paths(self):
        self.do(self.files.upload(self.machine_id, "box/relative", b"x"))
        self.assertEqual(self.exec("cat /home/boxd/box/relative").stdout, "x")
        self.assertEqual(self.do(self.files.download(self.machine_id, "box/relative")), b"x")
        self.assertEqual(self.names("box"), ["relative"])

    def test_a_file_is_replaced_whole(self):
        self.do(self.files.upload(self.machine_id, "/home/boxd/box/file", b"long contents"))
        self.do(self.files.upload(self.machine_id, "/home/boxd/box/file", b"short"))
        self.assertEqual(self.do(self.files.download(self.machine_id, "/home/boxd/box/file")), b"short")
        self.assertEqual(self.names("/home/boxd/box"), ["file"])

    def test_awkward_paths(self):
        for name in cases.AWKWARD_FILES:
            with self.subTest(name=name):
                path = f"/home/boxd/box/{name}"
                self.do(self.files.upload(self.machine_id, path, name))
                self.assertEqual(self.do(self.files.download(self.machine_id, path)), name.encode())
                self.assertIn(name, self.names("/home/boxd/box"))
                self.do(self.files.rename(self.machine_id, path, path + "2"))
                self.do(self.files.copy(self.machine_id, path + "2", path + "3"))
                self.do(self.files.delete(self.machine_id, path + "2"))
                self.assertEqual(self.exec(["cat", path + "3"]).stdout, name)

    def test_list_dir(self):
        self.exec("cd box; mkdir sub; printf 12345 > file; chmod 640 file; touch -d @1000000000 file; touch .hidden")
        listing = self.do(self.files.list_dir(self.machine_id, "/home/boxd/box"))
        entries = {entry.name: entry for entry in listing.entries}
        self.assertEqual(sorted(entries), [".hidden", "file", "sub"])
        file, sub = entries["file"], entries["sub"]
        self.assertEqual((file.is_dir, file.size_bytes, file.permissions), (False, 5, "-rw-r-----"))
        self.assertEqual(file.modified_at.timestamp(), 1_000_000_000)
        self.assertGreater(file.added_at.timestamp(), 1_000_000_000)
        self.assertEqual((sub.is_dir, sub.size_bytes, sub.permissions[0]), (True, 0, "d"))
        self.assertEqual(self.names("/home/boxd/box/sub"), [])

    def test_mkdir(self):
        self.do(self.files.mkdir(self.machine_id, "/home/boxd/box/new"))
        self.assertEqual(self.exec("stat -c '%F %U' box/new").stdout, "directory boxd\n")
        self.refuses(boxd.NotFoundError, NOT_FOUND,
                     lambda: self.files.mkdir(self.machine_id, "/home/boxd/box/no/parent"))

    def test_rename(self):
        self.exec("cd box; mkdir -p tree/sub; echo x > tree/sub/file")
        self.do(self.files.rename(self.machine_id, "/home/boxd/box/tree", "/home/boxd/box/moved"))
        self.assertEqual(self.exec("cd box; ls; cat moved/sub/file").stdout, "moved\nx\n")

    def test_copy(self):
        self.exec("cd box; mkdir -p tree/sub; echo x > tree/sub/file")
        self.do(self.files.copy(self.machine_id, "/home/boxd/box/tree", "/home/boxd/box/copied"))
        self.do(self.files.copy(self.machine_id, "/home/boxd/box/tree/sub/file", "/home/boxd/box/file"))
        self.assertEqual(self.exec("cd box; ls; cat file copied/sub/file; stat -c %U copied").stdout,
                         "copied\nfile\ntree\nx\nx\nboxd\n")

    def test_delete(self):
        self.exec("cd box; mkdir -p tree/sub; echo x > tree/sub/file; echo x > file")
        self.do(self.files.delete(self.machine_id, "/home/boxd/box/file"))
        self.do(self.files.delete(self.machine_id, "/home/boxd/box/tree"))
        self.assertEqual(self.names("/home/boxd/box"), [])

    def test_missing_paths(self):
        missing = "/home/boxd/box/not-there"
        calls = {
            "download": lambda: self.files.download(self.machine_id, missing),
            "list_dir": lambda: self.files.list_dir(self.machine_id, missing),
            "rename": lambda: self.files.rename(self.machine_id, missing, missing + "2"),
            "copy": lambda: self.files.copy(self.machine_id, missing, missing + "2"),
        }
        for name, call in calls.items():
            with self.subTest(call=name):
                self.refuses(boxd.NotFoundError, NOT_FOUND, call)

    def test_a_directory_is_not_a_file(self):
        for call in (lambda: self.files.download(self.machine_id, "/home/boxd/box"),
                     lambda: self.files.upload(self.machine_id, "/home/boxd/box", b"x")):
            with self.assertRaises(boxd.BoxdError):
                self.do(call())
        self.assertEqual(self.names("/home/boxd/box"), [])

    def test_a_truncated_download_is_noticed(self):
        self.do(self.files.upload(self.machine_id, "/home/boxd/box/file", bytes(3_000_000)))
        self.emulator.add_faults({"rpc": "DownloadFileStream", "truncate": True, "after_bytes": 1_000_000})
        error = self.refuses(boxd.BoxdError, None, lambda: self.files.download(self.machine_id, "/home/boxd/box/file"))
        self.assertIn("3000000", error.message)


class Account:
    def test_get(self):
        me = self.do(self.client.account.get())
        self.assertTrue(me.user_id)
        self.assertTrue(me.pubkey_fingerprints)
        self.assertGreater(me.billing.max_vms, 0)

    def test_config(self):
        config = self.do(self.client.account.config())
        self.assertEqual((config.default_image, config.zone), ("ubuntu:24.04", "local"))

    def test_settings_from_the_environment(self):
        for name in ("BOXD_BASE_URL", "BOXD_API_URL"):
            with self.subTest(name=name), emulator.environment(
                    **{name: self.emulator.api_url, "BOXD_TOKEN": self.emulator.token()}):
                client = self.surface.client()
                self.assertTrue(self.do(client.account.get()).user_id)
                self.do(client.close())

    def test_a_wrong_token(self):
        for token in ("wrong", "a.b.c", self.emulator.api_key):
            with self.subTest(token=token):
                client = self.open(token=token)
                self.refuses(boxd.AuthenticationError, UNAUTHENTICATED, client.account.get)
                self.refuses(boxd.AuthenticationError, UNAUTHENTICATED, lambda: client.machines.create("stolen"))
                self.refuses(boxd.AuthenticationError, UNAUTHENTICATED, lambda: client.machines.exec("x", "true"))
                self.refuses(boxd.AuthenticationError, UNAUTHENTICATED,
                             lambda: client.machines.files.upload("x", "/f", b"x"))
        self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: self.machines.get("stolen"))

    def test_a_token_that_expired(self):
        self.do(self.client.account.get())
        self.emulator.expire_all_tokens()
        self.refuses(boxd.AuthenticationError, UNAUTHENTICATED, self.client.account.get)

    def test_no_credentials(self):
        client = self.open()
        self.refuses(boxd.AuthenticationError, None, client.account.get)

    def test_connection_refused(self):
        client = self.open(token="any", base_url=f"http://127.0.0.1:{emulator.dead_port()}")
        self.refuses(boxd.APIConnectionError, UNAVAILABLE, client.account.get)

    def test_unavailable_is_retried(self):
        client = self.open(token=self.emulator.token(), max_retries=2)
        self.emulator.clear_log()
        self.emulator.add_faults({"rpc": "Whoami", "code": UNAVAILABLE, "count": 2})
        self.assertTrue(self.do(client.account.get()).user_id)
        self.assertEqual([record["status"] for record in self.emulator.calls("Whoami", 3)], [14, 14, 0])

    def test_timeout_of_a_call(self):
        client = self.open(token=self.emulator.token(), timeout=0.5)
        self.emulator.clear_log()
        self.emulator.add_faults({"rpc": "Whoami", "hang": True})
        self.refuses(boxd.APIStatusError, DEADLINE_EXCEEDED, client.account.get)
        self.emulator.calls("Whoami", 1)  # its record may be added after its end, and must not count in other cases

    def test_every_code_has_its_class(self):
        for code, name in CLASSES.items():
            with self.subTest(code=code):
                self.emulator.add_faults({"rpc": "GetConfig", "code": code, "message": f"as asked: {code}"})
                error = self.refuses(getattr(boxd, name), code, self.client.account.config)
                self.assertEqual(error.message, f"as asked: {code}")
        self.do(self.client.account.config())


class Limits:
    """Each case has its own emulator."""

    def test_quota(self):
        with emulator.Emulator(*self.options, "--max-boxes", "1") as small:
            machines = self.open(base_url=small.api_url, token=small.token()).machines
            first = self.do(machines.create("first"))
            error = self.refuses(boxd.RateLimitError, RESOURCE_EXHAUSTED, lambda: machines.create("second"))
            self.assertIn(" ", error.message)  # a sentence
            self.do(machines.delete(first.id))
            self.do(machines.create("second"))

    def test_message_limit_of_the_real_service(self):
        with emulator.Emulator(*self.options, "--max-message", str(MESSAGE_LIMIT)) as strict:
            machines = self.open(base_url=strict.api_url, token=strict.token()).machines
            machine = self.do(machines.create())
            data = random_bytes(9_000_000)
            self.assertEqual(self.do(machines.files.upload(machine.id, "/home/boxd/file", data)), len(data))
            self.assertTrue(self.do(machines.files.download(machine.id, "/home/boxd/file")) == data)

    def test_notice_of_a_newer_version(self):
        """The package prints the notice to terminals only."""
        script = ("import os, boxd; client = boxd.Boxd(token=os.environ['TOKEN'], base_url=os.environ['URL']);"
                  "client.account.get(); client.account.config(); client.close()")
        for latest, times in (("9.9.9", 1), ("0.2.19", 0), ("9.9.9-dev.4", 0), ("0.2.18", 0)):
            with self.subTest(latest=latest), emulator.Emulator(*self.options, "--sdk-latest", latest) as announcing:
                ours, theirs = pty.openpty()
                try:
                    subprocess.run([sys.executable, "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=theirs, timeout=60, check=True,
                                   env={**os.environ, "TOKEN": announcing.token(), "URL": announcing.api_url})
                    said = b""
                    while select.select([ours], [], [], 0)[0]:
                        said += os.read(ours, 65536)
                finally:
                    os.close(ours)
                    os.close(theirs)
                self.assertEqual(said.decode().count(latest), times, said)


cases.make_classes(
    globals(), Case, {"Blocking": Blocking, "Asynchronous": Asynchronous},
    {"": (), "Service02": ("--generation", "0.2")},
    [Machines, service_cases.Lifecycle, service_cases.Network, service_cases.Storage, service_cases.Identity,
     setting_cases.Settings, setting_cases.Expiry, spec_cases.Specs, spec_cases.Packages, spec_cases.SpecUpdates, Exec,
     Streams, Logs, Files, Account, Limits])

if __name__ == "__main__":
    emulator.run(__name__, COVERAGE.problems)
