"""Usability of boxctl: unusual command lines, error messages, and how results are shown."""

import os
import re
import signal
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

    def test_command_of_a_new_box(self):
        for option in ("-c", "--nonsense"):
            self.fails(2, "create", "one", "sh", option, "exit", say=f"unknown option {option}; put -- before a "
                       "command with options: create NAME -- sh -c LINE")
        self.fails(2, "ls", "-c", say="unknown option -c\n")
        self.fails(2, "create", "one", "sh", say="unexpected argument \"sh\"; a box has one name. For a command: `boxctl create one -- sh`; for"
                   " an image: `boxctl create one --image sh`\n")
        self.fails(2, "create", "--name", "one", say="the name is an argument: `boxctl create NAME`\n")
        self.fails(2, "create", "one", "--", say="missing COMMAND after --\n")
        name = self.text("create", "-q", "--", "sh", "-c", "echo of sh; exec sleep 600").strip()
        self.addCleanup(self.boxctl, "rm", name)
        self.assertNotEqual(name, "sh")
        self.assertIn("of sh", self.text("logs", name))

    def test_options_after_the_box_of_exec(self):
        """Options stand before the command, on either side of the box; "--" before the command is not a part of the command."""
        name = self.box()
        line = "printf '%s|' \"$A\" \"$PWD\" \"$@\""
        for words in (("-e", "A=1", "-w/tmp", name), (name, "-e", "A=1", "-w", "/tmp"), ("-eA=1", name, "--workdir=/tmp"),
                      ("--", name, "-e", "A=1", "-w", "/tmp")):
            for mark in ((), ("--",)):
                self.assertEqual(self.text("exec", *words, *mark, "sh", "-c", line, "sh", "--", "-e", "--json"),
                                 "1|/tmp|--|-e|--json|", words)
        self.boxctl("exec", name, "--timeout", "1m", "true")
        self.boxctl("exec", name, "ls -l", code=127)
        self.assertIn('boxctl: "ls -l" is one word; to run a line with a shell: boxctl exec BOX -- sh -c LINE\n', self.err)
        self.boxctl("exec", name, "--", "-it", code=127)
        self.fails(125, "exec", name, "--nonsense", "true", say="unknown option --nonsense\n")
        self.fails(125, "exec", name, "-it", say="missing argument; usage: boxctl exec BOX [--] COMMAND...")

    def test_similar_names(self):
        for words, similar in ((("craete",), '"create"'), (("disk", "lst"), '"disk ls"'), (("run",), '"create" or "exec"'), (("snapshots", "ls"), None),
                               (("ls", "--jsn"), "--json"), (("create", "-json"), "--json"), (("exec", "--worker"), "--workdir"),
                               (("--timeuot", "1", "ls"), "--timeout"), (("zzzzzz",), None), (("ls", "--zzzzzz"), None)):
            with self.subTest(words):
                self.boxctl(*words, code=125 if words[0] == "exec" else 2)
                self.assertEqual(self.err.count("did you mean"), similar is not None, self.err)
                self.assertIn(f"; did you mean {similar}?\n" if similar else "", self.err)

    def test_words_of_other_tools(self):
        self.assertEqual(self.text("disk", "list", "--help"), self.text("disk", "ls", "--help"))
        self.assertEqual(self.text("snapshot", "delete", "--help"), self.text("snapshot", "rm", "--help"))
        for line, lines in (("top", ["exec -it BOX -- top"]), ("cat web:f", ["fs cat"]), ("mkdir web:d", ["fs mkdir"]), ("mv a b", ["fs mv", "rename"]),
                            ("fs cp a web:", ["cp"]), ("job attach web j", ["job logs -f"]), ("scp a web:", ["cp"]), ("auth status", ["whoami"]),
                            ("box ls", ["ls"]), ("machine show web", ["show"]), ("containers", ["ls"]), ("backup", ["checkpoint create", "snapshot create"]),
                            ("update", ["resize", "timeout", "label"])):
            self.fails(2, *line.split(), say="; did you mean " + " or ".join(f'"{each}"' for each in lines).replace(" or ", ", ", len(lines) - 2) + "?\n")
        self.fails(2, "disk", "nonsense", say="; `boxctl disk --help` lists the commands\n")

    def test_harmful_commands_are_not_guessed(self):
        """A command that ends or removes something is suggested only for a word that is almost the same."""
        for word, similar in (("stp", '"stop"'), ("stopp", '"stop"'), ("destory", '"destroy"'), ("atop", None), ("rn", None), ("kil", None), ("delt", None)):
            self.boxctl(word, code=2)
            self.assertEqual("did you mean" in self.err, similar is not None, self.err)
            self.assertIn(f"; did you mean {similar}?\n" if similar else "", self.err)

    def test_arguments_that_are_too_many(self):
        for line, say in (("ls web:tree", "for files of boxes: `boxctl fs ls web:tree`"), ("ls /tmp", "`boxctl fs ls BOX:/tmp`"),
                          ("ls web", "for one box: `boxctl show web`; for its files: `boxctl fs ls web:`"), ("ls disks", "did you mean `boxctl disk ls`?"),
                          ("get box web", "did you mean `boxctl show web`?"), ("ssh web ls", "to run a command: `boxctl exec web -- ls`"),
                          ("ssh web ls -l", "to run a command: `boxctl exec BOX -- COMMAND`"), ("login lab", "to name its profile: `boxctl login --profile NAME`"),
                          ("logs web build", "for the output of a job: `boxctl job logs web build`"), ("whoami x", "usage: boxctl whoami\n")):
            self.fails(125 if line.startswith("ssh") else 2, *line.split(), say=say)
        self.fails(3, "get", "boxes", say="boxctl: to list boxes: `boxctl ls`\n")
        self.fails(3, "get", "disks", say="boxctl: to list disks: `boxctl disk ls`\n")

    def test_operands_in_another_order(self):
        for line, order in (("port expose 8000 web", "port expose BOX PORT"), ("port rm 8000 web", "port rm BOX PORT..."),
                            ("proxy create 3000 app web", "proxy create BOX NAME PORT"), ("proxy set 3000 web", "proxy set BOX [NAME] PORT")):
            self.fails(2, *line.split(), say=f"; usage: boxctl {order}\n")
        self.fails(2, "port", "expose", "web", "x", say='invalid port "x": must be from 1 to 65535\n')
        name = self.box()
        for line, order in ((f"job wait build {name}", "job wait BOX ID"), (f"proxy create app {name} 3000", "proxy create BOX NAME PORT"),
                            (f"proxy set app {name} 3000", "proxy set BOX [NAME] PORT"), (f"rename new {name}", "rename BOX NAME")):
            self.boxctl(*line.split(), code=125 if "wait" in line else 3)
            self.assertRegex(self.err, f'^boxctl: there is no box with the name or id "[a-z]+"; `boxctl ls` shows all boxes\nboxctl: usage: boxctl {re.escape(order)}\n$')
        for line in ("exec nosuch true", "job ls nosuch", "start nosuch"):
            self.boxctl(*line.split(), code=125 if "exec" in line else 3)
            self.assertNotIn("usage:", self.err)

    def test_each_message_is_printed_once(self):
        name = self.box()
        self.fails(1, "create", name, say=f'a VM named "{name}" already exists; --reuse uses the existing box\n')
        self.assertEqual(self.err.count("\n"), 1, self.err)
        self.emulator.add_faults({"rpc": "CreateVm", "code": 14, "after": True})
        self.fails(5, "create", "lost", say="; the box may exist: `boxctl ls` shows it\n")
        self.assertEqual(self.err.count("\n"), 1, self.err)
        self.boxctl("rm", "-f", "lost")
        self.fails(2, "create", "X Y", say='the box\'s name "X Y" is invalid; use')

    def test_names_or_whole_objects(self):
        for words in (("ls", "--json", "-q"), ("-q", "rm", "web", "--json"), ("--json", "-q", "ls")):
            self.fails(2, *words, say="--json and --quiet cannot be combined")

    def test_groups_and_aliases_in_the_help(self):
        self.assertEqual(re.findall(r"(?m)^  fs  .*$", self.text("--help")), ["  fs            ls, stat, cat, mkdir, rm, mv"])
        groups = re.findall(r"(?m)^  ([a-z]+) ", self.text("--help"))
        self.assertEqual(len(groups), len(set(groups)), groups)
        self.assertIn("\nAliases: port create, port add\n", self.text("port", "expose", "--help"))

    def test_durations(self):
        name = self.box()
        for text, seconds in (("90", 90), ("1m30s", 90), ("1.5m", 90), ("0.5h", 1800), ("1d", 86400), ("2h30m", 9000), ("3000ms", 3),
                              ("never", 0)):
            self.assertEqual(self.json("timeout", name, "--auto-suspend", text)["auto_suspend_timeout_s"], seconds, text)
        for text in ("", "1x", "1m1m", "1s1m", "1.2.3", "-1", "1 s", "1500ms", "99999999999", "1m30"):
            self.fails(2, "timeout", name, "--auto-suspend", text, say=f"invalid value \"{text}\" for --auto-suspend")
        self.boxctl("ls", "--timeout", "0")
        self.fails(2, "ls", "--timeout", "0.0001s", say="invalid value")

    def test_help_has_80_columns(self):
        for text in (self.text("--help"), self.text("help", "--all"), self.text("disk", "--help")):
            self.assertEqual([line for line in text.splitlines() if len(line) > 80 or line != line.rstrip()], [])
        self.assertGreater(self.text("help", "--all").count("\nUsage: boxctl "), 30)

    def test_standard_input_is_not_a_terminal(self):
        self.fails(125, "exec", "-it", "one", "--", "true", say="standard input is not a terminal: use -i without -t")
        self.fails(125, "shell", "one", say="standard input is not a terminal: to run a script, use "
                   "`boxctl exec -i BOX -- sh`")


