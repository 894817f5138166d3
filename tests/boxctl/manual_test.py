"""The manual pages and completions of boxctl. What a machine has no program for is skipped."""

import glob
import os
import re
import shutil
import subprocess
import tempfile

import boxctl
from boxctl import emulator


def run(*command, **how):
    return subprocess.run(command, capture_output=True, timeout=boxctl.RUN_LIMIT_SECS, **how)


class Manual(boxctl.Case):
    def test_pages(self):
        with tempfile.TemporaryDirectory() as folder:
            self.boxctl("man", "--output", folder)
            pages = glob.glob(os.path.join(folder, "*.1"))
            names = {os.path.basename(page) for page in pages}
            self.assertLess({"boxctl.1", "boxctl-ls.1", "boxctl-disk.1", "boxctl-disk-create.1"}, names)
            self.assertEqual(len([name for name in names if "__" in name]), 0)
            if shutil.which("mandoc"):
                done = run("mandoc", "-T", "lint", "-W", "warning", *pages)
                found = [line for line in done.stdout.decode().splitlines() if "missing date" not in line]
                self.assertEqual((found, done.stderr), ([], b""))
            if shutil.which("groff"):
                for page in (os.path.join(folder, name) for name in ("boxctl.1", "boxctl-create.1", "boxctl-disk.1")):
                    done = run("groff", "-ww", "-man", "-Tutf8", "-P-c", page)
                    self.assertEqual((done.returncode, done.stderr), (0, b""))
            self.boxctl("man", "--output", os.path.join(folder, "share", "man1", ""))
            self.assertEqual(set(os.listdir(os.path.join(folder, "share", "man1"))), names)
            self.fails(1, "man", "--output", os.path.join(folder, "boxctl.1", "x"), say="boxctl.1/x: Not a directory")

    def test_a_page_has_the_text_of_the_help(self):
        page = self.text("man", "create")
        for text in (".TH BOXCTL\\-CREATE 1 ", "boxctl\\-create \\- Create a box", "\\fB\\-e\\fP, \\fB\\-\\-env\\fP \\fINAME=VALUE\\fP\n"
                     "set an environment variable", "\\-\\- sh \\-c \\(aqexec server\\(aq\n"):
            self.assertIn(text, page)
        self.assertIn("BOXD_API_KEY", self.text("man"))
        self.assertIn("disk attach", self.text("man", "disk"))
        self.fails(2, "man", "craete", say="did you mean \"create\"?")


