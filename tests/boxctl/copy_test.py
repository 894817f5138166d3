"""boxctl cp: directories and files into boxes, out of them and between them; streams; names and targets of all kinds."""

import contextlib
import os
import signal
import stat
import subprocess

import boxctl
import files
from boxctl import emulator


class Trees(files.Case):
    """Directories."""

    def make_tree(self):
        self.write("tree", "big", data=os.urandom(1 << 20), mode=0o640)
        self.write("tree", "empty", mode=0o600)
        self.write("tree", "run.sh", data=b"#!/bin/sh\n", mode=0o755)
        self.write("tree", "a", "b", "sp ace\nnew $x 'q' ü", data=bytes(range(256)), mode=0o644)
        self.write("tree", "-x", data=b"1", mode=0o644)
        os.mkdir(self.path("tree", "nothing"), 0o755)
        os.symlink("a/b", self.path("tree", "link"))
        os.symlink("/nowhere", self.path("tree", "dangling"))
        return files.tree_of(self.path("tree"))

    def test_there_and_back(self):
        tree = self.make_tree()
        self.assertEqual(self.json("cp", "tree", f"{self.name}:"),
                         {"to": f"{self.name}:/home/boxd/tree", "files": 5, "bytes": (1 << 20) + 267, "skipped": 0, "failed": 0,
                          "failures": []})
        self.assertEqual(self.text("cp", f"{self.name}:tree", "back"), "5 files, 1 MiB\n")
        self.assertEqual(files.tree_of(self.path("back")), tree)
        self.boxctl("cp", "-r", "tree", f"{self.name}:tree")  # into the directory, because it exists
        self.boxctl("cp", f"{self.name}:tree/tree", "second/")  # this directory does not exist
        self.assertEqual(files.tree_of(self.path("second")), tree)
        os.mkdir(self.path("third"))
        self.boxctl("cp", f"{self.name}:tree/tree/.", "third")  # the contents
        self.assertEqual(files.tree_of(self.path("third")), tree)
        self.assertEqual(self.err, "")

    def test_from_box_to_box(self):
        tree = self.make_tree()
        other = self.a_box(1)
        self.boxctl("cp", "tree", f"{self.name}:")
        self.assertEqual(self.text("cp", f"{self.name}:tree", f"{other}:copy"), "5 files, 1 MiB\n")
        self.boxctl("cp", f"{other}:copy", ".")
        self.assertEqual(files.tree_of(self.path("copy")), tree)
        self.boxctl("cp", f"{self.name}:tree", f"{self.name}:within")
        self.boxctl("cp", f"{self.name}:within", ".")
        self.assertEqual(files.tree_of(self.path("within")), tree)
        self.fails(1, "cp", f"{self.name}:tree", f"{self.name}:tree/a", say="is in the directory itself")
        self.fails(2, "cp", "--exclude", "*.o", f"{self.name}:tree", f"{other}:x", say="do not work from box to box")

    def test_attributes(self):
        self.write("tree", "set-id", data=b"", mode=0o4711)
        self.write("file", data=b"x", mode=0o2750)
        for path in ("tree/set-id", "file", "tree"):
            os.utime(self.path(path), ns=(0, 1234567890_500000000))
        other = self.a_box(1)
        self.boxctl("cp", "-p", "tree", "file", f"{self.name}:")
        self.boxctl("cp", "-p", f"{self.name}:tree", f"{self.name}:file", f"{other}:")
        self.assertEqual(self.text("exec", other, "stat", "-c", "%a", "tree/set-id", "file"), "4711\n2750\n")
        os.mkdir(self.path("back"))
        self.boxctl("cp", "-p", f"{other}:tree", f"{other}:file", "back")
        for path, mode in (("tree/set-id", 0o711), ("file", 0o750)):
            found = os.stat(self.path("back", path))
            self.assertEqual((stat.S_IMODE(found.st_mode), found.st_mtime_ns), (mode, 1234567890_500000000), path)
        self.assertEqual(os.stat(self.path("back", "tree")).st_mtime_ns, 1234567890_500000000)
        self.boxctl("cp", f"{other}:tree", f"{other}:file", "back")
        for path, mode in (("tree/set-id", 0o711), ("file", 0o750)):
            found = os.stat(self.path("back", path))
            self.assertEqual(stat.S_IMODE(found.st_mode), mode, path)
            self.assertGreater(found.st_mtime, 130000000, path)

    def test_what_is_copied(self):
        for name in ("a.c", "a.o", "sub/b.c", "sub/b.o", "tmp/c.c"):
            self.write("tree", *name.split("/"))
        os.symlink("a.c", self.path("tree", "link"))
        for number, (options, expected) in enumerate((
            (["--exclude", "*.o", "--exclude", "tmp"], "a.c link sub sub/b.c"),
            (["--include", "*.c", "--exclude", "tmp"], "a.c sub sub/b.c"),
            (["--skip-links", "--exclude", "sub", "--exclude", "tmp"], "a.c a.o"),
        )):
            self.boxctl("cp", *options, "tree", f"{self.name}:{number}")
            self.assertEqual(self.in_box(f"cd {number} && find . -mindepth 1 -printf '%P\\n' | sort").split(), expected.split())
        self.boxctl("cp", "--exclude", "tmp", "-L", "tree", f"{self.name}:followed")
        self.assertEqual(self.in_box("stat -c %F followed/link"), "regular empty file\n")
        self.boxctl("cp", "--include", "*.c", f"{self.name}:0", "back")
        self.assertEqual(sorted(files.tree_of(self.path("back"))), ["a.c", "sub", "sub/b.c"])

    def test_each_failure_is_listed(self):
        self.write("tree", "good")
        os.mkfifo(self.path("tree", "fifo"))
        os.mkfifo(self.path("tree", "pipe"))
        self.assertEqual(self.boxctl("cp", "tree", f"{self.name}:", code=1), b"")
        self.assertEqual(len(self.err.splitlines()), 3, self.err)
        for name in ("fifo", "pipe"):
            self.assertEqual(self.err.count(f"tree/{name}: "), 1, self.err)
        self.assertTrue(self.err.endswith("boxctl: 1 file copied, 2 failed\n"), self.err)
        self.assertEqual(self.in_box("ls tree"), "good\n")
        done = self.json("cp", "tree", "nosuch", f"{self.name}:", code=1)
        self.assertEqual((done["to"], done["files"], done["failed"]), (f"{self.name}:/home/boxd", 1, 3))
        self.write("tree", "other")
        self.boxctl("cp", "tree", f"{self.name}:", code=1)
        self.assertTrue(self.err.endswith("boxctl: 2 files copied, 2 failed\n"), self.err)
        self.assertEqual({row["path"] for row in done["failures"]}, {"tree/fifo", "tree/pipe", "nosuch"})

    def test_a_directory_that_cannot_be_read_whole(self):
        self.in_box("mkdir d; echo 1 >d/a; echo 2 >d/b; chmod 0 d/a")
        other = self.a_box(1)
        self.assertEqual(self.boxctl("cp", f"{self.name}:d", self.directory, code=1), b"")
        self.assertIn("d/a: ", self.err)
        self.assertEqual(os.listdir(self.path("d")), ["b"])
        self.assertEqual(self.boxctl("cp", f"{self.name}:d", f"{other}:", code=1), b"")
        self.assertIn("Permission denied", self.err)
        self.assertEqual(self.in_box("ls d", other), "b\n")


