"""Exec and StreamLogs at the level of gRPC messages: order of messages, faults, terminals.

Usage: VENV_0_2_19/bin/python streams_test.py EMULATOR [NAME PART]...

Uses the messages of the published package, without its client.
"""

import contextlib
import queue
import time

import emulator  # before gRPC
import grpc
from boxd._generated import api_pb2 as pb
from boxd._generated import api_pb2_grpc

LIMIT_SECS = 60
INVALID_ARGUMENT, NOT_FOUND, UNIMPLEMENTED, UNAVAILABLE, UNAUTHENTICATED = 3, 5, 12, 14, 16


class Stream:
    """An Exec call. Iterating returns its messages."""

    def __init__(self, stub, metadata, **first):
        self.input = queue.SimpleQueue()
        self.input.put(pb.ExecChunk(**first))
        self.ahead = b""  # received, but not yet returned
        self.call = stub.Exec(iter(self.input.get, None), metadata=metadata, timeout=LIMIT_SECS)

    def __iter__(self):
        return iter(self.call)

    def write(self, data):
        self.input.put(pb.ExecChunk(stdin=True, data=data))

    def resize(self, cols, rows):
        self.input.put(pb.ExecChunk(window_change=True, cols=cols, rows=rows))

    def write_eof(self):
        self.input.put(None)

    def messages(self):
        """All messages, and the status code."""
        found = []
        try:
            found.extend(self.call)
        except grpc.RpcError:
            pass
        return found, self.call.code().value[0]

    def end(self):
        """The output and the exit code."""
        found, code = self.messages()
        assert code == 0, self.call.details()
        return self.ahead + b"".join(message.data for message in found), found[-1].exit_code

    def until(self, text):
        """The output as far as the end of the text."""
        seen, self.ahead = self.ahead, b""
        while text not in seen:
            seen += next(self.call).data
        end = seen.index(text) + len(text)
        self.ahead = seen[end:]
        return seen[:end]


class Case(emulator.TimedCase):
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.emulator = cls.enterClassContext(emulator.Emulator(*cls.options))
        cls.channel = cls.enterClassContext(cls.connect())
        cls.stub = api_pb2_grpc.BoxdApiStub(cls.channel)
        cls.metadata = cls.credentials()
        cls.vm = cls.stub.CreateVm(pb.CreateVmRequest(name="streams"), metadata=cls.metadata).vm_id

    @classmethod
    def connect(cls):
        """A channel that shares no connection with others."""
        return grpc.insecure_channel(cls.emulator.api_url.removeprefix("http://"),
                                     options=[("grpc.use_local_subchannel_pool", 1)])

    @classmethod
    def credentials(cls):
        return [("authorization", f"Bearer {cls.emulator.token()}")]

    def exec(self, command, metadata=None, stub=None, **first):
        return Stream(stub or self.stub, metadata or self.metadata, vm_id=self.vm, command=command, **first)

    @contextlib.contextmanager
    def fault(self, rpc, **fields):
        """Injects a fault for the calls of the block, and removes the fault at the end of the block. Yields a stub with
        a connection of its own: after a fault that drops the connection, gRPC may report the status of the call
        earlier than the end of the connection, and would then place the next call on the dead connection."""
        self.emulator.add_faults({"rpc": rpc, **fields})
        try:
            with self.connect() as channel:
                yield api_pb2_grpc.BoxdApiStub(channel)
        finally:
            self.emulator.clear_faults()

    def messages_with_fault(self, command, **fields):
        """The messages and the status code of a command that has a fault and no input."""
        with self.fault("Exec", **fields) as stub:
            stream = self.exec(command, stub=stub)
            stream.write_eof()
            return stream.messages()


