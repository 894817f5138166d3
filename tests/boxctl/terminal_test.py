"""boxctl on a terminal: exec -it, shell, colours, and restoring the terminal after failures."""

import contextlib
import os
import signal
import tempfile
import time

import boxctl
from boxctl import emulator


class Commands(boxctl.Case):
    def test_typing_and_resizing(self):
        terminal = self.on_terminal("exec", "-it", self.box(), "--", "sh", cols=91, rows=33)
        self.prompt(terminal)
        terminal.type("stty size\r")
        terminal.wait_for("33 91\r\n")
        terminal.type("echo $TERM\r")
        terminal.wait_for("xterm\r\n")
        terminal.resize(132, 50)
        terminal.type("until [ \"$(stty size)\" = '50 132' ]; do sleep 0.05; done; stty size\r")
        terminal.wait_for("50 132\r\n")
        terminal.type("exit 17\r")
        self.assertEqual(terminal.wait(), 17)
        self.assertEqual(terminal.mode(), terminal.before)

    def test_ctrl_c_goes_to_the_command(self):
        terminal = self.on_terminal("exec", "-it", self.box(), "--", "sh")
        self.prompt(terminal)
        terminal.type("(echo beg''un; exec sleep 600)\r")
        terminal.wait_for("begun\r\n")
        terminal.type("\x03")
        terminal.wait_for("\\^C")
        self.prompt(terminal)
        terminal.type("exit\r")
        terminal.wait()
        self.assertEqual(terminal.mode(), terminal.before)

    def test_the_command_is_the_foreground_process(self):
        """Keys that raise signals reach the command alone: it goes on, and its exit code counts."""
        keys = {"SIGINT": "\x03", "SIGQUIT": "\x1c"}
        script = ("import signal, sys; names = sys.argv[1:]; signal.pthread_sigmask(signal.SIG_BLOCK, map(signal.Signals.__getitem__,"
                  " names)); print('ready', flush=True); [print('got', signal.Signals(signal.sigwait([signal.Signals[name]])).name,"
                  " flush=True) for name in names]; sys.exit(7)")
        for options in ([], ["-w", "/tmp"], ["-e", "A=b"]):
            terminal = self.on_terminal("exec", "-it", *options, self.box(), "--", "python3", "-c", script, *keys)
            terminal.wait_for("ready")
            for name, key in keys.items():
                terminal.type(key)
                terminal.wait_for(f"got {name}")
            self.assertEqual(terminal.wait(), 7)

    def test_shell(self):
        terminal = self.on_terminal("shell", self.box(), "-w", "/tmp", "-e", "WHAT=so")
        self.prompt(terminal)
        terminal.type("echo $WHAT:$PWD:$0\r")
        terminal.wait_for("so:/tmp:-?\\S*sh\r\n")
        terminal.type("\x04")  # Ctrl-D
        self.assertEqual(terminal.wait(), 0)
        self.assertEqual(terminal.mode(), terminal.before)

    def test_unknown_box(self):
        terminal = self.on_terminal("shell", "nosuch")
        self.assertEqual(terminal.wait(), 125)
        self.assertIn(b"nosuch", terminal.seen)
        self.assertEqual(terminal.mode(), terminal.before)

    def test_exec_without_t_ends_by_ctrl_c(self):
        terminal = self.on_terminal("exec", self.box(), "--", "sh", "-c", "echo begun; exec sleep 600")
        terminal.wait_for("begun")
        terminal.type("\x03")
        self.assertEqual(terminal.wait(), 130)

    def test_t_alone_has_the_size_of_the_terminal(self):
        terminal = self.on_terminal("exec", "-t", self.box(), "--", "stty", "size", cols=77, rows=20)
        terminal.wait_for("20 77\r")
        self.assertEqual(terminal.wait(), 0)

    def test_t_alone_ends_lines_once(self):
        """The terminal adds a CR to each LF: it gets no other one. A CR in a line stays."""
        terminal = self.on_terminal("exec", "-t", self.box(), "--", "sh", "-c", "echo one; stty -onlcr; printf 'a\\rb\\r'; sleep 0.1; echo; printf 'two\\r'")
        self.assertEqual(terminal.wait(), 0)
        self.assertEqual(terminal.seen, b"one\r\na\rb\r\ntwo\r")

    def test_t_alone_on_a_terminal_in_non_blocking_mode(self):
        terminal = self.on_terminal("exec", "-t", self.box(), "--", "seq", "20000")
        os.set_blocking(terminal.slave, False)
        self.assertEqual(terminal.wait(), 0)
        self.assertEqual(terminal.seen.split(), b" ".join(b"%d" % number for number in range(1, 20001)).split())

    def test_killed(self):
        terminal = self.on_terminal("exec", "-it", self.box(), "--", "sh")
        self.prompt(terminal)
        self.assertNotEqual(terminal.mode(), terminal.before)
        terminal.process.kill()
        terminal.process.wait()
        terminal.wait_for_mode(terminal.before)

    def test_terminated(self):
        terminal = self.on_terminal("exec", "-it", self.box(), "--", "sh")
        self.prompt(terminal)
        terminal.process.send_signal(signal.SIGTERM)
        self.assertEqual(terminal.wait(), 143)
        self.assertEqual(terminal.mode(), terminal.before)


