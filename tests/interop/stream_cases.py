"""Cases of streamed commands and logs for both published clients, limited to the features of all four surfaces.

A program gives its cases `talk(line, terminal=False)`, which begins a command and returns a Talk; `shell(line)`, which
runs one and returns its output and exit code; `start_main(name, line)`, which makes a box with that main process;
`logs(box, follow, client)`; `shell_in(box, line)`; `destroy_main(box)`; `new_client()`, which no case closes; and
`class_of_unimplemented`.
"""

import hashlib

import cases

INPUTS = {
    "nothing": b"",
    "one byte": b"x",
    "a NUL": b"\0",
    "every byte": bytes(range(256)),
    "NULs": bytes(100_000),
    "no end of line": b"line\nhalf",
    "lines": b"".join(b"%d\n" % number for number in range(200_000)),
    "2 MB": cases.random_bytes(2_000_000),
    "8 MB": cases.random_bytes(8_000_000),
}
PIECES = {"whole": 1 << 30, "pieces of 64 KiB": 1 << 16, "odd pieces": 9_999}


class Talk:
    """A command. Each test program wraps its client's object."""

    ahead = b""  # received, but not yet returned

    def write(self, data):
        raise NotImplementedError

    def write_eof(self):
        raise NotImplementedError

    def read(self):
        """The next piece of output; b"" at the end."""
        raise NotImplementedError

    def wait(self):
        """The exit code; after the end of the output."""
        raise NotImplementedError

    def close(self):
        raise NotImplementedError

    def until(self, text):
        """The output as far as the end of the text."""
        seen, self.ahead = self.ahead, b""
        while text not in seen:
            piece = self.read()
            assert piece, f"ended after {seen[-200:]!r}"
            seen += piece
        end = seen.index(text) + len(text)
        self.ahead = seen[end:]
        return seen[:end]

    def rest(self):
        pieces = [self.ahead]
        self.ahead = b""
        while piece := self.read():
            pieces.append(piece)
        return b"".join(pieces)

    def end(self):
        return self.rest(), self.wait()


class Streams:
    def write(self, talk, data, size=1 << 30):
        for at in range(0, len(data), size):
            talk.write(data[at:at + size])

    def has_ended(self, file):
        """Waits until the process whose pid is in the file has ended."""
        self.assertEqual(self.shell(cases.until_gone(f"$(cat {file})")), ("", 0))

    def test_input_arrives_whole(self):
        for name, data in INPUTS.items():
            with self.subTest(name):
                talk = self.talk("cat | sha256sum")
                self.write(talk, data)
                talk.write_eof()
                self.assertEqual(talk.end(), (hashlib.sha256(data).hexdigest().encode() + b"  -\n", 0))

    def test_input_in_pieces(self):
        data = INPUTS["2 MB"]
        for name, size in PIECES.items():
            with self.subTest(name):
                talk = self.talk("wc -c; exit 3")
                self.write(talk, data, size)
                talk.write_eof()
                self.assertEqual(talk.end(), (b"2000000\n", 3))

    def test_input_and_output_at_once(self):
        """Each side blocks the other: no data may be lost, and no side may block for ever."""
        for name in ("every byte", "NULs", "8 MB"):
            with self.subTest(name):
                talk = self.talk("cat")
                self.write(talk, INPUTS[name], 1 << 18)
                talk.write_eof()
                output, exit_code = talk.end()
                self.assertTrue(output == INPUTS[name], f"{len(output)} bytes")
                self.assertEqual(exit_code, 0)

    def test_input_to_a_command_that_is_slow_to_read(self):
        talk = self.talk("echo ready; until [ -e read ]; do sleep 0.02; done; rm read; wc -c")
        self.assertEqual(talk.until(b"ready\n"), b"ready\n")
        self.write(talk, INPUTS["8 MB"], 1 << 20)
        talk.write_eof()
        self.assertEqual(self.shell("touch read"), ("", 0))
        self.assertEqual(talk.end(), (b"8000000\n", 0))

    def test_the_end_of_input_comes_once(self):
        talk = self.talk("cat; echo over; sleep 0.1; exit 4")
        talk.write(b"text\n")
        talk.write_eof()
        talk.write_eof()
        with self.assertRaises(RuntimeError):
            talk.write(b"more")
        self.assertEqual(talk.until(b"over\n"), b"text\nover\n")
        talk.write_eof()
        self.assertEqual(talk.end(), (b"", 4))

    def test_exit_codes_of_streams(self):
        for code, line in cases.EXIT_LINES.items():
            with self.subTest(code):
                talk = self.talk(f"echo said; {line}")
                output, exit_code = talk.end()
                self.assertTrue(output.startswith(b"said\n"), output)
                self.assertEqual(exit_code, code)

    def test_the_exit_does_not_wait_for_input(self):
        self.assertEqual(self.talk("echo over; exit 6").end(), (b"over\n", 6))

    def test_a_close_terminates(self):
        """The command gets SIGTERM and has time to clean up. A shell around it gets SIGTERM too: the processes that the
        shell leaves behind must survive without their terminal, and without messages about ended children."""
        for terminal in (False, True):
            with self.subTest(terminal=terminal):
                talk = self.talk("trap 'echo told > told; exit' TERM HUP; echo $$ > pid; sleep 1000 & echo $! > child; "
                                 "exec 2>/dev/null; echo ready; while :; do sleep 0.05; done", terminal)
                talk.until(b"ready\r\n" if terminal else b"ready\n")
                talk.close()
                self.has_ended("pid")
                self.has_ended("child")
                self.assertEqual(self.shell("cat told; rm told"), ("told\n", 0))

    def test_a_close_kills_a_process_that_ignores_sigterm(self):
        talk = self.talk("trap '' TERM; echo $$ > pid; echo ready; while :; do sleep 0.05; done")
        talk.until(b"ready\n")
        talk.close()
        self.has_ended("pid")

    def test_a_close_in_the_middle_of_output(self):
        talk = self.talk("echo $$ > pid; exec yes")
        talk.read()
        talk.close()
        self.has_ended("pid")

    def test_a_close_in_the_middle_of_input(self):
        talk = self.talk("echo $$ > pid; echo ready; exec sleep 1000")
        talk.until(b"ready\n")
        self.write(talk, INPUTS["8 MB"], 1 << 20)
        talk.close()
        self.has_ended("pid")

    def test_a_close_after_the_end(self):
        talk = self.talk("echo said; exit 5")
        self.assertEqual(talk.end(), (b"said\n", 5))
        talk.close()
        talk.close()
        self.assertEqual(self.shell("echo more"), ("more\n", 0))

    def test_several_at_once(self):
        """Each has its own input, output and exit code; starts, input and ends have different orders."""
        talks = [self.talk(f"echo {n}; cat | sha256sum; exit {n}") for n in range(30)]
        for n, talk in reversed(list(enumerate(talks))):
            talk.write(b"%d " % n * 50_000)
        for n, talk in enumerate(talks):
            talk.write_eof()
        for n, talk in sorted(enumerate(talks), key=lambda pair: pair[0] % 7):
            digest = hashlib.sha256(b"%d " % n * 50_000).hexdigest()
            self.assertEqual(talk.end(), (f"{n}\n{digest}  -\n".encode(), n))

    def test_a_silent_stream_does_not_block_the_others(self):
        unread = self.talk("echo $$ > pid; exec yes")
        unread.read()
        talk = self.talk("cat; exit 2")
        talk.write(b"through\n")
        talk.write_eof()
        self.assertEqual(talk.end(), (b"through\n", 2))
        unread.close()
        self.has_ended("pid")

    def test_a_dialogue_on_a_terminal(self):
        talk = self.talk("stty -echo; echo ready; while read x; do echo \"<$x>\"; done; echo over; exit 7",
                         terminal=True)
        talk.until(b"ready\r\n")
        for word in (b"one", b"two words", b"gr\xc3\xbc\xc3\x9fe"):
            talk.write(word + b"\n")
            self.assertEqual(talk.until(b">\r\n"), b"<" + word + b">\r\n")
        talk.write_eof()
        self.assertEqual(talk.end(), (b"over\r\n", 7))

    def test_a_key_that_interrupts(self):
        talk = self.talk("stty -echo; echo ready; exec sleep 1000", terminal=True)
        talk.until(b"ready\r\n")
        talk.write(b"\x03")
        self.assertEqual(talk.end()[1], 130)

    def test_a_terminal_of_the_usual_size(self):
        self.assertEqual(self.talk("stty size; echo $TERM", terminal=True).end(), (b"24 80\r\nxterm-256color\r\n", 0))