class Faults(Case):
    def test_chunk_bytes(self):
        for size, sizes in ((1, [1] * 5), (2, [2, 2, 1]), (100, [5])):
            with self.subTest(size=size):
                messages, code = self.messages_with_fault("printf hello", chunk_bytes=size)
                self.assertEqual([len(message.data) for message in messages[:-1]], sizes)
                self.assertEqual((messages[-1].data, code), (b"", 0))

    def test_linger(self):
        with self.fault("Exec", linger=True) as stub:
            stream = self.exec("echo lingers; exit 7", stub=stub)
            stream.write_eof()
            self.assertEqual(next(stream.call).data, b"lingers\n")
            self.assertEqual(next(stream.call).exit_code, 7)
            self.assertTrue(stream.call.is_active())
            stream.call.cancel()
        while not (records := [r for r in self.emulator.calls("Exec") if r["command"] == "echo lingers; exit 7"]):
            time.sleep(0.01)  # the server notices the cancel later
        self.assertTrue(records[0]["cancelled"])

    def test_join_exit(self):
        for line, data, exit_code, is_stderr in (
                ("printf 'last words'; exit 7", b"last words", 7, False), ("printf fine", b"fine", 0, False),
                ("printf bad >&2; exit 1", b"bad", 1, True), ("exit 3", b"", 3, False)):
            with self.subTest(line=line):
                messages, code = self.messages_with_fault(line, join_exit=True)
                self.assertEqual([(m.data, m.exit_code, m.is_stderr) for m in messages], [(data, exit_code, is_stderr)])
                self.assertEqual(code, 0)

    def test_exit_with_data(self):
        for exit_code in (0, 7):
            messages, code = self.messages_with_fault(f"echo said; exit {exit_code}", exit_with_data=True)
            self.assertEqual([(m.data, m.exit_code) for m in messages], [(b"said\n", 0), (b"tail\n", exit_code)])
            self.assertEqual(code, 0)

    def test_join_exit_is_only_of_the_last(self):
        messages, _ = self.messages_with_fault("printf hello; exit 4", join_exit=True, chunk_bytes=2)
        self.assertEqual([(m.data, m.exit_code) for m in messages], [(b"he", 0), (b"ll", 0), (b"o", 4)])

    def test_one_packet(self):
        messages, code = self.messages_with_fault("printf hello; exit 4", one_packet=True, chunk_bytes=3)
        self.assertEqual([(m.data, m.exit_code) for m in messages], [(b"hel", 0), (b"lo", 0), (b"", 4)])
        self.assertEqual(code, 0)

    def test_after_the_exit(self):
        messages, code = self.messages_with_fault("echo said; exit 7", after=True, code=UNAVAILABLE)
        self.assertEqual((messages[-1].exit_code, code), (7, UNAVAILABLE))
        _, code = self.messages_with_fault("echo said; exit 7", after=True, close=True)
        self.assertEqual(code, UNAVAILABLE)  # gRPC may drop messages that arrived just before

    def test_malformed_message(self):
        for after_bytes, before in ((0, b""), (3, b"hel")):
            with self.subTest(after_bytes=after_bytes), self.fault("Exec", reply="0aff", after_bytes=after_bytes):
                call = self.channel.stream_stream("/boxd.api.v1.BoxdApi/Exec")(
                    iter([pb.ExecChunk(vm_id=self.vm, command="printf hello").SerializeToString()]),
                    metadata=self.metadata, timeout=LIMIT_SECS)
                messages = list(call)
                place = messages.index(b"\x0a\xff")
                read = [pb.ExecChunk.FromString(m) for m in messages if m != b"\x0a\xff"]
                self.assertEqual(b"".join(m.data for m in read[:place]), before)
                self.assertEqual(b"".join(m.data for m in read), b"hello")

    def test_after_input_bytes(self):
        ends = {"code": ({"code": 13}, 13), "truncate": ({"truncate": True}, 0),
                "close": ({"close": True}, UNAVAILABLE)}
        for name, (fault, code) in ends.items():
            with self.subTest(name), self.fault("Exec", after_input_bytes=5, **fault) as stub:
                stream = self.exec("cat", stub=stub)
                stream.write(b"abc")
                self.assertEqual(stream.until(b"abc"), b"abc")
                stream.write(b"defgh")
                self.assertEqual(stream.messages()[1], code)

    def test_after_input_bytes_no_more_is_taken(self):
        with self.fault("Exec", after_input_bytes=5, hang=True) as stub:
            stream = self.exec("head -c 5; sleep 0.1; echo; exit 3", stub=stub)
            stream.write(b"abcdefgh")
            self.assertEqual(stream.end(), (b"abcde\n", 3))