class Links(files.Case):
    """Links that are named are followed."""

    def test_to_a_directory_in_the_box(self):
        self.in_box("mkdir dir; echo x >dir/file; ln -s dir link; ln -s nowhere dangling")
        for number, source in enumerate(("link", "link/", "dir", "dir/")):
            self.boxctl("cp", f"{self.name}:{source}", str(number))
            self.assertEqual(self.read(str(number), "file"), b"x\n")
        self.boxctl("cp", f"{self.name}:link", self.directory)
        self.assertEqual(self.read("link", "file"), b"x\n")
        self.fails(3, "cp", f"{self.name}:dangling", self.directory, say="dangling: No such file or directory")

    def test_to_a_directory_as_target(self):
        self.in_box("mkdir dir; ln -s dir link")
        self.write("tree", "file", data=b"x")
        self.write("one", data=b"1")
        self.boxctl("cp", "tree", f"{self.name}:link")
        self.boxctl("cp", "one", f"{self.name}:link/")
        self.boxctl("cp", f"{self.name}:dir/one", f"{self.name}:dir/tree", f"{self.a_box(1)}:")
        self.assertEqual(self.in_box("find . | sort"), "./dir\n".join((".\n", "./dir/one\n./dir/tree\n./dir/tree/file\n./link\n")))
        os.mkdir(self.path("here"))
        os.symlink("here", self.path("link"))
        self.boxctl("cp", f"{self.name}:dir/tree", "link")
        self.assertEqual(self.read("here", "tree", "file"), b"x")

    def test_local_ones(self):
        self.write("dir", "file", data=b"x")
        os.symlink("dir", self.path("link"))
        os.symlink("dir/file", self.path("to-file"))
        for source in ("link", "link/"):
            self.boxctl("cp", source, f"{self.name}:")
        self.boxctl("cp", "to-file", f"{self.name}:")
        self.assertEqual(self.in_box("cat link/file to-file; stat -c %F link to-file"), "xxdirectory\nregular file\n")

    def test_to_a_file_as_target(self):
        self.write("new", data=b"new")
        self.write("old", data=b"old")
        os.symlink("old", self.path("link"))
        self.in_box("echo old >old; ln -s old link")
        self.boxctl("cp", "new", f"{self.name}:link")
        self.assertEqual(self.in_box("cat old; stat -c %F link"), "newsymbolic link\n")
        self.boxctl("cp", f"{self.name}:link", "link")
        self.assertEqual((self.read("old"), os.readlink(self.path("link"))), (b"new", "old"))