class Logs:
    """Logs of a main process that waits for files."""

    LINE = "echo first; until [ -e go ]; do sleep 0.02; done; echo second >&2; exec sleep 1000"

    def until(self, chunks, text):
        seen = b""
        while text not in seen:
            seen += next(chunks)
        return seen

    def test_follow_until_the_reader_closes(self):
        box = self.start_main("followed", self.LINE)
        client = self.new_client()
        chunks = self.logs(box, follow=True, client=client)
        self.until(chunks, b"first\n")
        self.assertEqual(self.shell_in(box, "touch go"), ("", 0))
        self.assertEqual(self.until(chunks, b"second\n"), b"second\n")
        self.emulator.clear_log()
        self.assertIn(b"first\n", b"".join(self.logs(box, follow=False)))
        self.emulator.calls("StreamLogs", 1)  # its record may be added after its reply, and must not count below
        self.do(client.close())
        self.assertTrue(self.emulator.calls("StreamLogs", 2)[-1]["cancelled"])

    def test_several_followers(self):
        box = self.start_main("popular", self.LINE)
        readers = [self.logs(box, follow=True) for _ in range(5)]
        for chunks in readers:
            self.until(chunks, b"first\n")
        self.assertEqual(self.shell_in(box, "touch go"), ("", 0))
        for chunks in readers:
            self.until(chunks, b"second\n")

    def test_follow_ends_with_the_box(self):
        box = self.start_main("ending", self.LINE)
        chunks = self.logs(box, follow=True)
        self.until(chunks, b"first\n")
        self.destroy_main(box)
        self.assertEqual(list(chunks), [])

    def test_log_so_far(self):
        box = self.start_main("said", "seq 1 20000; echo said > said; exec sleep 1000")
        self.assertEqual(self.shell_in(box, "until [ -e said ]; do sleep 0.02; done"), ("", 0))
        expected = "".join(f"{n}\n" for n in range(1, 20_001)).encode()
        self.until_equal(box, expected)

    def until_equal(self, box, expected):
        """Waits for the log, which may be written later than the files."""
        while (said := b"".join(self.logs(box, follow=False))) != expected:
            self.assertTrue(expected.startswith(said), f"{len(said)} bytes")

    def test_a_server_without_logs(self):
        box = self.start_main("none", self.LINE)
        self.emulator.add_faults({"rpc": "StreamLogs", "code": cases.UNIMPLEMENTED, "message": "no logs here"})
        error = self.refuses(self.class_of_unimplemented, cases.UNIMPLEMENTED, lambda: self.first_of_logs(box))
        self.assertIn("no logs here", error.message)