class Completion(boxctl.Case):
    def test_candidates(self):
        """What is offered for the last word."""
        name, other = self.box(), self.box()
        self.boxctl("disk", "create", "data", "1G")
        self.boxctl("proxy", "create", name, "app", "80")
        self.boxctl("checkpoint", "create", name, "before", "--wait")
        self.boxctl("domain", "bind", name, "www.example.com")
        self.boxctl("job", "start", "--id", "build", name, "true")
        self.boxctl("exec", name, "--", "sh", "-c", "mkdir tree && touch tree/a.c 'tree/a b' \"$(printf 'tree/a\\nx')\"")
        boxes = [name, other]
        for words, expected in (
            (("cr",), ["create"]), (("disk", "c"), ["create"]), (("disk", "attach", "d"), ["data"]), (("disk", "attach", "data", "box"), boxes),
            (("show", "box"), boxes), (("start", name, "box"), boxes), (("show", name, ""), []), (("--json", "show", "box"), boxes),
            (("exec", "-e", "A=b", "box"), boxes), (("exec", name, ""), []), (("exec", name, "-"), None), (("create", "--wa"), ["--wait"]),
            (("create", "x", "--", "--"), []), (("--color", "a"), ["auto", "always"]), (("ls", "--color", ""), ["auto", "always", "never"]),
            (("help", "di"), ["disk"]), (("help", "disk", "r"), ["rm"]), (("completion", ""), ["bash", "zsh", "fish"]), (("--ca-file", ""), [":files"]),
            (("cp", "box"), [":files", ":nospace", f"{name}:", f"{other}:"]), (("cp", f"{name}:tree/a"), [":nospace", f"{name}:tree/a b", f"{name}:tree/a.c"]),
            (("cp", "x", name, ":", "tr"), [":nospace", "tree/"]), (("cp", name, ":"), [":nospace", "tree/"]),  # as bash splits words
            (("fs", "ls", f"{name}:tree/"), [":nospace", f"{name}:tree/a b", f"{name}:tree/a.c"]), (("cp", "nosuch:a"), [":nospace"]), (("cp", f"./{name}:"), [":files", ":nospace"]),
            (("ls", "--color=al"), ["--color=always"]), (("ls", "--color", "=", "al"), ["always"]), (("nonsense", ""), []), ((), []),
            (("proxy", "rm", name, ""), ["app"]), (("checkpoint", "rm", name, "x", "b"), ["before"]), (("domain", "unbind", ""), ["www.example.com"]),
            (("job", "wait", name, ""), ["build"]), (("job", "wait", "nosuch", ""), []), (("checkpoint", "restore", name, "x", ""), []),
        ):
            with self.subTest(words):
                lines = self.text("__complete", *words).splitlines()
                self.assertEqual(self.err, "")
                if expected is not None:
                    self.assertCountEqual([line.split("\t")[0] for line in lines], expected)
        self.assertEqual(self.text("__complete", "show", name), f"{name}\trunning\n")
        for env in ({"BOXD_API_KEY": None}, {"BOXD_API_KEY": "wrong"}, {"BOXD_API_URL": f"http://127.0.0.1:{emulator.dead_port()}"}):
            self.assertEqual((self.text("__complete", "show", "", env=env), self.err), ("", ""))

    def test_shells(self):
        """The scripts, in each shell that is installed."""
        name = self.box()
        self.boxctl("exec", name, "mkdir", "my dir")
        path = {"PATH": f"{os.path.dirname(boxctl.binary)}:{os.environ['PATH']}"}
        with tempfile.TemporaryDirectory() as folder:
            scripts = {}
            for shell in ("bash", "zsh", "fish"):
                scripts[shell] = os.path.join(folder, shell)
                with open(scripts[shell], "wb") as file:
                    file.write(self.boxctl("completion", shell))
                if shutil.which(shell):
                    done = run(shell, "-n", scripts[shell])
                    self.assertEqual((done.returncode, done.stderr), (0, b""))
            if shutil.which("fish"):
                for word, expected in (("show ", f"{name}\trunning"), (f"cp {name}:my\\ ", f"{name}:my dir/"), (f"cp '{name}:my", f"{name}:my dir/")):
                    done = run("fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", scripts["fish"], f"boxctl {word}",
                               env=self.environment(HOME=folder, **path))
                    self.assertEqual(done.stdout.decode(), f"{expected}\n", done.stderr)

    def test_keys_in_a_shell(self):
        """What the tab key makes of a line in bash and zsh: the command gets names with blanks as they are."""
        name = self.box()
        self.boxctl("exec", name, "--", "sh", "-c", "mkdir 'my dir' && touch 'my dir/a b' 'my dir/$c'")
        with tempfile.TemporaryDirectory() as folder:
            open(os.path.join(folder, "lo cal"), "wb").close()
            env = {"PATH": f"{os.path.dirname(boxctl.binary)}:{os.environ['PATH']}", "HOME": folder, "PS1": "> ", "HISTFILE": ""}
            for shell in (["bash", "--norc", "--noprofile"], ["zsh", "-f"]):
                if not shutil.which(shell[0]):
                    continue
                with open(os.path.join(folder, shell[0]), "wb") as script:
                    script.write(self.boxctl("completion", shell[0]))
                terminal = self.program_on_terminal(*shell, "-i", env=env, cwd=folder)
                load = "autoload -U compinit; compinit -D -u; zstyle ':completion:*' menu no; " if shell[0] == "zsh" else ""
                terminal.type(f"{load}show() {{ printf '<%s>' \"$@\"; }}; . ./{shell[0]}; echo load''ed\r")
                terminal.wait_for("loaded\r")
                for line, shown in (("sho", "show"), (f"cp {name}:my", f"{name}:my dir/"), (f"cp {name}:my\\ dir/a", f"{name}:my dir/a b"),
                                    (f"cp {name}:my\\ dir/\\$", f"{name}:my dir/$c"), ("cp lo", "lo cal"), ("--ca-file lo", "lo cal")):
                    with self.subTest(shell[0], line=line):
                        terminal.type(f"boxctl {line}\t\x01show \x05\r")
                        terminal.wait_for(f"<boxctl>(<cp>|<--ca-file>)?<{re.escape(shown)}>")

    def test_unknown_shell(self):
        self.fails(2, "completion", "tcsh", say="unknown shell \"tcsh\": must be bash, zsh or fish")


if __name__ == "__main__":
    emulator.run(__name__)
