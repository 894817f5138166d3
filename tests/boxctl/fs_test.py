"""boxctl fs and boxctl sync: the files of boxes."""

import base64
import os
import time

import files
from boxctl import emulator

KEYS = {"name", "path", "type", "size_bytes", "mode", "permissions", "user", "group", "modified_at_ms", "target"}


class Look(files.Case):
    """ls, stat, cat."""

    def setUp(self):
        super().setUp()
        self.in_box("mkdir -p dir/sub '[id]' empty; ln -s dir link; ln -s nowhere dangling; printf 12345 >dir/file; touch '[id]/x' .hidden"
                    " \"$(printf 'new\\nline')\"; chmod 4750 dir/file; mkfifo dir/fifo; touch -d @1600000000.25 dir/file")

    def names(self, *words, **how):
        return self.text("fs", "ls", "-q", *words, **how).splitlines()

    def test_ls(self):
        top = [".hidden", "[id]", "dangling", "dir", "empty", "link", "new\\x0Aline"]
        for word in (self.name, f"{self.name}:", f"{self.name}:.", f"{self.name}:/home/boxd/", f"{self.name}:~"):
            self.assertEqual(self.names(word), top, word)
        for word in ("dir", "dir/", "link", "/home/boxd/link/."):
            self.assertEqual(self.names(f"{self.name}:{word}"), ["fifo", "file", "sub"], word)
        self.assertEqual(self.names(f"{self.name}:[id]"), ["x"])
        self.assertEqual(self.names(f"{self.name}:empty"), [])
        self.assertEqual(self.names(f"{self.name}:d*/f*"), [f"{self.name}:/home/boxd/dir/fifo", f"{self.name}:/home/boxd/dir/file"])
        self.assertIn("etc", self.names(f"{self.name}:/"))
        text = self.text("fs", "ls", f"{self.name}:dir", f"{self.name}:.hidden", f"{self.name}:link")
        self.assertRegex(text, r"^PERMISSIONS +SIZE +MODIFIED +NAME\n-rw-r--r-- +0 B .* files0:\.hidden\n\nfiles0:dir:\nPERMISSIONS ")
        self.assertRegex(text, r"(?m)^-rwsr-x--- +5 B +\d+ years ago +file\n")
        self.assertRegex(text, r"(?m)^drwxr-xr-x +- +\d+ seconds? ago +sub/\n")
        self.assertIn(" dangling -> nowhere\n", self.text("fs", "ls", self.name))
        self.assertRegex(self.text("fs", "ls", f"{self.name}:dangling"), r"\nl\S+ .* files0:dangling -> nowhere\n$")
        text = self.text("fs", "ls", f"{self.name}:[ld]*")  # links that a pattern matches are shown
        self.assertRegex(text, r"\nl\S+ .*/dangling -> nowhere\nl\S+ .*/link -> dir\n\nfiles0:/home/boxd/dir:\n")
        self.assertEqual(text.count("fifo"), 1)
        self.assertRegex(self.text("fs", "ls", "-d", f"{self.name}:link"), r"\nl\S+ .* files0:link -> dir\n$")

    def test_json(self):
        rows = self.json("fs", "ls", f"{self.name}:dir", f"{self.name}:link/file")
        self.assertEqual([row["name"] for row in rows], ["file", "fifo", "file", "sub"])
        self.assertEqual(rows[2], {
            "name": "file", "path": f"{self.name}:/home/boxd/dir/file", "type": "file", "size_bytes": 5, "mode": "4750",
            "permissions": "-rwsr-x---", "user": "boxd", "group": "boxd", "modified_at_ms": 1600000000250, "target": None})
        self.assertEqual({key for row in rows for key in row}, KEYS)
        self.assertEqual([row["type"] for row in rows], ["file", "pipe", "file", "directory"])

    def test_names_that_are_not_utf_8(self):
        """JSON has the bytes of each name, and text shows them."""
        self.in_box("mkdir odd; cd odd; touch \"$(printf '\\377')\" \"$(printf '\\376')\" ü; ln -s \"$(printf '\\377')\" l")
        rows = self.json("fs", "ls", f"{self.name}:odd")
        self.assertEqual([row["name"] for row in rows], ["l", "ü", "\ufffd", "\ufffd"])
        self.assertEqual([base64.b64decode(row.get("name_base64", "")) for row in rows], [b"", b"", b"\xfe", b"\xff"])
        self.assertEqual(base64.b64decode(rows[3]["path_base64"]), f"{self.name}:/home/boxd/odd/".encode() + b"\xff")
        self.assertEqual((rows[0]["target"], base64.b64decode(rows[0]["target_base64"])), ("\ufffd", b"\xff"))
        self.assertEqual(set(rows[1]), KEYS)
        self.assertEqual(self.names(f"{self.name}:odd"), ["l", "ü", "\\xFE", "\\xFF"])
        self.assertIn(" l -> \\xFF\n", self.text("fs", "ls", f"{self.name}:odd"))
        self.fails(3, "fs", "stat", f"{self.name}:no\udcff", say=":no\\xFF: No such file or directory")
        path = os.fsdecode(base64.b64decode(rows[3]["path_base64"]))
        self.assertEqual(self.json("fs", "stat", path)[0]["name_base64"], rows[3]["name_base64"])
        done, = self.json("fs", "mv", path, f"{path}x")
        self.assertEqual([base64.b64decode(done[key])[-2:] for key in ("path_base64", "to_base64")], [b"/\xff", b"\xffx"])
        self.assertEqual(base64.b64decode(self.json("fs", "rm", f"{path}x")[0]["path_base64"])[-3:], b"/\xffx")

    def test_a_failed_listing_is_not_empty(self):
        """With --json an empty directory is [], and a directory that cannot be listed is nothing."""
        self.in_box("mkdir closed; chmod 0 closed")
        self.assertEqual(self.json("fs", "ls", f"{self.name}:empty"), [])
        for code, words in ((3, ["ls", "nosuch"]), (3, ["ls", "no*"]), (1, ["ls", "closed"]), (3, ["ls", "empty", "nosuch"]), (3, ["stat", "nosuch"]),
                            (3, ["mkdir", "no/such"]), (3, ["rm", "nosuch"]), (3, ["mv", "nosuch", "x"])):
            self.fails(code, "--json", "fs", words[0], *(f"{self.name}:{path}" for path in words[1:]), say=self.name)
        self.assertEqual(len(self.json("fs", "ls", f"{self.name}:[id]", f"{self.name}:nosuch", code=3)), 1)
        box = self.box("-e", "PATH=/home/boxd/bin:/usr/bin:/bin")
        self.in_box("mkdir bin; printf '#!/bin/sh\\necho broken >&2; exit 1' >bin/find; chmod +x bin/find", box)
        for options in ([], ["--json"]):
            self.fails(1, *options, "fs", "ls", box, say=f"{box}:: broken")

    def test_stat(self):
        row, = self.json("fs", "stat", f"{self.name}:link")
        self.assertEqual((row["type"], row["target"], set(row)), ("link", "dir", KEYS))
        self.assertEqual(self.json("fs", "stat", "-L", f"{self.name}:link")[0]["type"], "directory")
        self.assertEqual(self.json("fs", "stat", f"{self.name}:dangling")[0]["target"], "nowhere")
        self.assertRegex(self.text("fs", "stat", f"{self.name}:dir/file", f"{self.name}:dir"),
                         r"(?s)^name: +file\n.*size: +5 B\nmode: +4750\n.*modified: +2020-09-13 .*\n\nname: +dir\n")
        self.assertEqual(self.text("fs", "stat", "-q", f"{self.name}:dir/f*").splitlines(),
                         [f"{self.name}:/home/boxd/dir/fifo", f"{self.name}:/home/boxd/dir/file"])

    def test_cat(self):
        other = self.a_box(1)
        self.in_box("printf 678 >more", other)
        self.assertEqual(self.boxctl("fs", "cat", f"{self.name}:dir/file", f"{self.name}:di?/fil*", f"{other}:more"), b"1234512345678")
        self.assertEqual(self.boxctl("fs", "cat", f"{self.name}:dir/file", f"{self.name}:nosuch", code=3), b"12345")
        self.assertIn("nosuch", self.err)
        self.fails(1, "fs", "cat", f"{self.name}:dir", say="is not a directory")

    def test_failures(self):
        self.in_box("mkdir closed; chmod 0 closed")
        for command in ("ls", "stat", "cat", "rm"):
            self.fails(3, "fs", command, f"{self.name}:nosuch", f"{self.name}:no*", say=":nosuch: No such file or directory")
            self.assertIn(":no*: no file matches", self.err)
            self.fails(3, "fs", command, "nosuch:x", say="\"nosuch\"")
            self.fails(2, "fs", command, "/etc/passwd", say="/etc/passwd is not BOX:PATH")
            self.fails(4, "fs", command, f"{self.name}:x", say="API key", env={"BOXD_API_KEY": "wrong"})
        self.fails(1, "fs", "ls", f"{self.name}:closed", say="closed: Permission denied")
        text = self.text("fs", "ls", f"{self.name}:dir", f"{self.name}:nosuch", code=3)
        self.assertTrue(text.startswith(f"{self.name}:dir:\n"), text)  # several directories were named
        self.fails(1, "fs", "stat", f"{self.name}:closed/x/y", say="closed/x/y: Permission denied")
        self.assertEqual(self.names(f"{self.name}:closed", f"{self.name}:[id]", code=1)[-1], "x")
        self.fails(2, "fs", "stat", self.name, say="is not BOX:PATH")

    def test_boxes_are_not_files(self):
        self.fails(2, "ls", f"{self.name}:/srv", say=f"`boxctl fs ls {self.name}:/srv`")
        self.fails(2, "rm", f"{self.name}:dir", say="`boxctl fs`")
        self.assertEqual(self.json("show", self.name)["status"], "running")