class Files(files.Case):
    """Single files."""

    def test_names_and_targets(self):
        self.write("one", data=b"one")
        self.boxctl("cp", self.path("one"), f"{self.name}:/tmp")
        self.boxctl("cp", self.path("one"), f"{self.name}:/tmp/two")
        self.boxctl("cp", f"{self.name}:/tmp/two", self.directory)
        self.boxctl("cp", f"{self.name}:/tmp/one", "three")
        self.boxctl("cp", "./one", f"{self.name}:four")
        self.boxctl("cp", "one", f"{self.name}:~/five")
        self.assertEqual(self.in_box("cat four /home/boxd/five"), "oneone")
        self.assertEqual((self.read("two"), self.read("three")), (b"one", b"one"))

    def test_odd_names(self):
        names = ("-n", "a b", "it's $x", "*", "[id].tsx", "new\nline", "ü", "x" * 255, "back\\slash", "\udcff")
        for name in names:
            self.write(name, data=os.fsencode(name))
        self.boxctl("cp", *(f"./{name}" for name in names), f"{self.name}:")
        os.mkdir(self.path("back"))
        self.boxctl("cp", *(f"{self.name}:{name}" for name in names), "back")
        self.assertEqual({name: self.read("back", name) for name in os.listdir(self.path("back"))},
                         {name: os.fsencode(name) for name in names})
        self.boxctl("cp", "./-n", f"{self.name}:*")  # the target is no pattern
        self.assertEqual(self.boxctl("cp", f"{self.name}:*", "-"), b"-n")
        self.write("a:b", data=b"colon")
        self.boxctl("cp", "./a:b", f"{self.name}:")
        self.assertEqual(self.in_box("cat a:b"), "colon")
        self.fails(3, "cp", "a:b", f"{self.name}:", say="if you mean the local path of this name, write ./a:b")
        self.write("-", data=b"named so")
        self.boxctl("cp", "./-", f"{self.name}:dash")
        self.assertEqual(self.boxctl("cp", f"{self.name}:dash", "-"), b"named so")

    def test_modes(self):
        self.write("run.sh", data=b"#!/bin/sh\necho it runs\n", mode=0o755)
        self.write("secret", data=b"s", mode=0o600)
        self.in_box("echo old >run.sh")
        self.boxctl("cp", "run.sh", "secret", f"{self.name}:")
        self.assertEqual(self.in_box("./run.sh; stat -c %a run.sh secret"), "it runs\n755\n600\n")
        other = self.a_box(1)
        self.boxctl("cp", f"{self.name}:run.sh", f"{self.name}:secret", f"{other}:")
        self.assertEqual(self.in_box("./run.sh; stat -c %a run.sh secret", other), "it runs\n755\n600\n")
        os.mkdir(self.path("back"))
        self.write("back", "run.sh", mode=0o644)
        self.boxctl("cp", f"{other}:run.sh", f"{other}:secret", "back")
        self.assertEqual([stat.S_IMODE(os.stat(self.path("back", name)).st_mode) for name in ("run.sh", "secret")], [0o755, 0o600])

    def test_modes_of_local_files(self):
        """A file that is replaced keeps its mode; a new one is private until it has the mode of its source."""
        self.in_box("for f in plain run own; do echo new >$f; done; chmod 755 run; chmod 600 own")
        rows = (("plain", None, 0o644), ("own", None, 0o600), ("run", None, 0o755), ("plain", 0o600, 0o600), ("run", 0o600, 0o700),
                ("run", 0o640, 0o750), ("own", 0o664, 0o664), ("own", 0o755, 0o755), ("plain", 0o4711, 0o711))
        for source, before, after in rows:
            with self.subTest(source, before=before):
                if before:
                    self.write("copy", data=b"old", mode=before)
                self.boxctl("cp", f"{self.name}:{source}", "copy")
                self.assertEqual((self.read("copy"), stat.S_IMODE(os.stat(self.path("copy")).st_mode)), (b"new\n", after))
                os.remove(self.path("copy"))
        self.write("copy", mode=0o600)
        self.boxctl("cp", "-p", f"{self.name}:run", "copy")
        self.assertEqual(stat.S_IMODE(os.stat(self.path("copy")).st_mode), 0o755)

    def test_a_local_file_is_private_while_it_arrives(self):
        self.in_box("head -c 30000000 /dev/zero >big; chmod 600 big")
        process = self.start("cp", f"{self.name}:big", "copy")
        found = []
        while process.poll() is None:
            for name in os.listdir(self.directory):
                with contextlib.suppress(FileNotFoundError):
                    found.append(stat.S_IMODE(os.stat(self.path(name)).st_mode))
        self.assertEqual((process.returncode, set(found)), (0, {0o600}))

    def test_several_into_a_directory(self):
        self.write("a", data=b"of a")
        self.write("b", data=b"of b")
        self.write("tree", "c", data=b"of c")
        self.in_box("mkdir there")
        sources = ("a", "tree", "b")
        done = self.json("cp", *sources, f"{self.name}:there")
        self.assertEqual((done["to"], done["files"], done["bytes"]), (f"{self.name}:/home/boxd/there", 3, 12))
        self.assertEqual(self.in_box("cd there && cat a b tree/c"), "of aof bof c")
        self.boxctl("cp", *sources, f"{self.name}:there/")
        self.boxctl("cp", *sources, f"{self.name}:")
        other = self.a_box(1)
        self.in_box("echo other >d", other)
        os.mkdir(self.path("back"))
        self.assertEqual(self.text("cp", f"{self.name}:a", f"{self.name}:there/tree", f"{other}:d", "back"), "3 files, 14 B\n")
        self.assertEqual(sorted(files.tree_of(self.path("back"))), ["a", "d", "tree", "tree/c"])
        self.boxctl("cp", "a", f"{self.name}:b", f"{other}:")  # from here and from a box
        self.assertEqual(self.in_box("cat a b", other), "of aof b")

    def test_many_at_a_time(self):
        for number in range(40):
            self.write("many", str(number), data=b"x" * number)
        names = [f"many/{number}" for number in range(40)]
        self.assertEqual(self.text("cp", *names, f"{self.name}:"), "40 files, 780 B\n")
        os.mkdir(self.path("back"))
        self.assertEqual(self.text("cp", f"{self.name}:*", "back"), "40 files, 780 B\n")
        self.assertEqual(files.tree_of(self.path("back")), files.tree_of(self.path("many")))

    def test_a_mount_of_the_box(self):
        """A copy to where the box has no files of its own fails, and is not lost."""
        if not self.emulator.isolation.startswith("namespaces"):
            self.skipTest(self.emulator.isolation)
        self.fails(1, "cp", "/etc/passwd", f"{self.name}:/proc/x", say="cannot write /proc/x: Permission denied")
        self.fails(1, "cp", "/etc/passwd", f"{self.name}:/dev/x", say="cannot write /dev/x: Permission denied")

    def test_an_error_that_ends_the_copy(self):
        """It is printed once, with the number of the sources that were not copied."""
        for number in range(20):
            self.write(str(number), data=b"x")
        self.write("tree", "f")
        self.addCleanup(self.emulator.clear_faults)
        self.emulator.add_faults({"rpc": "UploadFileStream", "code": 14, "message": "no service", "count": -1})
        self.fails(5, "cp", *map(str, range(20)), "tree", f"{self.name}:", say="no service")
        self.assertEqual(self.err.count("no service"), 1, self.err)
        self.assertIn("boxctl: 20 more not copied\n", self.err)
        self.assertIn(f"boxctl: the target {self.name}:/home/boxd is incomplete: run the command again\n", self.err)

    def test_equal_names(self):
        for source in ("s1/x", "s2/x"):
            self.write(*source.split("/"), data=source.encode())
        self.in_box("mkdir dir p q; echo 1 >p/x; echo 2 >q/x")
        here = self.name
        for sources in (["s1/x", "s2/x"], ["s1/x", "./s1/x"], ["s1/x", "nosuch", "s2/x"], ["s1/x", f"{here}:p/x"], [f"{here}:?/x"],
                        [f"{here}:p/x", f"{here}:q/x"]):
            self.fails(2, "cp", *sources, f"{here}:dir", say="would both become /home/boxd/dir/x; nothing was done")
        self.fails(2, "cp", f"{here}:?/x", self.directory, say="would both become")
        self.assertEqual(self.in_box("ls dir"), "")
        self.assertFalse(os.path.exists(self.path("x")))

    def test_targets_that_cannot_be(self):
        self.write("file", data=b"x")
        self.write("tree", "f")
        self.in_box("mkdir dir dir/file closed; chmod 0 closed; echo >plain")
        here = f"{self.name}:"
        for code, words, say in (
            (1, ["file", here + "dir"], "file is a directory"),
            (1, ["tree", here + "plain"], "plain is not a directory"),
            (1, ["file", here + "plain/"], here + "plain/: /home/boxd/plain is not a directory"),
            (3, ["file", here + "nosuch/"], "the directory /home/boxd/nosuch does not exist; `boxctl fs mkdir -p` makes it"),
            (1, ["file", here + "plain/x"], here + "plain/x: /home/boxd/plain is not a directory"),
            (3, ["file", here + "no/such/file"], "the directory /home/boxd/no/such does not exist; `boxctl fs mkdir -p`"),
            (3, ["tree", here + "no/such"], "the directory /home/boxd/no does not exist"),
            (3, [here + "plain", "no/such"], "the directory no does not exist"),
            (3, [here + "dir", "no/such"], "the directory no does not exist"),
            (1, [here + "dir", "file"], "file is not a directory"),
            (1, [here + "plain", "file/"], "file/: file is not a directory"),
            (3, [here + "plain", "nosuch/"], "the directory nosuch does not exist"),
            (1, [here + "plain", here + "plain"], "is the same file"),
            (1, [here + "plain", here + "./plain"], "is the same file"),
            (1, [here + "dir", "/dev/null"], "/dev/null is not a directory"),
            (2, ["file", "file", here + "x"], f"the target {here}x does not exist: several sources need a directory"),
            (2, ["file", "file", here + "plain"], f"the target {here}plain is not a directory: several sources need"),
            (2, ["file", "nosuch", here + "x"], "several sources need a directory; `boxctl fs mkdir -p` makes it"),
            (2, ["nosuch", "file", here + "no/x"], f"the target {here}no/x does not exist: several sources need a directory"),
            (2, [here + "plain", here + "nosuch", "x"], "the target x does not exist: several sources need a directory\n"),
            (2, [here + "pl*", "x"], "the target x does not exist: a pattern needs a directory\n"),
            (2, [here + "pl*", here + "x"], f"the target {here}x does not exist: a pattern needs a directory; `boxctl fs mkdir"),
            (2, [here + "pl*", here + "no/x"], "a pattern needs a directory"),
            (2, [here + "pl*", "file"], "the target file is not a directory: a pattern needs a directory"),
            (1, [here + "closed/x", "."], "closed/x: Permission denied"),
            (2, ["", here], "a path is empty"),
            (2, ["file", "tree"], "are both local"),
            (2, ["file", here + "plain", "tree"], "are both local paths; a path in a box is BOX:PATH, such as tree:"),
            (1, ["tree", here + "plain/"], "is not a directory"),
        ):
            self.fails(code, "cp", *words, say=say)
        self.assertEqual(self.lists(), (["file", "tree"], ["closed", "dir", "plain"]))

    def test_missing_sources(self):
        """The exit code is the same for each kind of source, and the other sources are copied."""
        self.write("good", data=b"g")
        self.in_box("echo g >good")
        here, other = self.name, self.a_box(1)
        for source, target in (("nosuch", f"{here}:"), ("nosuch/", f"{here}:"), (f"{here}:nosuch", "."), (f"{here}:nosuch/", "."),
                               (f"{here}:no*such", "."), (f"{here}:no/such", "-"), (f"{here}:nosuch", f"{other}:"),
                               (f"{here}:nosuch", f"{here}:x"), ("nosuch", f"{here}:x")):
            self.fails(3, "cp", source, target, say=f"{source}: ")
            self.assertEqual(len(self.err.splitlines()), 1, self.err)
            if target == "-" or target.endswith("x") or source.endswith("/"):
                continue
            good = "good" if source.startswith("nosuch") else f"{here}:good"
            self.fails(3, "cp", source, good, target, say=f"{source}: ")
        self.assertEqual(self.in_box("cat good", other), "g")
        self.fails(3, "cp", "nosuch:/tmp", self.directory, say="\"nosuch\"")
        self.fails(3, "cp", "good", "nosuch:/tmp/", say="\"nosuch\"")
        self.fails(3, "cp", "good", "nosuch", f"{here}:", "nosuch:x", say="\"nosuch\"")
        self.fails(4, "cp", "good", f"{here}:", say="API key", env={"BOXD_API_KEY": "wrong"})

    def test_patterns_in_a_box(self):
        self.in_box("mkdir -p logs 'd d'; cd logs; touch a.txt b.txt 'c d.txt' other .hidden.txt '[x]' x; mkdir sub.txt; touch sub.txt/in")
        os.mkdir(self.path("back"))
        for pattern, expected in (
            ("logs/*.txt", ["a.txt", "b.txt", "c d.txt", "sub.txt", "sub.txt/in"]),
            ("logs/?.txt", ["a.txt", "b.txt"]),
            ("logs/[ab].txt", ["a.txt", "b.txt"]),
            ("log*/oth*", ["other"]),
            ("logs/[x]", ["[x]"]),  # a file with this name comes first
            ("/home/boxd/logs/*r", ["other"]),
        ):
            with self.subTest(pattern):
                self.boxctl("cp", f"{self.name}:{pattern}", "back")
                self.assertEqual(sorted(files.tree_of(self.path("back"))), expected)
                subprocess.run(["find", self.path("back"), "-mindepth", "1", "-delete"], check=True)
        self.fails(3, "cp", f"{self.name}:logs/*.nope", "back", say="logs/*.nope: no file matches")
        self.fails(3, "cp", f"{self.name}:logs/*.nope", f"{self.name}:logs/a*", "back", say="no file matches")
        self.assertEqual(os.listdir(self.path("back")), ["a.txt"])
        self.fails(2, "cp", f"{self.name}:logs/*.txt", "back/a.txt", say="is not a directory")
        self.fails(2, "cp", f"{self.name}:logs/?.txt", "-", say="\"-\" can only be used with one file")
        other = self.a_box(1)
        self.boxctl("cp", f"{self.name}:logs/?.txt", f"{other}:")
        self.assertEqual(self.in_box("ls", other), "a.txt\nb.txt\n")