class Shown(boxctl.Case):
    """How results are printed for people."""

    def test_show_has_readable_dates_and_sizes(self):
        name = self.box("--auto-suspend", "90", "--label", "a=1", "--label", "b=2", "--network", "red", "--network", "blue")
        lines = dict(line.split(":", 1) for line in self.text("show", name).splitlines())
        self.assertRegex(lines["created"], r"^ +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(\d+ seconds? ago\)$")
        self.assertEqual(lines["memory"].strip(), "8 GiB")
        self.assertEqual(sorted(lines["labels"].strip().split(", ")), ["a=1", "b=2"])
        self.assertEqual(lines["networks"].strip(), "red, blue")
        self.assertEqual(lines["auto_suspend_timeout"].strip(), "1m30s")
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


class Options(boxctl.Case):
    """Global options."""

    def test_verbose_and_trace(self):
        self.boxctl("ls", "--trace", "--no-token-cache")
        self.assertRegex(self.err, r"(?m)^boxctl: \d\d:\d\d:\d\d\.\d{3} POST /api/v1/auth/token: ok \(200\), \d+\.\d ms, \d+ B sent, ")
        self.assertRegex(self.err, r"(?m)^boxctl: \S+ ListVms: ok, \d+\.\d ms, \d+ B sent, \d+ B received, ipv4:127.0.0.1:\d+$")
        self.boxctl("show", "nosuch", "--trace", code=3)
        self.assertRegex(self.err, r"(?m)^boxctl: \S+ GetVm: not found, ")
        self.boxctl("-v", "ls")
        self.assertRegex(self.err, r"(?m)^boxctl: info: a connection to ")
        self.assertNotIn("debug:", self.err)
        self.boxctl("ls", "-vv")
        self.assertIn("boxctl: debug: ", self.err)
        self.assertNotIn(self.emulator.api_key, self.err)

    def test_volume_has_the_letter_of_verbose(self):
        self.fails(2, "create", "-v", "data", say="invalid volume \"data\"")

    def test_proxy(self):
        dead = f"http://127.0.0.1:{emulator.dead_port()}"
        words = ("ls", "--api-url", "http://service.invalid:1", "--timeout", "5s")
        self.fails(5, *words, "--proxy", dead, say=f"the proxy {dead}", env={"BOXD_TOKEN": "x"})
        self.assertIn("the option --proxy", self.err)
        self.fails(2, *words, "--proxy", "nonsense://x", say="--proxy")

    def test_color(self):
        self.box()
        self.assertIn("\033[32mrunning", self.text("ls", "--color", "always"))
        self.assertIn("\033[32mrunning", self.text("ls", "--color=always", env={"NO_COLOR": "1"}))
        self.assertNotIn("\033", self.text("ls", "--color", "auto"))
        self.fails(2, "ls", "--color", "some", say="must be auto, always or never")

    def test_one_error_once(self):
        dead = f"http://127.0.0.1:{emulator.dead_port()}"
        self.fails(5, "stop", "a", "b", "c", "--api-url", dead, say="nothing listens")
        self.assertEqual((self.err.count("nothing listens"), self.err.count("the same error for ")), (1, 2))
        self.fails(4, "stop", "a", "b", say="the same error for b\n", env={"BOXD_API_KEY": "wrong"})

    def test_client_certificate(self):
        self.fails(2, "ls", "--client-cert", "x", say="--client-cert and --client-key must be given together")


