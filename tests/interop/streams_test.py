"""Exec and StreamLogs below any client's own API: what the emulator sends message by message, its faults, its terminals.

Usage: VENV_0_2_19/bin/python streams_test.py EMULATOR [NAME PART]...

The messages are the published package's; the calls go below it.
"""

import queue
import socket
import time

import emulator  # before gRPC
import grpc
from boxd._generated import api_pb2 as pb
from boxd._generated import api_pb2_grpc

LIMIT_SECS = 60
INVALID_ARGUMENT, NOT_FOUND, UNIMPLEMENTED, UNAVAILABLE, UNAUTHENTICATED = 3, 5, 12, 14, 16


class Stream:
    """One Exec call. Iterating gives its messages."""

    def __init__(self, stub, metadata, **first):
        self.input = queue.SimpleQueue()
        self.input.put(pb.ExecChunk(**first))
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
        """All that come, and the code of the end."""
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
        return b"".join(message.data for message in found), found[-1].exit_code

    def until(self, text):
        """Reads until the output of this call ends with the text."""
        seen = b""
        while not seen.endswith(text):
            seen += next(self.call).data
        return seen


class Case(emulator.TimedCase):
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.emulator = cls.enterClassContext(emulator.Emulator(*cls.options))
        channel = grpc.insecure_channel(cls.emulator.api_url.removeprefix("http://"))
        cls.channel = cls.enterClassContext(channel)
        cls.stub = api_pb2_grpc.BoxdApiStub(cls.channel)
        cls.metadata = cls.credentials()
        cls.vm = cls.stub.CreateVm(pb.CreateVmRequest(name="streams"), metadata=cls.metadata).vm_id

    @classmethod
    def credentials(cls):
        return [("authorization", f"Bearer {cls.emulator.token()}")]

    def tearDown(self):
        self.emulator.clear_faults()

    def exec(self, command, metadata=None, **first):
        return Stream(self.stub, metadata or self.metadata, vm_id=self.vm, command=command, **first)

    def with_fault(self, command, **fault):
        """A command that meets a fault and has no input."""
        self.emulator.add_faults({"rpc": "Exec", **fault})
        stream = self.exec(command)
        stream.write_eof()
        return stream


class Faults(Case):
    def test_chunk_bytes(self):
        for size, sizes in ((1, [1] * 5), (2, [2, 2, 1]), (100, [5])):
            with self.subTest(size=size):
                messages, code = self.with_fault("printf hello", chunk_bytes=size).messages()
                self.assertEqual([len(message.data) for message in messages[:-1]], sizes)
                self.assertEqual((messages[-1].data, code), (b"", 0))

    def test_linger(self):
        stream = self.with_fault("echo said; exit 7", linger=True)
        self.assertEqual(next(stream.call).data, b"said\n")
        self.assertEqual(next(stream.call).exit_code, 7)
        self.assertTrue(stream.call.is_active())
        stream.call.cancel()
        self.assertTrue(self.emulator.calls("Exec", 1)[-1]["cancelled"])

    def test_join_exit(self):
        for line, data, exit_code, is_stderr in (
                ("printf 'last words'; exit 7", b"last words", 7, False), ("printf fine", b"fine", 0, False),
                ("printf bad >&2; exit 1", b"bad", 1, True), ("exit 3", b"", 3, False)):
            with self.subTest(line=line):
                messages, code = self.with_fault(line, join_exit=True).messages()
                self.assertEqual([(m.data, m.exit_code, m.is_stderr) for m in messages], [(data, exit_code, is_stderr)])
                self.assertEqual(code, 0)

    def test_join_exit_is_only_of_the_last(self):
        messages, _ = self.with_fault("printf hello; exit 4", join_exit=True, chunk_bytes=2).messages()
        self.assertEqual([(m.data, m.exit_code) for m in messages], [(b"he", 0), (b"ll", 0), (b"o", 4)])

    def test_one_packet(self):
        messages, code = self.with_fault("printf hello; exit 4", one_packet=True, chunk_bytes=3).messages()
        self.assertEqual([(m.data, m.exit_code) for m in messages], [(b"hel", 0), (b"lo", 0), (b"", 4)])
        self.assertEqual(code, 0)

    def test_after_the_exit(self):
        messages, code = self.with_fault("echo said; exit 7", after=True, code=UNAVAILABLE).messages()
        self.assertEqual((messages[-1].exit_code, code), (7, UNAVAILABLE))
        messages, code = self.with_fault("echo said; exit 7", after=True, close=True).messages()
        self.assertEqual((messages[-1].exit_code, code), (7, UNAVAILABLE))

    def test_a_message_that_is_none(self):
        for after_bytes, before in ((0, b""), (3, b"hel")):
            with self.subTest(after_bytes=after_bytes):
                self.emulator.add_faults({"rpc": "Exec", "reply": "0aff", "after_bytes": after_bytes})
                call = self.channel.stream_stream("/boxd.api.v1.BoxdApi/Exec")(
                    iter([pb.ExecChunk(vm_id=self.vm, command="printf hello").SerializeToString()]),
                    metadata=self.metadata, timeout=LIMIT_SECS)
                messages = list(call)
                place = messages.index(b"\x0a\xff")
                read = [pb.ExecChunk.FromString(m) for m in messages if m != b"\x0a\xff"]
                self.assertEqual(b"".join(m.data for m in read[:place]), before)
                self.assertEqual(b"".join(m.data for m in read), b"hello")

    def test_after_input_bytes(self):
        ends = {"code": ({"code": 13}, 13), "truncate": ({"truncate": True}, 0), "close": ({"close": True}, UNAVAILABLE)}
        for name, (fault, code) in ends.items():
            with self.subTest(name):
                self.emulator.add_faults({"rpc": "Exec", "after_input_bytes": 5, **fault})
                stream = self.exec("cat")
                stream.write(b"abc")
                self.assertEqual(stream.until(b"abc"), b"abc")
                stream.write(b"defgh")
                self.assertEqual(stream.messages()[1], code)

    def test_after_input_bytes_no_more_is_taken(self):
        self.emulator.add_faults({"rpc": "Exec", "after_input_bytes": 5, "hang": True})
        stream = self.exec("head -c 5; sleep 0.1; echo; exit 3")
        stream.write(b"abcdefgh")
        self.assertEqual(stream.end(), (b"abcde\n", 3))


if __name__ == "__main__":
    emulator.expect("boxd", "0.2.19")
    emulator.run(__name__)