class Login(boxctl.Case):
    """The credential is read without showing it."""

    NO_KEY = {"BOXD_API_KEY": None}

    def test_hidden(self):
        terminal = self.on_terminal("login", "--profile", "hidden", env=self.NO_KEY)
        terminal.wait_for("API key for http://\\S+: ")
        terminal.wait_for_other_mode()
        terminal.type(f"wrong\x15{self.emulator.api_key}xy\x7f\b\r")
        self.assertEqual(terminal.wait(), 0)
        self.assertIn(b"hidden: logged in as Emulator User", terminal.seen)
        self.assertNotIn(self.emulator.api_key.encode(), terminal.seen)
        self.assertEqual(terminal.mode(), terminal.before)
        self.boxctl("ls", "--profile", "hidden", env=self.NO_KEY)

    def test_interrupted(self):
        for how in ("\x03", signal.SIGTERM):
            terminal = self.on_terminal("login", env=self.NO_KEY)
            terminal.wait_for("API key for ")
            terminal.wait_for_other_mode()
            if isinstance(how, str):
                terminal.type(how)
            else:
                terminal.process.send_signal(how)
            self.assertEqual(terminal.wait(), 130 if isinstance(how, str) else 143)
            self.assertEqual(terminal.mode(), terminal.before)


class Looks(boxctl.Case):
    def test_tables_fit(self):
        name = self.box("--label", "x=y")
        for cols in (40, 30, 24):
            terminal = self.on_terminal("ls", cols=cols, env={"NO_COLOR": "1"})
            terminal.wait()
            lines = terminal.seen.decode().splitlines()
            self.assertTrue(all(len(line) <= cols for line in lines), lines)
            self.assertIn("\u2026", lines[-1])
            self.assertTrue(any(line.startswith(name[:5]) for line in lines), lines)
        self.assertNotIn("\u2026", self.text("ls"))
        terminal = self.on_terminal("ls", cols=40, env={"NO_COLOR": "1", "LC_ALL": "C"})
        terminal.wait()
        self.assertIn(b"..", terminal.seen)
        self.assertTrue(terminal.seen.isascii())

    def test_the_name_is_kept(self):
        """Other columns are cut first; a name that cannot be whole is cut with them."""
        name = f"{self.box()}-{'n' * 30}"
        self.boxctl("create", "-q", "--wait", name)
        self.addCleanup(self.boxctl, "rm", "-f", name)
        for cols, whole in ((60, True), (30, False)):
            terminal = self.on_terminal("ls", cols=cols, env={"NO_COLOR": "1"})
            terminal.wait()
            text = terminal.seen.decode()
            self.assertEqual(name in text, whole, text)
            self.assertIn("\u2026", text)
            self.assertTrue(all(len(line) <= cols for line in text.splitlines()), text)
        self.boxctl("exec", name, "touch", "file-with-a-long-name")  # the last column
        terminal = self.on_terminal("fs", "ls", name, cols=40)
        terminal.wait()
        self.assertRegex(terminal.seen.decode(), "\n-[^\n]*\u2026[^\n]* file-with-a-long-name\r\n")

    def test_a_call_that_ends_at_once_shows_no_waiting(self):
        begin = time.monotonic()
        terminal = self.on_terminal("rm", "nosuch")
        terminal.wait()
        if time.monotonic() < begin + 0.5:
            self.assertNotIn(b"waiting", terminal.seen)
        name = self.box()
        self.emulator.add_faults({"rpc": "SuspendVm", "delay_ms": 1500, "count": 1})
        terminal = self.on_terminal("suspend", name)
        terminal.wait()
        self.assertTrue(terminal.seen.startswith(f"waiting for {name} ...\r\033[K".encode()), terminal.seen)

    def test_colours(self):
        name = self.box()
        terminal = self.on_terminal("ls")
        terminal.wait()
        self.assertIn(b"\033[32mrunning", terminal.seen)
        for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
            terminal = self.on_terminal("ls", env=env)
            terminal.wait()
            self.assertIn(name.encode(), terminal.seen)
            self.assertNotIn(b"\033", terminal.seen)


class Crash(boxctl.Case):
    """The service is killed during a command."""

    @classmethod
    def setUpClass(cls):
        pass

    def setUp(self):
        self.numbers = iter(range(10))
        self.configuration = self.enterContext(tempfile.TemporaryDirectory())
        stack = contextlib.ExitStack()
        directory = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))  # the killed emulator cannot remove it
        self.emulator = emulator.Emulator("--state-dir", directory)
        stack.enter_context(contextlib.suppress(emulator.EmulatorError))  # it does not exit cleanly, because it is killed
        stack.enter_context(self.emulator)
        self.addCleanup(stack.close)

    def box(self, *options):
        self.boxctl("create", "-q", "--wait", "lost")
        return "lost"

    def test_the_terminal_is_restored(self):
        terminal = self.on_terminal("exec", "-it", self.box(), "--", "sh")
        self.prompt(terminal)
        os.kill(self.emulator.process.pid, signal.SIGKILL)
        self.assertEqual(terminal.wait(), 125)
        self.assertIn(b"boxctl: ", terminal.seen)
        self.assertEqual(terminal.mode(), terminal.before)


if __name__ == "__main__":
    emulator.run(__name__)