class Sides(files.Case):
    """A failure has the path of the side that failed."""

    def test_the_target(self):
        self.write("tree", "a", data=b"a")
        self.write("one", data=b"1")
        self.in_box("mkdir -p tree/a/full out/a ro; echo 1 >one; echo 1 >out/b; chmod 555 ro")
        here, other = self.name, self.a_box(1)
        self.in_box("mkdir -p out/out/a ro; chmod 555 ro", other)
        os.makedirs(self.path("out", "b", "full"))
        for code, words, path in (
            (1, ["cp", "tree", f"{here}:"], f"{here}:/home/boxd/tree/a"),
            (1, ["cp", "tree", f"{here}:ro"], f"{here}:/home/boxd/ro/tree"),
            (1, ["cp", "one", f"{here}:ro/x"], f"{here}:/home/boxd/ro/x"),
            (1, ["cp", "-", f"{here}:ro/x"], f"{here}:/home/boxd/ro/x"),
            (1, ["cp", f"{here}:one", f"{here}:ro/x"], f"{here}:/home/boxd/ro/x"),
            (1, ["cp", f"{here}:out", f"{here}:ro/x"], f"{here}:/home/boxd/ro/x"),
            (1, ["cp", f"{here}:one", f"{other}:ro/x"], f"{other}:/home/boxd/ro/x"),
            (1, ["cp", f"{here}:out", f"{other}:ro/x"], f"{other}:/home/boxd/ro/x"),
            (1, ["cp", f"{here}:out", "."], "./out/b"),
            (1, ["sync", f"{here}:out", "out"], "out/b"),
            (1, ["sync", "tree", f"{here}:tree"], f"{here}:/home/boxd/tree/a"),
            (1, ["sync", "tree", f"{here}:ro/x"], f"{here}:/home/boxd/ro/x"),
        ):
            with self.subTest(words):
                self.fails(code, *words, say=f"boxctl: {path}: ", input=b"x")

    def test_the_source(self):
        self.in_box("mkdir d; echo 1 >d/closed; chmod 0 d/closed; mkdir in; chmod 0 in")
        here, other = self.name, self.a_box(1)
        for words in (["cp", f"{here}:d/closed", "x"], ["cp", f"{here}:d/closed", f"{here}:x"], ["cp", f"{here}:d/closed", f"{other}:x"],
                      ["cp", f"{here}:d", "."], ["sync", f"{here}:d", "s"]):
            with self.subTest(words):
                self.fails(1, *words, say=f"boxctl: {here}:d/closed: ")
        self.fails(1, "sync", f"{here}:in", "s", say=f"boxctl: {here}:in: ")
        self.fails(3, "sync", "nosuch:d", "s", say="boxctl: nosuch: ")
        self.fails(3, "sync", self.directory, "nosuch:d", say="boxctl: nosuch: ")

    def test_interrupted(self):
        """A transfer that ends early says what is incomplete."""
        self.write("tree", "f", data=b"x")
        box = self.box("-e", "PATH=/home/boxd/bin:/usr/bin:/bin")
        tar = b"#!/bin/sh\ncase $1 in --version) exec /bin/tar --version ;; esac\n: >/home/boxd/began\nexec sleep 100\n"
        self.boxctl("exec", "-i", box, "--", "sh", "-c", "mkdir bin; cat >bin/tar; chmod +x bin/tar", input=tar)
        for command in ("cp", "sync"):
            with self.subTest(command):
                process = self.start(command, "tree", f"{box}:x")
                self.in_box("until [ -e began ]; do sleep 0.01; done; rm began", box)
                process.send_signal(signal.SIGINT)
                err = process.communicate(timeout=boxctl.RUN_LIMIT_SECS)[1].decode()
                self.assertEqual(process.returncode, 130, err)
                self.assertTrue(err.endswith(f"boxctl: the target {box}:/home/boxd/x is incomplete: run the command again\n"), err)
                self.assertEqual(len(err.splitlines()), 2, err)

    def test_interrupted_copy_to_a_device(self):
        """A device has no contents that could be incomplete."""
        self.in_box("mkfifo fifo")
        process = self.start("cp", f"{self.name}:fifo", "/dev/null")
        self.in_box("exec 3>fifo; echo x >&3; sleep 100 >/dev/null 2>&1 & exit 0")  # the fifo has a reader now
        process.send_signal(signal.SIGINT)
        err = process.communicate(timeout=boxctl.RUN_LIMIT_SECS)[1].decode()
        self.assertEqual(process.returncode, 130, err)
        self.assertEqual(len(err.splitlines()), 1, err)