class Descriptors(boxctl.Case):
    def closed(self, redirection, *words):
        """Runs boxctl from a shell that closes standard descriptors."""
        script = f'exec "$0" "$@" {redirection}'
        return subprocess.run(["sh", "-c", script, boxctl.binary, *words], env=self.environment(), capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=boxctl.RUN_LIMIT_SECS)

    def test_closed_output_is_a_failure(self):
        """A command whose output is lost fails and says so, and does not make what it cannot show."""
        name = self.box()
        for words, code, say in (
            (("ls",), 1, b"cannot write to standard output: Bad file descriptor"), (("ls", "--json"), 1, b"cannot write"),
            (("ls", "-q"), 1, b"cannot write"), (("show", name), 1, b"cannot write"), (("--help",), 1, b"cannot write"),
            (("help", "ls"), 1, b"cannot write"), (("--version",), 1, b"cannot write"), (("stop", name), 1, b"; the action itself was carried out"),
            (("start", name, "--json"), 1, b"carried out"), (("label", name, "a=b"), 1, b"cannot write"),
            (("create", "-q", "unseen"), 1, b"carried out"), (("rm", "unseen"), 1, b"carried out"), (("api", "Whoami"), 1, b"the reply cannot be printed; nothing was created"), (("doctor",), 1, b"cannot write"),
            (("logs", name), 0, b""), (("stop", "-q", name), 0, b""), (("start", "-q", name), 0, b""),
            (("token", "create"), 1, b"nothing was created"), (("create", "-q"), 1, b"the name of the box cannot be printed; nothing was created: give a NAME"),
            (("fork", name), 1, b"nothing was created"), (("job", "start", name, "true"), 1, b"nothing was created: give an id with --id"),
            (("exec", "-d", name, "true"), 125, b"nothing was created"), (("job", "start", "--id", "known", name, "true"), 1, b"carried out"),
            (("exec", name, "true"), 125, b"the command was not run"),
            (("show", "nosuch"), 3, b"nosuch"),
        ):
            with self.subTest(words):
                done = self.closed(">&-", *words)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(say, done.stderr)
                self.assertLessEqual(done.stderr.count(b"\n"), 1)
        self.assertEqual((self.text("ls", "-q"), self.text("job", "ls", "-q", name)), (f"{name}\n", "known\n"))
        tokens = {"BOXD_TOKEN": self.emulator.token()}
        before = self.text("token", "ls", "-q", env=tokens)
        self.closed(">&-", "token", "create")
        self.assertEqual(self.text("token", "ls", "-q", env=tokens), before)

    def test_full_disk(self):
        name = self.box()
        for words, code, say in (
            (("ls",), 1, b"No space left on device"), (("disk",  "ls"), 1, b"No space"), (("exec", name, "echo", "x"), 125, b"No space"),
            (("token", "create"), 1, b"the token was created, but could not be printed: No space left on device; its id is "),
            (("create",), 1, b"the action itself was carried out: the name of the box is "), (("create", "-q"), 1, b": the name of the box is "),
            (("fork", "--json", name), 1, f": the name of the box is {name}-fork\n".encode()),
            (("job", "start", name, "true"), 1, b"the action itself was carried out: the id of the job is true-"),
            (("exec", "-d", name, "/bin/sleep", "0"), 125, b": the id of the job is sleep-"),
        ):
            with self.subTest(words), open("/dev/full", "wb") as full:
                process = self.start(*words, stdout=full)
                err = process.stderr.read()
                self.assertEqual(process.wait(boxctl.RUN_LIMIT_SECS), code)
                self.assertIn(say, err)
                self.assertEqual(err.count(b"\n"), 1, err)
        made = set(self.text("ls", "-q").split()) - {name}
        self.boxctl("rm", *made)
        self.assertEqual(len(made), 3)

    def test_reader_that_leaves(self):
        """As of other programs, the exit code is that of SIGPIPE, without a message. If SIGPIPE is ignored there is a message."""
        def ignore():
            signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        for words, ignored, code, say in ((("ls",), None, 141, b""), (("ls",), ignore, 1, b"cannot write to standard output: Broken pipe\n"),
                                          (("token", "create"), None, 1, b"nothing was created")):
            with self.subTest(words, ignored=ignored):
                read, write = os.pipe()
                os.close(read)
                process = self.start(*words, stdout=write, restore_signals=False,
                                     preexec_fn=ignored or (lambda: signal.signal(signal.SIGPIPE, signal.SIG_DFL)))
                os.close(write)
                err = process.stderr.read()
                self.assertEqual(process.wait(boxctl.RUN_LIMIT_SECS), code, err)
                self.assertTrue(err.endswith(say) if say.endswith(b"\n") else say in err, err)
                self.assertEqual(bool(err), bool(say))

    def test_other_closed_descriptors_act_as_dev_null(self):
        name = self.box()
        both = ("exec", name, "--", "sh", "-c", "echo out; echo err >&2; exit 3")
        for redirection, words, expected in (
            ("2>&-", both, (3, b"out\n", b"")),
            ("<&- 2>&-", both, (3, b"out\n", b"")),
            ("<&-", ("exec", "-i", name, "--", "sh", "-c", "cat; echo end"), (0, b"end\n", b"")),
            ("<&-", ("ls", "-q"), (0, f"{name}\n".encode(), b"")),
            ("2>&-", ("ls", "nonsense"), (2, b"", b"")),
        ):
            with self.subTest(redirection, words=words):
                done = self.closed(redirection, *words)
                self.assertEqual((done.returncode, done.stdout, done.stderr), expected)


if __name__ == "__main__":
    emulator.run(__name__)