class Terminals(Case):
    def terminal(self, command, **first):
        return self.exec(command, tty=True, **first)

    def test_size(self):
        for first, size in (({}, b"24 80"), ({"cols": 132, "rows": 50}, b"50 132"), ({"cols": 100}, b"24 100"),
                            ({"rows": 10}, b"10 80"), ({"cols": 1, "rows": 1}, b"1 1")):
            with self.subTest(first):
                self.assertEqual(self.terminal("stty size", **first).end(), (size + b"\r\n", 0))

    def test_invalid_size(self):
        stream = self.terminal("stty size", cols=100_000, rows=24)
        self.assertEqual(stream.messages(), ([], INVALID_ARGUMENT))

    def test_environment(self):
        stream = self.terminal("echo $TERM; test -t 0 && test -t 1 && test -t 2 && tty")
        output, exit_code = stream.end()
        self.assertRegex(output, rb"\Axterm-256color\r\n/dev/pts/[0-9]+\r\n\Z")
        self.assertEqual(exit_code, 0)

    def test_stdout_and_stderr_are_merged(self):
        messages, _ = self.terminal("echo out; echo err >&2").messages()
        self.assertEqual(b"".join(m.data for m in messages), b"out\r\nerr\r\n")
        self.assertFalse(any(m.is_stderr for m in messages))

    def test_echo(self):
        stream = self.terminal("echo ready; read line; echo \"<$line>\"")
        stream.until(b"ready\r\n")
        stream.write(b"typed\n")
        self.assertEqual(stream.end(), (b"typed\r\n<typed>\r\n", 0))

    def test_no_echo(self):
        stream = self.terminal("stty -echo; echo ready; read line; echo \"<$line>\"")
        stream.until(b"ready\r\n")
        stream.write(b"secret\r")  # the key Enter
        self.assertEqual(stream.end(), (b"<secret>\r\n", 0))

    def test_terminal_line_editing(self):
        stream = self.terminal("stty -echo; echo ready; read line; echo \"<$line>\"")
        stream.until(b"ready\r\n")
        stream.write(b"abx\x7fc\n")
        self.assertEqual(stream.end(), (b"<abc>\r\n", 0))

    def test_resize(self):
        trap = "trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done"
        stream = self.terminal(trap)
        stream.until(b"ready\r\n")
        for cols, rows in ((100, 40), (120, 41), (81, 5)):
            stream.resize(cols, rows)
            stream.until(b"%d %d\r\n" % (rows, cols))
        stream.call.cancel()

    def test_resize_reaches_the_foreground_of_a_shell(self):
        stream = self.terminal("PS1='> ' exec sh -i")
        stream.until(b"> ")
        stream.write(b"stty -echo; sh -c 'trap \"stty size; exit\" WINCH; echo ready; while :; do sleep 0.05; done'\n")
        stream.until(b"\r\nready\r\n")
        stream.resize(99, 33)
        stream.until(b"33 99\r\n")
        stream.until(b"> ")
        stream.write(b"exit 5\n")
        self.assertEqual(stream.end()[1], 5)

    def test_resize_to_nothing_is_ignored(self):
        stream = self.terminal("echo ready; read line; stty size", cols=90, rows=30)
        stream.until(b"ready\r\n")
        stream.resize(0, 0)
        stream.resize(100_000, 1)
        stream.write(b"\n")
        self.assertEqual(stream.end(), (b"\r\n30 90\r\n", 0))

    def test_resize_without_a_terminal_is_ignored(self):
        stream = self.exec("cat")
        stream.resize(100, 30)
        stream.write(b"on")
        stream.write_eof()
        self.assertEqual(stream.end(), (b"on", 0))

    def test_half_close_is_the_end_of_input(self):
        for typed, output in ((b"", b""), (b"line\n", b"line\n"), (b"no end", b"no end"), (b"a\nb", b"a\nb")):
            with self.subTest(typed):
                stream = self.terminal("stty -echo; echo ready; cat; echo ' over'; exit 6")
                stream.until(b"ready\r\n")
                if typed:
                    stream.write(typed)
                stream.write_eof()
                self.assertEqual(stream.end(), (output.replace(b"\n", b"\r\n") + b" over\r\n", 6))

    def test_half_close_ends_a_shell(self):
        stream = self.terminal("")
        stream.write(b"(exit 4)\n")
        stream.write_eof()
        self.assertEqual(stream.end()[1], 4)

    def test_half_close_behind_much_input(self):
        """More than the buffer of a terminal."""
        line = b"x" * 79 + b"\n"
        stream = self.terminal("stty -echo; echo ready; read go; wc -c; exit 3")
        stream.until(b"ready\r\n")
        stream.write(b"\n" + line * 5000)
        stream.write_eof()
        self.assertEqual(stream.end(), (b"400000\r\n", 3))

    def test_raw_bytes(self):
        """An editor gets every byte at once, as typed."""
        data = bytes(range(256))
        stream = self.terminal("stty raw -echo; echo ready; head -c 256; exit 2")
        stream.until(b"ready\n")
        stream.write(data)
        self.assertEqual(stream.end(), (data, 2))

    def test_signals_of_keys(self):
        for key, exit_code in ((b"\x03", 130), (b"\x1c", 131)):
            with self.subTest(key):
                stream = self.terminal("stty -echo; echo ready; exec sleep 1000")
                stream.until(b"ready\r\n")
                stream.write(key)
                self.assertEqual(stream.end()[1], exit_code)

    def test_a_shell_with_jobs(self):
        stream = self.terminal("PS1='> ' exec sh -i")
        stream.until(b"> ")
        stream.write(b"stty -echo\n")
        stream.until(b"> ")
        stream.write(b"sh -c 'echo ready; read x; echo read $x; exit 5'\n")
        stream.until(b"ready\r\n")
        stream.write(b"\x1a")  # Ctrl-Z
        stream.until(b"> ")
        stream.write(b"fg\n")
        stream.write(b"typed\n")
        stream.write(b"echo gone $?; exit 9\n")
        output, exit_code = stream.end()
        self.assertIn(b"read typed\r\n> gone 5\r\n", output)
        self.assertEqual(exit_code, 9)

    def test_hangup(self):
        stream = self.terminal("echo ready; kill -HUP $$; sleep 1000")
        self.assertEqual(stream.end(), (b"ready\r\n", 129))

    def test_the_last_output(self):
        for _ in range(20):
            output, exit_code = self.terminal("seq 1 20000; exit 8").end()
            self.assertEqual((len(output), exit_code), (sum(len(str(n)) + 2 for n in range(1, 20001)), 8))

    def test_many(self):
        streams = [self.terminal(f"stty -echo; echo ready; read x; echo $x; exit {n}") for n in range(40)]
        for stream in streams:
            stream.until(b"ready\r\n")
        for n, stream in enumerate(streams):
            stream.write(b"%d\n" % n)
        for n, stream in enumerate(streams):
            self.assertEqual(stream.end(), (b"%d\r\n" % n, n))

    def test_an_editor(self):
        """vi or nano, if installed, draws its screen, handles keys and a resize, and writes the file."""
        keys_of = {"vi": b"ihello\x1b:wq\r", "nano": b"hello\x0f\r\x18"}
        editors = [editor for editor in keys_of if self.exec(f"command -v {editor}").end()[1] == 0]
        if not editors:
            self.skipTest("there is no editor here")
        for editor in editors:
            with self.subTest(editor):
                stream = self.terminal(f"{editor} {editor}.txt", cols=80, rows=24)
                stream.until(b"\x1b[")
                stream.resize(120, 40)
                stream.write(keys_of[editor])
                self.assertEqual(stream.end()[1], 0)
                self.assertEqual(self.exec(f"cat {editor}.txt").end(), (b"hello\n", 0))