class Streams(files.Case):
    """Sources and targets that are no files."""

    def test_standard_input_and_output(self):
        data = bytes(range(256)) * 4096 + os.urandom(1 << 20)
        self.assertEqual(self.text("cp", "-", f"{self.name}:it's $x", input=data), "1 file, 2 MiB\n")
        self.assertEqual(self.boxctl("cp", f"{self.name}:it's $x", "-"), data)
        self.assertEqual(os.listdir(self.directory), [])
        self.assertEqual(self.json("cp", "-", f"{self.name}:-n", input=b"x")["to"], f"{self.name}:/home/boxd/-n")
        self.assertEqual(self.boxctl("cp", f"{self.name}:-n", "-"), b"x")
        self.fails(1, "cp", "-", f"{self.name}:", say="is a directory")
        self.fails(1, "cp", f"{self.name}:/etc", "-", say="standard output is not a directory")
        self.fails(3, "cp", f"{self.name}:/nosuch", "-", say="/nosuch")
        self.fails(3, "cp", "nosuch:x", "-", say="\"nosuch\"")
        self.fails(2, "cp", f"{self.name}:x", "-", "--json", say="--json")
        self.fails(2, "cp", "-", "a", f"{self.name}:", say="\"-\" can only be used with one file")
        self.fails(2, "cp", f"{self.name}:a", f"{self.name}:b", "-", say="\"-\" can only be used with one file")

    def test_local_sources(self):
        """Each kind of source arrives as a stream."""
        self.write("file", data=b"of a file")
        os.mkfifo(self.path("fifo"))
        script = f"""set -e
            printf 'of a pipe' | "$BOXCTL" cp /dev/stdin {self.name}:pipe
            "$BOXCTL" cp <(printf 'of a substitution') {self.name}:substitution
            "$BOXCTL" cp /dev/stdin {self.name}:redirected <file
            (read -r -n 3 skipped; "$BOXCTL" cp /dev/fd/0 {self.name}:rest) <file
            printf 'of a fifo' >fifo & "$BOXCTL" cp fifo {self.name}:fifo
            "$BOXCTL" cp /dev/null {self.name}:null
            "$BOXCTL" cp file <(printf 'more') {self.name}: """
        done = subprocess.run(["bash", "-c", script], cwd=self.directory, env=self.environment(BOXCTL=boxctl.binary), check=False,
                              capture_output=True, timeout=boxctl.RUN_LIMIT_SECS)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(self.in_box("for f in pipe substitution redirected fifo null file; do cat $f; echo; done"),
                         "of a pipe\nof a substitution\nof a file\nof a fifo\n\nof a file\n")
        self.assertIn("more", self.in_box("cat [0-9]*"))

    def test_own_output(self):
        """A path that is an open descriptor is appended to, as `cat` does."""
        self.in_box("printf text >f; mkfifo fifo")
        script = f"""set -e
            echo first >log
            "$BOXCTL" cp {self.name}:f /dev/stdout >>log
            "$BOXCTL" cp {self.name}:f /dev/fd/1 >>log
            (echo; echo second; "$BOXCTL" cp {self.name}:f /proc/self/fd/1; "$BOXCTL" cp {self.name}:f -; echo) >>log
            "$BOXCTL" cp {self.name}:f /dev/fd/7 7>>log >/dev/null
            (echo kept; "$BOXCTL" cp {self.name}:f /dev/stdout; echo after) >other
            ln -s /dev/stdout link; "$BOXCTL" cp {self.name}:f link >piped
            "$BOXCTL" cp {self.name}:f /dev/null"""
        done = subprocess.run(["bash", "-c", script], cwd=self.directory, env=self.environment(BOXCTL=boxctl.binary), check=False,
                              capture_output=True, timeout=boxctl.RUN_LIMIT_SECS)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(self.read("log"), b"first\ntexttext\nsecond\ntexttext\ntext")
        self.assertEqual(self.read("other"), b"kept\ntextafter\n")
        self.assertEqual((self.read("piped"), os.readlink(self.path("link"))), (b"text", "/dev/stdout"))
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))

    def test_local_pipes_as_targets(self):
        self.in_box("printf text >f")
        os.mkfifo(self.path("fifo"))
        with subprocess.Popen(["cat", "fifo"], cwd=self.directory, stdout=subprocess.PIPE) as reader:
            self.boxctl("cp", f"{self.name}:f", "fifo")
            self.assertEqual(reader.communicate(timeout=boxctl.RUN_LIMIT_SECS)[0], b"text")
        self.assertTrue(stat.S_ISFIFO(os.stat(self.path("fifo")).st_mode))

    def test_special_files_of_a_box(self):
        self.write("file", data=b"x")
        self.in_box("mkfifo fifo out; (cat out >got; mv got all) >/dev/null 2>&1 & printf 'of a fifo' >fifo 2>/dev/null & exit 0")
        self.boxctl("cp", f"{self.name}:fifo", "from-fifo")
        self.assertEqual(self.read("from-fifo"), b"of a fifo")
        self.boxctl("cp", f"{self.name}:/proc/self/status", "status")
        self.assertIn(b"Name:", self.read("status"))
        self.boxctl("cp", f"{self.name}:/dev/null", "empty")
        self.assertEqual(self.read("empty"), b"")
        self.boxctl("cp", "file", f"{self.name}:/dev/null")
        self.assertEqual(self.in_box("stat -c %F /dev/null"), "character special file\n")
        self.boxctl("cp", "file", f"{self.name}:out")
        self.assertEqual(self.in_box("until [ -e all ]; do sleep 0.01; done; cat all; stat -c %F out"), "xfifo\n")

    def test_a_source_that_fails_leaves_the_target(self):
        self.in_box("echo secret >closed; chmod 0 closed; echo old >target")
        other = self.a_box(1)
        self.in_box("echo old >target", other)
        self.write("target", data=b"old")
        self.fails(1, "cp", f"{self.name}:closed", "target", say="Permission denied")
        self.fails(1, "cp", f"{self.name}:closed", f"{other}:target", say="Permission denied")
        self.fails(1, "cp", f"{self.name}:closed", f"{self.name}:target", say="Permission denied")
        self.assertEqual(self.read("target"), b"old")
        self.assertEqual((self.in_box("cat target"), self.in_box("cat target", other)), ("old\n", "old\n"))
        self.in_box("mkdir closed-dir; chmod 555 closed-dir")
        self.fails(1, "cp", "-", f"{self.name}:closed-dir/x", say="Permission denied", input=b"x")

    def test_closed_output(self):
        process = self.start("cp", f"{self.name}:/dev/zero", "-")
        self.assertEqual(len(process.stdout.read(100)), 100)
        process.stdout.close()
        self.assertEqual(process.wait(boxctl.RUN_LIMIT_SECS), 141)
        self.assertEqual(process.stderr.read(), b"")

    def test_output_that_is_closed_at_the_start(self):
        self.in_box("printf text >f; : >empty")
        for words in (["cp", f"{self.name}:f", "-"], ["cp", f"{self.name}:f", "/dev/stdout"], ["cp", f"{self.name}:empty", "x"]):
            done = subprocess.run(["sh", "-c", 'exec "$0" "$@" >&-', boxctl.binary, *words], cwd=self.directory, check=False,
                                  env=self.environment(), capture_output=True, timeout=boxctl.RUN_LIMIT_SECS)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn(b"boxctl: ", done.stderr)

    def test_input_that_is_closed_at_the_start(self):
        """It is not taken for an empty file."""
        self.in_box("printf old >target")
        for words in (["cp", "-", f"{self.name}:target"], ["cp", "/dev/stdin", f"{self.name}:target"]):
            done = subprocess.run(["sh", "-c", 'exec "$0" "$@" <&-', boxctl.binary, *words], cwd=self.directory, check=False,
                                  env=self.environment(), capture_output=True, timeout=boxctl.RUN_LIMIT_SECS)
            self.assertNotEqual(done.returncode, 0, words)
            self.assertIn(b"standard input is closed", done.stderr)
            self.assertEqual(self.in_box("cat target"), "old")

    def test_full_disk(self):
        self.in_box("printf text >f")
        with open("/dev/full", "wb") as full:
            process = self.start("cp", f"{self.name}:f", "-", stdout=full)
            self.assertIn(b"No space left", process.communicate(timeout=boxctl.RUN_LIMIT_SECS)[1])
            self.assertEqual(process.returncode, 1)
        self.fails(1, "cp", f"{self.name}:f", "/dev/full", say="No space left")


