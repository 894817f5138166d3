"""Usability of boxctl: unusual command lines, error messages, and how results are shown."""

import subprocess

import boxctl
from boxctl import emulator

PERMISSION_DENIED = 7


class CommandLine(boxctl.Case):
    """How command lines are read."""

    def test_help_of_a_command_in_any_order(self):
        for name in ("ls", "disk ls", "exec"):
            expected = self.text(*name.split(), "--help")
            for words in (("help", *name.split()), ("-h", *name.split()), ("--help", *name.split(), "more"),
                          ("--json", "help", *name.split()), ("help", *name.split(), "--help")):
                self.assertEqual(self.text(*words), expected, words)
        self.assertEqual(self.text("help", "disk"), self.text("disk", "--help"))
        self.assertEqual(self.text("help", "inspect"), self.text("show", "--help"))
        self.assertEqual(self.text("help", "--help"), self.text("--help"))
        self.fails(2, "help", "nonsense", say="unknown command \"nonsense\"")

    def test_options_of_the_command_of_a_new_box(self):
        for option in ("-c", "--nonsense"):
            self.fails(2, "create", "one", "sh", option, "exit", say=f"unknown option {option}; put -- before a "
                       "command with options: create NAME -- sh -c LINE")
        self.fails(2, "ls", "-c", say="unknown option -c\n")

    def test_options_after_the_box_of_exec(self):
        for words in (("-it", "--", "true"), ("-it", "true"), ("-it",)):
            self.fails(125, "exec", "one", *words, say="option -it must come before BOX: "
                       "boxctl exec -it one -- COMMAND...")
        name = self.box()
        self.boxctl("exec", name, "--", "-it", code=127)  # everything after -- is the command
        self.assertNotIn("must come before", self.err)

    def test_standard_input_is_not_a_terminal(self):
        self.fails(125, "exec", "-it", "one", "--", "true", say="standard input is not a terminal: use -i without -t")
        self.fails(125, "shell", "one", say="standard input is not a terminal: to run a script, use "
                   "`boxctl exec -i BOX -- sh`")


class Shown(boxctl.Case):
    """How results are printed for people."""

    def test_show_has_readable_dates_and_sizes(self):
        name = self.box("--auto-suspend", "90")
        lines = dict(line.split(":", 1) for line in self.text("show", name).splitlines())
        self.assertRegex(lines["created"], r"^ +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$")
        self.assertEqual(lines["memory"].strip(), "8 GiB")
        self.assertEqual(lines["auto_suspend_timeout"].strip(), "90 s")
        self.assertEqual(lines["auto_destroy_timeout"].strip(), "off")
        self.assertRegex(lines["boot_time"], r"^ +\d+ ms$")
        self.assertEqual(lines["vcpu"].strip(), "2")
        self.assertEqual([key for key in lines if key.endswith(("_ms", "_bytes", "_s"))], [])
        shown = self.json("show", name)
        self.assertEqual((shown["memory_bytes"], shown["auto_suspend_timeout_s"]), (8 << 30, 90))
        self.assertIsInstance(shown["created_at_ms"], int)

    def test_domain_ls_has_names(self):
        name = self.box()
        self.boxctl("domain", "bind", name, "www.example.com")
        self.assertRegex(self.text("domain", "ls"), rf"(?m)^www\.example\.com +{name} ")
        row = self.json("domain", "ls")[0]
        self.assertEqual((row["box"], row["box_id"]), (name, self.json("show", name)["id"]))
        self.addCleanup(self.emulator.clear_faults)
        self.emulator.add_faults({"rpc": "ListVms", "code": PERMISSION_DENIED, "message": "not this"})
        self.assertEqual(self.json("domain", "ls")[0]["box"], row["box_id"])

    def test_token_create_prints_the_id(self):
        token = self.text("token", "create").strip()
        jti = self.err.split("the id of the token is ")[1].split(";")[0]
        self.assertIn(jti, self.text("token", "ls", "-q").split())
        self.assertEqual(self.text("token", "revoke", jti), f"{jti}\n")
        self.fails(4, "ls", say="token", env={"BOXD_TOKEN": token, "BOXD_API_KEY": None})
        self.boxctl("token", "create", "-q")
        self.assertEqual(self.err, "")


class Descriptors(boxctl.Case):
    def closed(self, redirection, *words):
        """Runs boxctl from a shell that closes standard descriptors."""
        script = f'exec "$0" "$@" {redirection}'
        return subprocess.run(["sh", "-c", script, boxctl.binary, *words], env=self.environment(), capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=boxctl.RUN_LIMIT_SECS)

    def test_closed_descriptors_act_as_dev_null(self):
        name = self.box()
        both = ("exec", name, "--", "sh", "-c", "echo out; echo err >&2; exit 3")
        for redirection, words, expected in (
            (">&-", both, (3, b"", b"err\n")),
            ("2>&-", both, (3, b"out\n", b"")),
            ("<&- >&- 2>&-", both, (3, b"", b"")),
            ("<&-", ("exec", "-i", name, "--", "sh", "-c", "cat; echo end"), (0, b"end\n", b"")),
            ("<&-", ("ls", "-q"), (0, f"{name}\n".encode(), b"")),
            ("2>&-", ("ls", "nonsense"), (2, b"", b"")),
        ):
            with self.subTest(redirection, words=words):
                done = self.closed(redirection, *words)
                self.assertEqual((done.returncode, done.stdout, done.stderr), expected)


if __name__ == "__main__":
    emulator.run(__name__)