class Foreground(Case):
    """With `exec` in front, the command itself leads the session, in place of the shell: the keys of the terminal reach
    it alone, and its exit code is that of the session."""

    def program(self, *lines):
        return self.exec("exec python3 -c '{}'".format("\n".join(lines)), tty=True)

    def needs(self, program):
        if self.exec(f"command -v {program}").end()[1] != 0:
            self.skipTest(f"there is no {program} here")

    def test_it_leads_the_session(self):
        self.needs("python3")
        stream = self.program("import os", "own = os.getpid()",
                              "print(own == os.getpgrp() == os.getsid(0) == os.tcgetpgrp(0), os.ctermid(), os.ttyname(0))")
        output, exit_code = stream.end()
        self.assertRegex(output, rb"\ATrue /dev/tty /dev/pts/[0-9]+\r\n\Z")
        self.assertEqual(exit_code, 0)

    def test_interrupts_are_handled(self):
        self.needs("python3")
        stream = self.program("import time, sys", "for i in range(3):", "    try:", "        print(\"ready\", flush=True)",
                              "        time.sleep(1000)", "    except KeyboardInterrupt:",
                              "        print(\"caught\", i, flush=True)", "sys.exit(7)")
        for i in range(3):
            stream.until(b"ready\r\n")
            stream.write(b"\x03")
            stream.until(b"caught %d\r\n" % i)
        self.assertEqual(stream.end()[1], 7)

    def test_a_handler_of_sigquit(self):
        self.needs("python3")
        stream = self.program("import signal, sys", "signal.signal(signal.SIGQUIT, lambda *_: sys.exit(5))",
                              "print(\"ready\", flush=True)", "signal.pause()", "sys.exit(6)")
        stream.until(b"ready\r\n")
        stream.write(b"\x1c")
        self.assertEqual(stream.end()[1], 5)

    def test_an_interpreter(self):
        self.needs("python3")
        stream = self.exec("PYTHON_BASIC_REPL=1 exec python3 -q", tty=True)
        stream.until(b">>> ")
        stream.write(b"import time; print('run' + 'ning', flush=True); time.sleep(1000)\n")
        stream.until(b"running\r\n")  # not at the prompt: there the interpreter itself loses some interrupts
        stream.write(b"\x03")
        stream.until(b"KeyboardInterrupt")
        stream.until(b">>> ")
        stream.write(b"exit(7)\n")
        self.assertEqual(stream.end()[1], 7)

    def test_a_pager(self):
        self.needs("less")
        stream = self.exec("seq 1 1000 > lines; exec less lines", tty=True)
        stream.until(b"23")
        stream.write(b"q")
        self.assertEqual(stream.end()[1], 0)

    def test_a_shell_that_runs_it_gets_the_keys_too(self):
        """Without `exec` the shell ends with the signal that its child handled."""
        stream = self.exec("sh -c 'trap \"exit 7\" INT; echo ready; while :; do sleep 0.05; done'; exit $?", tty=True)
        stream.until(b"ready\r\n")
        stream.write(b"\x03")
        self.assertIn(stream.end()[1], (7, 130))