class Progress(files.Case):
    """The progress line, on a terminal."""

    def held_copy(self, *options, **how):
        """A copy of a pipe that stays open, so that it lasts as long as the test needs."""
        path = self.path("held")
        os.mkfifo(path)
        terminal = self.on_terminal("cp", *options, path, f"{self.name}:", **how)
        with open(path, "wb") as pipe:
            pipe.write(b"x" * (3 << 20))
            pipe.flush()
            yield terminal
        self.assertEqual(terminal.wait(), 0)

    def test_numbers(self):
        for terminal in self.held_copy():
            terminal.wait_for(r"\rheld +3 MiB +[\d.]+ (B|KiB|MiB)/s +0:0\d\033\[K")
        self.assertTrue(terminal.seen.endswith(b"\r\033[K1 file, 3 MiB\r\n"), terminal.seen[-200:])

    def test_total_and_time_left(self):
        """A box reads the pipe slowly, so that a file of known size takes long enough."""
        with open(self.path("file"), "wb") as file:
            file.truncate(64 << 20)
        self.in_box("mkfifo slow; (head -c 16000000 >/dev/null; read wait <wait; cat >/dev/null) <slow >/dev/null 2>&1 & mkfifo wait; exit 0")
        terminal = self.on_terminal("cp", self.path("file"), f"{self.name}:slow", cols=100)
        terminal.wait_for(r"\rfile  +\d+% +[\d.]+ MiB/64 MiB +[\d.]+ (B|KiB|MiB)/s +(\d+:\d\d left|stalled)  \[#*\.+\]\033\[K")
        self.in_box("echo >wait")
        self.assertEqual(terminal.wait(), 0)
        self.assertTrue(terminal.seen.endswith(b"\r\033[K1 file, 64 MiB\r\n"), terminal.seen[-200:])

    def test_stalled(self):
        """Without a byte for some seconds the rate is 0, also if the total is not known."""
        for terminal in self.held_copy():
            terminal.wait_for(r"\rheld +3 MiB +0 B/s +stalled\033\[K")

    def test_width(self):
        for terminal in self.held_copy(cols=30):
            terminal.wait_for(r"\r +3 MiB +[\d.]+ (B|KiB|MiB)/s( +0:0\d)?\033\[K")

    def test_unknown_width(self):
        for terminal in self.held_copy(cols=0, rows=0):
            pass
        self.assertEqual(terminal.seen, b"1 file, 3 MiB\r\n")

    def test_quiet(self):
        for terminal in self.held_copy("-q"):
            pass
        self.assertEqual(terminal.seen, b"")

    def test_failures_follow_the_line(self):
        os.mkfifo(self.path("held"))
        terminal = self.on_terminal("cp", self.path("nosuch"), self.path("held"), f"{self.name}:")
        with open(self.path("held"), "wb") as pipe:
            pipe.write(b"x")
            pipe.flush()
            terminal.wait_for("1 B")
        self.assertEqual(terminal.wait(), 3)
        self.assertRegex(terminal.seen, rb"\r\033\[Kboxctl: \S*nosuch: No such file or directory\r\nboxctl: 1 file copied, 1 failed\r\n$")

    def test_no_line_without_a_terminal(self):
        self.write("one", data=os.urandom(5 << 20))
        self.boxctl("cp", "one", f"{self.name}:")
        self.assertEqual(self.err, "")


