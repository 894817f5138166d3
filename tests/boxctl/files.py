"""Helpers for the tests of the commands for files: a local directory, and boxes."""

import contextlib
import os
import stat
import tempfile

import boxctl


def tree_of(directory):
    """What a directory contains: the mode, and the content or the target, of each path."""
    found = {}
    for parent, directories, files in os.walk(directory):
        for name in directories + files:
            path = os.path.join(parent, name)
            mode = os.lstat(path).st_mode
            if stat.S_ISLNK(mode):
                found[os.path.relpath(path, directory)] = os.readlink(path)
            elif stat.S_ISREG(mode):
                with open(path, "rb") as file:
                    found[os.path.relpath(path, directory)] = (stat.S_IMODE(mode), file.read())
            else:
                found[os.path.relpath(path, directory)] = stat.S_IMODE(mode)
    return found


class Case(boxctl.Case):
    """Each test has an empty local directory, in which boxctl runs; the tests of a class share two boxes, which are emptied."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boxes = []

    def setUp(self):
        self.directory = self.enterContext(tempfile.TemporaryDirectory())
        self.name = self.a_box(0)

    def a_box(self, number):
        """The name of a box of this class, which is made when it is needed first."""
        while len(self.boxes) <= number:
            self.boxes.append(f"files{len(self.boxes)}")
            self.boxctl("create", "-q", "--wait", self.boxes[-1])
        self.in_box("chmod -R u+rwx /home/boxd; find /home/boxd -mindepth 1 -delete", self.boxes[number])
        return self.boxes[number]

    def start(self, *words, **how):
        how.setdefault("cwd", self.directory)
        return super().start(*words, **how)

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def write(self, *parts, data=b"", mode=None):
        with contextlib.suppress(FileExistsError):
            os.makedirs(os.path.dirname(self.path(*parts)))
        with open(self.path(*parts), "wb") as file:
            file.write(data)
        if mode is not None:
            os.chmod(self.path(*parts), mode)

    def read(self, *parts):
        with open(self.path(*parts), "rb") as file:
            return file.read()

    def in_box(self, line, box=None):
        """Runs a line of shell in the box and returns its output."""
        return self.text("exec", box or self.name, "--", "sh", "-c", line)

    def lists(self):
        """What the local directory and /home/boxd contain."""
        return sorted(os.listdir(self.directory)), self.in_box("ls -A").split()