class Ends(Case):
    def gone(self, file):
        """Waits until the process whose pid is in the file has ended."""
        line = f"timeout 50 tail --pid=$(cat {file}) -s 0.05 -f /dev/null"
        self.assertEqual(self.exec(line).end(), (b"", 0))

    def test_a_cancel_terminates_the_group(self):
        for first in ({}, {"tty": True}):
            with self.subTest(first):
                stream = self.exec("trap 'echo told > told; exit' TERM; echo $$ > pid; sleep 1000 & echo $! > child; "
                                   "echo ready; while :; do sleep 0.05; done", **first)
                stream.until(b"ready\r\n" if first else b"ready\n")
                stream.call.cancel()
                self.gone("pid")
                self.gone("child")
                self.assertEqual(self.exec("cat told; rm told").end(), (b"told\n", 0))

    def test_a_cancel_kills_a_process_that_ignores_sigterm(self):
        for first in ({}, {"tty": True}):
            with self.subTest(first):
                stream = self.exec("trap '' TERM HUP; echo $$ > pid; echo ready; while :; do sleep 0.05; done", **first)
                stream.until(b"ready\r\n" if first else b"ready\n")
                stream.call.cancel()
                self.gone("pid")

    def test_a_cancel_ends_a_shell_and_its_foreground(self):
        stream = self.exec("PS1='> ' exec sh -i", tty=True)
        stream.until(b"> ")
        stream.write(b"echo $$ > pid; sh -c 'echo $$ > child; echo re\"\"ady; exec sleep 1000'\n")
        stream.until(b"\nready\r\n")
        stream.call.cancel()
        self.gone("pid")
        self.gone("child")

    def test_a_process_outside_the_group_survives_a_cancel(self):
        stream = self.exec("setsid sh -c 'echo $$ > away; exec sleep 1000' >/dev/null 2>&1 </dev/null & "
                           "until [ -s away ]; do sleep 0.01; done; echo $$ > pid; echo ready; exec sleep 1000")
        stream.until(b"ready\n")
        stream.call.cancel()
        self.gone("pid")
        self.assertEqual(self.exec("kill $(cat away)").end(), (b"", 0))

    def test_a_lost_connection_ends_the_command(self):
        channel = grpc.insecure_channel(self.emulator.api_url.removeprefix("http://"),
                                        options=[("grpc.use_local_subchannel_pool", 1)])
        stream = Stream(api_pb2_grpc.BoxdApiStub(channel), self.metadata, vm_id=self.vm,
                        command="echo $$ > pid; echo ready; exec sleep 1000")
        stream.until(b"ready\n")
        channel.close()
        self.gone("pid")

    def test_unmarked_input(self):
        """Only data that is marked as input reaches the command."""
        stream = self.exec("cat")
        stream.input.put(pb.ExecChunk(data=b"unmarked"))
        stream.write(b"marked")
        stream.write_eof()
        self.assertEqual(stream.end(), (b"marked", 0))