class Utilities(files.Case):
    """A box without them."""

    def test_what_works(self):
        self.boxctl("create", "-q", "--wait", "-e", "PATH=/nowhere", "bare")
        self.write("plain", data=b"p", mode=0o644)
        self.write("run.sh", data=b"r", mode=0o755)
        self.boxctl("cp", "plain", "bare:")
        self.fails(1, "cp", "run.sh", "bare:", say="run.sh: was copied without its mode, because the box has no xargs")
        self.boxctl("exec", "bare", "--", "/bin/chmod", "750", "run.sh")
        self.boxctl("cp", "bare:run.sh", "back")
        self.assertEqual((self.read("back"), stat.S_IMODE(os.stat(self.path("back")).st_mode)), (b"r", 0o750))
        self.fails(3, "cp", "bare:nosuch", "back", say="bare:nosuch: No such file or directory")
        self.fails(1, "cp", "bare:*", self.directory, say="the box has no stat and xargs, which patterns need")
        self.fails(1, "cp", "-", "bare:x", say="sh: not found", input=b"x")
        self.fails(1, "cp", self.directory, "bare:", say="no tar")
        self.fails(1, "fs", "ls", "bare:", say="the box has no find")
        self.fails(1, "fs", "rm", "bare:plain", say="the box has no xargs")