class Change(files.Case):
    """mkdir, rm, mv."""

    def test_mkdir(self):
        other = self.a_box(1)
        self.assertEqual(self.text("fs", "mkdir", f"{self.name}:a", f"{self.name}:-b c", f"{other}:d"),
                         f"{self.name}:a\n{self.name}:-b c\n{other}:d\n")
        self.assertEqual((self.in_box("ls"), self.in_box("ls", other)), ("-b c\na\n", "d\n"))
        out = self.text("fs", "mkdir", f"{self.name}:a", f"{self.name}:x/y", f"{self.name}:e", code=1)
        self.assertEqual(out, f"{self.name}:e\n")
        self.assertIn(":a: mkdir: cannot create directory", self.err)
        self.assertIn(":x/y: the directory /home/boxd/x does not exist; `boxctl fs mkdir -p` makes it\n", self.err)
        self.fails(3, "fs", "mkdir", f"{self.name}:x/y/", say=":x/y/: the directory /home/boxd/x does not exist; `boxctl fs mkdir -p`")
        self.assertEqual(self.json("fs", "mkdir", "-p", f"{self.name}:x/y", f"{self.name}:a"),
                         [{"path": f"{self.name}:/home/boxd/x/y", "action": "created"}, {"path": f"{self.name}:/home/boxd/a", "action": "created"}])
        self.assertEqual(self.boxctl("fs", "mkdir", "-q", f"{self.name}:q"), b"")

    def test_rm(self):
        self.in_box("mkdir -p dir/sub kept; touch -- a.txt b.txt 'c d' -x dir/sub/f kept/f; ln -s kept link")
        self.assertEqual(self.text("fs", "rm", f"{self.name}:*.txt", f"{self.name}:c d", f"{self.name}:-x", f"{self.name}:link").splitlines()[2:],
                         [f"{self.name}:c d", f"{self.name}:-x", f"{self.name}:link"])
        self.assertEqual(self.in_box("ls; ls kept"), "dir\nkept\nf\n")
        self.fails(1, "fs", "rm", f"{self.name}:dir", say="is a directory; use -r")
        self.fails(3, "fs", "rm", f"{self.name}:nosuch", say="No such file")
        self.assertEqual(self.boxctl("fs", "rm", "-f", f"{self.name}:nosuch"), b"")
        for path in ("", "/", ".", "~", "dir/..", "dir/.", "../boxd", "/home/boxd/../boxd", "/home//./boxd/", "/tmp/../home/boxd", "//"):
            self.fails(2, "fs", "rm", "-r", f"{self.name}:{path}", say="is not removed")
        self.in_box("ln -s /home home")
        self.fails(1, "fs", "rm", "-r", f"{self.name}:home/boxd", say="is not removed")
        self.assertEqual(self.boxctl("fs", "rm", "-q", f"{self.name}:home"), b"")
        self.fails(2, "fs", "rm", "-r", self.name, say="is not BOX:PATH")
        self.assertEqual(self.json("fs", "rm", "-r", f"{self.name}:d*"), [{"path": f"{self.name}:/home/boxd/dir", "action": "removed"}])
        self.in_box("mkdir ro; touch ro/f; chmod 555 ro")
        self.fails(1, "fs", "rm", f"{self.name}:ro/f", say="ro/f: rm: cannot remove")

    def test_mv(self):
        self.in_box("mkdir dir p q dir/taken; echo a >a; echo b >b; echo 1 >p/x; echo 2 >q/x; mkdir taken; ln -s nowhere link")
        self.assertEqual(self.text("fs", "mv", f"{self.name}:a", f"{self.name}:c"), f"{self.name}:a -> {self.name}:/home/boxd/c\n")
        self.boxctl("fs", "mv", f"{self.name}:[bc]", f"{self.name}:link", f"{self.name}:dir")
        self.assertEqual(self.in_box("cd dir; cat b c; readlink link"), "b\na\nnowhere\n")
        self.fails(2, "fs", "mv", f"{self.name}:?/x", f"{self.name}:dir", say="would both become /home/boxd/dir/x; nothing was done")
        self.fails(1, "fs", "mv", f"{self.name}:taken", f"{self.name}:dir", say="/home/boxd/dir/taken exists")
        self.fails(1, "fs", "mv", f"{self.name}:dir", f"{self.name}:dir", say="is in the directory itself")
        self.fails(3, "fs", "mv", f"{self.name}:nosuch", f"{self.name}:x", say="No such file")
        self.fails(3, "fs", "mv", f"{self.name}:p/x", f"{self.name}:no/such",
                   say="the directory /home/boxd/no does not exist; `boxctl fs mkdir -p` makes it")
        for words in (["p/x", "nosuch", "new"], ["nosuch", "p/x", "new"], ["p/*", "new"], ["p/x", "nosuch", "q/x"]):
            self.fails(2, "fs", "mv", *(f"{self.name}:{word}" for word in words), say=" a directory" if words[-1] == "q/x" else "need")
        self.assertEqual(self.in_box("cat p/x q/x; ls -d new 2>/dev/null || echo none"), "1\n2\nnone\n")
        self.fails(2, "fs", "mv", f"{self.name}:p/x", f"{self.a_box(1)}:x", say="are not in one box; use `boxctl cp`")
        self.fails(2, "fs", "mv", "x", f"{self.name}:x", say="are not in one box")
        self.assertEqual(self.json("fs", "mv", f"{self.name}:p", f"{self.name}:r"),
                         [{"path": f"{self.name}:/home/boxd/p", "to": f"{self.name}:/home/boxd/r", "action": "moved"}])
        self.assertEqual(self.in_box("cat r/x q/x"), "1\n2\n")

    def test_mv_prints_nothing_if_nothing_was_moved(self):
        """The service fails at the third command, which looks for files of the same names in the target."""
        self.in_box("mkdir dir; touch a b")
        self.addCleanup(self.emulator.clear_faults)
        self.emulator.add_faults({"rpc": "Exec", "chunk_bytes": 65536, "count": 2}, {"rpc": "Exec", "code": 14, "message": "no service", "count": -1})
        self.fails(5, "fs", "mv", f"{self.name}:a", f"{self.name}:b", f"{self.name}:dir", say="no service")
        self.emulator.clear_faults()
        self.assertEqual(self.in_box("ls -A . dir"), ".:\na\nb\ndir\n\ndir:\n")