class Tokens(Case):
    def until_refused(self, metadata):
        """Waits until the service refuses the token."""
        while True:
            try:
                self.stub.GetVm(pb.GetVmRequest(vm_id=self.vm), metadata=metadata)
            except grpc.RpcError as error:
                self.assertEqual(error.code().value[0], UNAUTHENTICATED)
                return
            time.sleep(0.05)

    def test_a_token_expires(self):
        token = self.stub.CreateToken(pb.CreateTokenRequest(expires_in_secs=1), metadata=self.credentials()).token
        self.until_refused([("authorization", f"Bearer {token}")])

    def test_a_token_that_expires_does_not_end_its_streams(self):
        metadata = self.credentials()
        line = "while :; do echo .; sleep 0.1; done"
        box = self.stub.CreateVm(pb.CreateVmRequest(name="talks", cmd=["sh", "-c", line]), metadata=metadata).vm_id
        stream = self.exec("echo ready; cat; exit 5", metadata=metadata)
        stream.until(b"ready\n")
        logs = self.stub.StreamLogs(pb.StreamLogsRequest(vm_id=box, follow=True), metadata=metadata)
        next(logs)
        self.emulator.expire_all_tokens()
        self.assertEqual(self.exec("true", metadata=metadata).messages(), ([], UNAUTHENTICATED))
        self.until_refused(metadata)
        stream.write(b"still here")
        self.assertEqual(stream.until(b"here"), b"still here")
        stream.write_eof()
        self.assertEqual(stream.end()[1], 5)
        for _ in range(3):
            next(logs)
        logs.cancel()

    def test_all_tokens_expire_on_demand(self):
        metadata = self.credentials()
        stream = self.exec("cat", metadata=metadata)
        stream.write(b"before")
        stream.until(b"before")
        self.emulator.expire_all_tokens()
        self.assertEqual(self.exec("true", metadata=metadata).messages(), ([], UNAUTHENTICATED))
        stream.write(b"after")
        stream.write_eof()
        self.assertEqual(stream.end(), (b"after", 0))