class HostileBox(files.Case):
    """A box whose commands print what they like."""

    def answers(self, *names):
        """Makes a box whose xargs prints these names, each an answer for the next operand, as regular files."""
        box = self.box("-e", "PATH=bin:/usr/bin:/bin")
        self.in_box("echo bad >report.txt; mkdir bin; : >bin/xargs; chmod +x bin/xargs", box)
        lines = "".join(f"printf -- '-%s\\0\\0' '{name}'\n" for name in names)
        stats = "".join(f"printf '81a4 4 1 1:1|2026-01-01 00:00:00.5 +0000|u|g|%s\\n' '{name}'\n" for name in names)
        script = f"#!/bin/sh\n{lines}printf '\\0'\n{stats}printf '\\0'\n"
        self.boxctl("exec", "-i", box, "--", "sh", "-c", "cat >bin/xargs", input=script.encode())
        return box

    def test_another_name(self):
        """The box does not choose which local file is replaced."""
        os.mkdir(self.path("home"))
        for asked, names in (
            ("report.txt", ["/x/.bashrc"]),
            ("report.txt", ["/home/boxd/.bashrc"]),
            ("rep*", ["/home/boxd/.bashrc"]),
            ("*", ["/home/boxd/.bashrc"]),
            ("*.txt", ["/home/boxd/a/b.txt"]),
            ("r*/*.txt", ["/home/boxd/report.txt"]),
        ):
            with self.subTest(asked, names=names):
                self.fails(1, "cp", f"{self.answers(*names)}:{asked}", "home", say=f"describes {names[0]}, which")
                self.assertEqual(os.listdir(self.path("home")), [])

    def test_the_right_name(self):
        box = self.answers("/home/boxd/report.txt")
        self.boxctl("cp", f"{box}:report.txt", ".")
        self.assertEqual(self.read("report.txt"), b"bad\n")

    def test_more_answers_than_operands(self):
        box = self.answers("/home/boxd/report.txt", *[f"/home/boxd/{number}" for number in range(50000, 50040)])
        self.fails(1, "cp", f"{box}:report.txt", self.directory, say="which boxctl has not asked for")
        self.fails(1, "fs", "stat", f"{box}:report.txt", say="which boxctl has not asked for")

    def test_a_path_without_a_slash(self):
        box = self.answers("name")
        self.in_box("printf '#!/bin/sh\\nprintf \"name\\\\\\\\0\"\\n' >bin/find; chmod +x bin/find", box)
        self.fails(1, "fs", "ls", f"{box}:", say="has not asked for")


class OldService(files.Case):
    """Service 0.1."""

    OPTIONS = ("--generation", "0.1")

    def test_what_it_can(self):
        self.write("tree", "run.sh", data=b"1", mode=0o755)
        self.write("one", data=b"one", mode=0o755)
        self.boxctl("cp", "tree", "one", f"{self.name}:")
        self.boxctl("cp", "-", f"{self.name}:two", input=b"two")
        self.boxctl("cp", f"{self.name}:*", self.path(""))
        self.assertEqual((self.read("two"), files.tree_of(self.path("tree"))), (b"two", {"run.sh": (0o755, b"1")}))
        self.assertEqual(self.boxctl("cp", f"{self.name}:one", "-"), b"one")
        self.fails(3, "cp", f"{self.name}:nosuch", self.directory, say="nosuch: No such file or directory")

    def test_without_utilities(self):
        self.boxctl("create", "-q", "--wait", "-e", "PATH=/nowhere", "bare")
        self.write("plain", data=b"p", mode=0o644)
        self.boxctl("cp", "plain", "bare:plain")
        self.boxctl("cp", "bare:plain", "back")
        self.assertEqual(self.read("back"), b"p")


if __name__ == "__main__":
    emulator.run(__name__)