class Sync(files.Case):
    def make_tree(self):
        self.write("tree", "run.sh", data=b"#!/bin/sh\n", mode=0o755)
        self.write("tree", "sub", "file", data=b"text", mode=0o644)
        self.write("tree", "log.o", data=b"1", mode=0o644)
        os.symlink("sub/file", self.path("tree", "link"))

    def counts(self, *words, **how):
        done = self.json("sync", *words, **how)
        return [done[key] for key in ("files", "unchanged", "deleted", "failed")]

    def test_there_and_back(self):
        self.make_tree()
        self.assertEqual(self.text("sync", "tree", f"{self.name}:tree"), "3 files, 15 B; 0 unchanged, 0 deleted\n")
        self.assertEqual(self.counts("tree/", f"{self.name}:tree"), [0, 4, 0, 0])
        self.assertEqual(self.counts(f"{self.name}:tree", "back"), [3, 0, 0, 0])
        self.assertEqual(files.tree_of(self.path("back")), files.tree_of(self.path("tree")))
        self.assertEqual(self.counts(f"{self.name}:tree/", "back/"), [0, 4, 0, 0])
        self.write("tree", "sub", "file", data=b"longer", mode=0o644)
        os.unlink(self.path("tree", "log.o"))
        self.assertEqual(self.counts("tree", f"{self.name}:tree"), [1, 2, 0, 0])
        self.assertEqual(self.counts("--delete", "tree", f"{self.name}:tree"), [0, 3, 1, 0])
        self.assertEqual(self.counts("--delete", f"{self.name}:tree", "back"), [1, 2, 1, 0])
        self.assertEqual(files.tree_of(self.path("back")), files.tree_of(self.path("tree")))

    def test_after_cp(self):
        """cp sets new times, unless it preserves them. The options -a and -r of cp are options of sync, too."""
        self.make_tree()
        for path in ("run.sh", "sub/file", "log.o"):
            os.utime(self.path("tree", path), (1e9, 1e9))
        self.boxctl("cp", "tree", f"{self.name}:")
        self.assertEqual(self.counts("tree", f"{self.name}:tree")[:2], [3, 1])
        self.boxctl("cp", "-p", "tree", f"{self.name}:other")
        self.assertEqual(self.counts("-ra", "tree", f"{self.name}:other")[:2], [0, 4])

    def test_dry_run(self):
        """It lists what the same command does, and changes nothing."""
        self.make_tree()
        self.boxctl("sync", "tree", f"{self.name}:tree")
        self.write("tree", "sub", "file", data=b"longer", mode=0o644)
        self.write("tree", os.fsdecode(b"new\xff"), data=b"12")
        os.unlink(self.path("tree", "log.o"))
        self.in_box("mkdir tree/old; touch tree/old/f")
        before = self.in_box("find tree -printf '%p %s %T@\\n' | sort")
        lines = "delete log.o\ndelete old\ndelete old/f\ncopy new\\xFF\ncopy sub/file\n"
        summary = "2 files, 8 B to copy; 2 unchanged, 3 to delete\n"
        self.assertEqual(self.text("sync", "-n", "--delete", "tree", f"{self.name}:tree"), lines + summary)
        self.assertEqual(self.text("sync", "-qn", "--delete", "tree", f"{self.name}:tree"), lines)
        done = self.json("sync", "--dry-run", "tree", f"{self.name}:tree")
        self.assertEqual((done["dry_run"], done["files"], done["deleted"]), (True, 2, 0))
        self.assertEqual(done["changes"], [{"action": "copy", "path": "new\ufffd", "path_base64": base64.b64encode(b"new\xff").decode()},
                                           {"action": "copy", "path": "sub/file"}])
        self.assertEqual(self.text("sync", "-n", "--delete", f"{self.name}:tree", "tree").splitlines()[0], "delete new\\xFF")
        self.assertEqual(self.in_box("find tree -printf '%p %s %T@\\n' | sort"), before)
        self.fails(1, "sync", "-n", f"{self.name}:tree/run.sh", "x", say="is not a directory")
        os.mkfifo(self.path("tree", "pipe"))
        self.assertEqual(self.text("sync", "-n", "tree", f"{self.name}:tree", code=1), "copy new\\xFF\ncopy sub/file\n")
        self.assertEqual(len(self.err.splitlines()), 1, self.err)
        os.unlink(self.path("tree", "pipe"))
        self.assertEqual(self.text("sync", "-l", "--delete", "tree", f"{self.name}:tree"), lines + "2 files, 8 B; 2 unchanged, 3 deleted\n")
        self.assertEqual(self.text("sync", "-n", "--delete", "tree", f"{self.name}:tree"), "0 files, 0 B to copy; 4 unchanged, 0 to delete\n")
        self.assertNotIn("changes", self.json("sync", "tree", f"{self.name}:tree"))

    def test_by_content(self):
        self.make_tree()
        self.boxctl("sync", "tree", f"{self.name}:tree")
        now = time.time()
        os.utime(self.path("tree", "run.sh"), (now - 100, now - 100))
        self.assertEqual(self.counts("--checksum", "tree", f"{self.name}:tree"), [0, 4, 0, 0])
        self.assertEqual(self.counts("tree", f"{self.name}:tree"), [1, 3, 0, 0])

    def test_patterns(self):
        self.make_tree()
        self.boxctl("sync", "--exclude", "*.o", "--skip-links", "tree", f"{self.name}:tree")
        self.in_box("touch tree/kept.o tree/other")
        self.assertEqual(self.counts("--delete", "--exclude", "*.o", "--skip-links", "tree", f"{self.name}:tree")[2], 1)
        self.assertEqual(self.in_box("cd tree; find . -type f | sort"), "./kept.o\n./run.sh\n./sub/file\n")
        self.boxctl("sync", "--include", "*.sh", f"{self.name}:tree", "back")
        self.assertEqual(sorted(files.tree_of(self.path("back"))), ["run.sh"])

    def test_failures(self):
        self.make_tree()
        os.mkfifo(self.path("tree", "fifo"))
        self.assertEqual(self.counts("tree", f"{self.name}:tree", code=1), [3, 0, 0, 1])
        self.assertIn("tree/fifo: ", self.err)
        self.fails(1, "sync", "tree", f"{self.name}:tree", say="tree/fifo: ")
        self.fails(3, "sync", "nosuch", f"{self.name}:x", say="nosuch: No such file or directory")
        self.fails(3, "sync", f"{self.name}:nosuch", "x", say="nosuch")
        self.fails(1, "sync", "tree/run.sh", f"{self.name}:x", say="tree/run.sh: is not a directory; `boxctl cp` copies files")
        self.fails(1, "sync", f"{self.name}:tree/run.sh", "x", say=":tree/run.sh: is not a directory; `boxctl cp` copies files")
        self.fails(1, "sync", "tree", f"{self.name}:tree/run.sh", say=f"boxctl: {self.name}:tree/run.sh: is not a directory\n")
        self.fails(1, "sync", f"{self.name}:tree", "tree/run.sh", say="boxctl: tree/run.sh: is not a directory\n")
        self.fails(3, "sync", f"{self.name}:tree", "no/such", say="no/such: the directory no does not exist")
        for words in (["a", "b"], [f"{self.name}:a", f"{self.name}:b"]):
            self.fails(2, "sync", *words, say="must be in a box (BOX:PATH), the other must be local")
        self.fails(2, "sync", "-", f"{self.name}:b", say="not \"-\"")


class OldService(files.Case):
    """Service 0.1."""

    OPTIONS = ("--generation", "0.1")

    def test_what_it_can(self):
        self.boxctl("fs", "mkdir", "-p", f"{self.name}:a/b")
        self.write("tree", "file", data=b"text")
        self.boxctl("sync", "tree", f"{self.name}:a/b")
        self.boxctl("fs", "mv", f"{self.name}:a/b", f"{self.name}:c")
        self.assertEqual(self.text("fs", "ls", "-q", f"{self.name}:c"), "file\n")
        self.assertEqual(self.boxctl("fs", "cat", f"{self.name}:c/file"), b"text")
        self.assertEqual(self.json("fs", "stat", f"{self.name}:c/file")[0]["size_bytes"], 4)
        self.boxctl("fs", "rm", "-r", f"{self.name}:c")
        self.fails(3, "fs", "ls", f"{self.name}:c", say="No such file")


if __name__ == "__main__":
    emulator.run(__name__)