class Limits(Case):
    options = ("--max-concurrent-streams", "3")

    def test_streams_of_a_connection(self):
        """The fourth stream begins when one of the three others has ended."""
        streams = [self.exec("echo ready; cat") for _ in range(3)]
        for stream in streams:
            stream.until(b"ready\n")
        fourth = self.exec("touch began; echo ready; cat")
        with self.connect() as elsewhere:
            other = self.exec("sleep 0.2; ls", stub=api_pb2_grpc.BoxdApiStub(elsewhere))
            self.assertEqual(other.end(), (b"", 0))
        streams[1].write_eof()
        self.assertEqual(streams[1].end(), (b"", 0))
        self.assertEqual(fourth.until(b"ready\n"), b"ready\n")
        for stream in (streams[0], streams[2], fourth):
            stream.write_eof()
            self.assertEqual(stream.end(), (b"", 0))


class Logs(Case):
    def box(self, name, cmd):
        return self.stub.CreateVm(pb.CreateVmRequest(name=name, cmd=["sh", "-c", cmd]), metadata=self.metadata).vm_id

    def logs(self, vm, follow=False, stub=None):
        return (stub or self.stub).StreamLogs(pb.StreamLogsRequest(vm_id=vm, follow=follow), metadata=self.metadata,
                                    timeout=LIMIT_SECS)

    def refused(self, call):
        with self.assertRaises(grpc.RpcError) as caught:
            list(call)
        return caught.exception.code().value[0]

    def until(self, call, text):
        seen = b""
        while text not in seen:
            seen += next(call).data
        return seen

    def test_what_is_there(self):
        vm = self.box("some", "echo out; echo err >&2; exec sleep 1000")
        self.until(self.logs(vm, follow=True), b"err\n")
        self.assertEqual(sorted(b"".join(chunk.data for chunk in self.logs(vm)).splitlines()), [b"err", b"out"])

    def test_follow(self):
        vm = self.box("followed", "echo first; until [ -e go ]; do sleep 0.02; done; echo second; exec sleep 1000")
        call = self.logs(vm, follow=True)
        self.until(call, b"first\n")
        stream = Stream(self.stub, self.metadata, vm_id=vm, command="touch go")
        stream.write_eof()
        self.assertEqual(stream.end()[1], 0)
        self.assertEqual(self.until(call, b"second\n"), b"second\n")
        self.assertTrue(call.is_active())
        call.cancel()

    def test_follow_ends_with_the_machine(self):
        vm = self.box("dies", "echo said; exec sleep 1000")
        calls = [self.logs(vm, follow=True) for _ in range(3)]
        for call in calls:
            self.until(call, b"said\n")
        self.stub.DestroyVm(pb.DestroyVmRequest(vm_id=vm), metadata=self.metadata)
        for call in calls:
            self.assertEqual(list(call), [])
        self.assertEqual(self.refused(self.logs(vm)), NOT_FOUND)

    def test_follow_without_output_ends_with_the_machine(self):
        vm = self.stub.CreateVm(pb.CreateVmRequest(name="mute"), metadata=self.metadata).vm_id
        call = self.logs(vm, follow=True)
        call.initial_metadata()
        self.stub.DestroyVm(pb.DestroyVmRequest(vm_id=vm), metadata=self.metadata)
        self.assertEqual(list(call), [])

    def test_a_reader_that_does_not_read(self):
        """The log is bounded: a slow reader loses data, and does not block the machine."""
        vm = self.box("floods", "head -c 300000000 /dev/zero; touch written; exec sleep 1000")
        calls = [self.logs(vm, follow=True) for _ in range(10)]
        for call in calls:
            next(call)
        stream = Stream(self.stub, self.metadata, vm_id=vm, command="until [ -e written ]; do sleep 0.02; done")
        stream.write_eof()
        self.assertEqual(stream.end(), (b"", 0))
        for call in calls:
            call.cancel()
        with open(f"/proc/{self.emulator.process.pid}/status", encoding="ascii") as status:
            peak = next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM:"))
        self.assertLess(peak, 700 << 20)

    def test_faults(self):
        vm = self.box("fails", "echo said; exec sleep 1000")
        self.until(self.logs(vm, follow=True), b"said\n")
        for fault, code in (({"code": 12, "message": "no logs"}, 12), ({"code": 14}, 14), ({"close": True}, 14)):
            with self.subTest(fault), self.fault("StreamLogs", **fault) as stub:
                self.assertEqual(self.refused(self.logs(vm, stub=stub)), code)
        for fault, code in (({"code": 14}, 14), ({"truncate": True}, 0), ({"close": True}, 14)):
            with self.subTest(fault, place="in the middle"), self.fault("StreamLogs", after_bytes=2, **fault) as stub:
                call = self.logs(vm, follow=True, stub=stub)
                if "close" not in fault:  # gRPC may drop messages that arrived just before
                    self.assertEqual(next(call).data, b"sa")
                self.assertEqual(self.refused(call) if code else list(call), code or [])

    def test_an_unknown_box(self):
        self.assertEqual(self.refused(self.logs("00000000-0000-4000-8000-000000000000", follow=True)), NOT_FOUND)


class Synthetic(Case):
    options = ("--synthetic-exec",)
    BIG = 1 << 30
    BOUND = BIG // 2  # really a few MiB, but a sanitizer keeps freed memory for a while

    def peak_bytes(self):
        """The peak memory of the emulator."""
        with open(f"/proc/{self.emulator.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM:"))

    def test_output(self):
        for line, sizes in ((f"head -c {self.BIG} /dev/zero", [self.BIG, 0]),
                            (f"head -c {self.BIG // 4} /dev/zero | tee /dev/stderr", [self.BIG // 4] * 2)):
            with self.subTest(line):
                before = self.peak_bytes()
                got = [0, 0]
                for message in self.exec(line):
                    got[message.is_stderr] += len(message.data)
                self.assertEqual(got, sizes)
                self.assertLess(self.peak_bytes() - before, self.BOUND)

    def test_output_that_is_not_read(self):
        before = self.peak_bytes()
        streams = [self.exec(f"head -c {self.BIG} /dev/zero") for _ in range(20)]
        for stream in streams:
            next(stream.call)
        self.assertEqual(self.exec("echo more").end(), (b"more\n", 0))
        for stream in streams:
            stream.call.cancel()
        self.assertLess(self.peak_bytes() - before, self.BOUND)

    def test_input(self):
        data = bytes(range(256)) * 4096
        for line, output in (("cat", data * 8), ("wc -c", b"%d\n" % (len(data) * 8)), ("cat >/dev/null", b"")):
            with self.subTest(line):
                stream = self.exec(line)
                for _ in range(8):
                    stream.write(data)
                stream.write_eof()
                self.assertEqual(stream.end(), (output, 0))

    def test_other_commands(self):
        for line, end in (("true", (b"", 0)), ("exit 7", (b"", 7)), ("echo two words", (b"two words\n", 0)),
                          ("sleep 0.05", (b"", 0))):
            with self.subTest(line):
                self.assertEqual(self.exec(line).end(), end)


if __name__ == "__main__":
    emulator.expect("boxd", "0.2.19")
    emulator.run(__name__)
