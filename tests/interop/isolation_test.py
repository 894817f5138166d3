"""What a box sees of the host: no more than an ordinary user, also if root runs the emulator; and a box that an ordinary
user runs.

Usage: VENV_0_2_19/bin/python isolation_test.py EMULATOR [NAME PART]...
"""

import contextlib
import os
import shutil
import tempfile

import emulator  # before gRPC
import grpc
from boxd._generated import api_pb2 as pb
from boxd._generated import api_pb2_grpc

LIMIT_SECS = 60
NOT_FOUND, PERMISSION_DENIED = 5, 7


class Case(emulator.TimedCase):
    env = {}
    prefix = ()

    @classmethod
    def setUpClass(cls):
        cls.emulator = cls.enterClassContext(cls.start())
        channel = cls.enterClassContext(grpc.insecure_channel(cls.emulator.api_url.removeprefix("http://")))
        cls.stub = api_pb2_grpc.BoxdApiStub(channel)
        cls.metadata = [("authorization", f"Bearer {cls.emulator.token()}")]
        cls.vm = cls.do("CreateVm", name="box", env=[pb.EnvVar(key="MARK", value=cls.__name__)]).vm_id

    @classmethod
    @contextlib.contextmanager
    def start(cls):
        with emulator.environment(**cls.env), emulator.Emulator(prefix=cls.prefix) as target:
            yield target

    @classmethod
    def do(cls, rpc, **fields):
        request = {"CreateVm": pb.CreateVmRequest, "ForkVm": pb.ForkVmRequest, "UploadFile": pb.UploadFileRequest,
                   "DownloadFile": pb.DownloadFileRequest, "ListDir": pb.ListDirRequest, "SuspendVm": pb.SuspendVmRequest,
                   "ResumeVm": pb.ResumeVmRequest, "StopVm": pb.StopVmRequest, "StartVm": pb.StartVmRequest,
                   "DeletePath": pb.DeletePathRequest}[rpc]
        return getattr(cls.stub, rpc)(request(**fields), metadata=cls.metadata, timeout=LIMIT_SECS)

    def code(self, rpc, **fields):
        try:
            self.do(rpc, **fields)
            return 0
        except grpc.RpcError as error:
            return error.code().value[0]

    def run_line(self, line, vm=None, **first):
        """The output, followed by standard error, and the exit code of a shell line."""
        chunks = list(self.stub.Exec(iter([pb.ExecChunk(vm_id=vm or self.vm, command=line, **first)]),
                                     metadata=self.metadata, timeout=LIMIT_SECS))
        return (b"".join(chunk.data for chunk in chunks if not chunk.is_stderr)
                + b"".join(chunk.data for chunk in chunks if chunk.is_stderr)).decode(), chunks[-1].exit_code

    @property
    def isolated(self):
        return "namespaces" in self.emulator.isolation


class Host(Case):
    """As whoever runs the tests; CI runs them as root."""

    def test_secrets_of_the_host(self):
        for path in ("/etc/shadow", "/etc/gshadow"):
            if not os.path.exists(path):
                continue
            with self.subTest(path=path):
                self.assertNotEqual(self.run_line(f"cat {path}")[1], 0)
                self.assertEqual(self.code("DownloadFile", vm_id=self.vm, path=path), PERMISSION_DENIED)
        self.assertEqual(self.run_line("cat /etc/passwd >/dev/null"), ("", 0))

    def test_directories_of_root(self):
        with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:  # mode 0700
            with open(os.path.join(directory, "secret"), "w", encoding="ascii") as file:
                file.write("hunter2")
            if os.geteuid() != 0:
                return  # an ordinary user's boxes run as that user
            self.assertNotEqual(self.run_line(f"ls {directory}")[1], 0)
            self.assertNotEqual(self.run_line(f"cat {directory}/secret")[1], 0)
            self.assertEqual(self.code("ListDir", vm_id=self.vm, path=directory), PERMISSION_DENIED)
            self.assertEqual(self.code("DownloadFile", vm_id=self.vm, path=directory + "/secret"), PERMISSION_DENIED)
            os.chmod(directory, 0o755)
            os.chmod(os.path.join(directory, "secret"), 0o640)  # of root and its group
            self.assertNotEqual(self.run_line(f"cat {directory}/secret")[1], 0)
            self.assertEqual(self.code("UploadFile", vm_id=self.vm, path=directory + "/new", data=b"x"), PERMISSION_DENIED)
        listing, _ = self.run_line("ls -A /root")
        self.assertNotIn(".bashrc", listing)

    def test_the_user_of_the_processes(self):
        """The processes of a box, on the host: not root, without groups and capabilities."""
        stream = self.stub.Exec(iter([pb.ExecChunk(vm_id=self.vm, command="echo ready; exec sleep 1000")]),
                                metadata=self.metadata, timeout=LIMIT_SECS)
        next(stream)
        found = []
        for process in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                with open(f"/proc/{process}/environ", "rb") as environ:
                    if b"MARK=" + type(self).__name__.encode() not in environ.read().split(b"\0"):
                        continue
                with open(f"/proc/{process}/status", encoding="utf-8") as status:
                    found.append(dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line))
        stream.cancel()
        self.assertTrue(found or os.geteuid() != 0)
        for status in found:
            self.assertNotIn("0", status["Uid"].split() + status["Gid"].split())
            self.assertEqual(int(status["CapEff"], 16), 0)
            if os.geteuid() == 0:
                self.assertEqual(status["Groups"].strip(), "")

    def test_the_emulator_says_so(self):
        self.assertRegex(self.emulator.isolation, r"(namespaces|directory): .*as user [1-9][0-9]*")

    def test_the_environment_of_the_emulator(self):
        self.assertEqual(self.run_line("cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c ^DRUKBOX_TOKEN=")[0], "0\n")

    env = {"DRUKBOX_TOKEN": "hunter2"}


class Works:
    """What must work for root and for an ordinary user."""

    def test_user_and_home(self):
        found = self.run_line("id -un; pwd; echo $HOME; touch here && stat -c %U here")
        if self.isolated:
            self.assertEqual(found, ("boxd\n/home/boxd\n/home/boxd\nboxd\n", 0))
        else:  # the names of the host
            self.assertRegex(found[0], r"(?m)^(/.*/home/boxd)\n\1$")

    def test_files_of_the_api(self):
        self.do("UploadFile", vm_id=self.vm, path="/home/boxd/deep/file", data=b"one")
        self.assertEqual(self.run_line("cat deep/file; echo two > deep/file; chmod 600 deep/file; rm -f gone; mkdir -p d"),
                         ("one", 0))
        self.assertEqual(self.do("DownloadFile", vm_id=self.vm, path="/home/boxd/deep/file").data, b"two\n")
        self.do("UploadFile", vm_id=self.vm, path="/home/boxd/d/x", data=b"x")
        self.assertEqual(self.run_line("rm -r d && echo removed"), ("removed\n", 0))
        self.do("DeletePath", vm_id=self.vm, path="/home/boxd/deep")
        self.assertEqual(self.code("DownloadFile", vm_id=self.vm, path="/home/boxd/deep/file"), NOT_FOUND)

    def test_streams_that_are_opened_again(self):
        self.assertEqual(self.run_line("echo out > /dev/stdout; echo err > /dev/stderr; echo more | tee /dev/stderr >&2"),
                         ("out\nerr\nmore\nmore\n", 0))

    def test_a_terminal(self):
        self.assertEqual(self.run_line("test -t 0 && stty size && echo x > /dev/tty", tty=True), ("24 80\r\nx\r\n", 0))

    def test_installing(self):
        if self.isolated:
            self.assertEqual(self.run_line("echo 'echo works' > /usr/local/bin/mine && chmod +x /usr/local/bin/mine && mine"),
                             ("works\n", 0))

    def test_fork_suspend_stop(self):
        self.assertEqual(self.run_line("echo kept > kept; chmod 600 kept"), ("", 0))
        fork = self.do("ForkVm", source_vm_id=self.vm, name="copy").vm_id
        self.assertEqual(self.run_line("cat kept; echo more >> kept; cat kept", fork), ("kept\nkept\nmore\n", 0))
        self.do("SuspendVm", vm_id=fork)
        self.do("ResumeVm", vm_id=fork)
        self.do("StopVm", vm_id=fork)
        self.do("StartVm", vm_id=fork)
        self.assertEqual(self.run_line("wc -l < kept", fork), ("2\n", 0))
        self.assertEqual(self.run_line("wc -l < kept"), ("1\n", 0))


class AsTheTester(Works, Case):
    pass


class AsTheTesterInDirectories(Works, Case):
    env = {"EMULATOR_ISOLATION": "directory"}


class HostInDirectories(Host):
    env = {"EMULATOR_ISOLATION": "directory", "DRUKBOX_TOKEN": "hunter2"}

    def test_secrets_of_the_host(self):
        self.assertNotEqual(self.run_line("cat /etc/shadow")[1], 0)

    def test_directories_of_root(self):
        if os.geteuid() == 0:
            self.assertNotEqual(self.run_line("ls /root")[1], 0)


def ordinary_user_can_start(path):
    """Whether "nobody" can reach the emulator's program."""
    while path != "/":
        path = os.path.dirname(path)
        if not os.stat(path).st_mode & 1:
            return False
    return True


class AsAnOrdinaryUser(Works, Case):
    prefix = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    env = {"HOME": "/nonexistent", "TMPDIR": None}

    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0 or not shutil.which("setpriv") or not ordinary_user_can_start(emulator.binary):
            raise emulator.unittest.SkipTest("needs root, setpriv, and a program that others can reach")
        super().setUpClass()


if __name__ == "__main__":
    emulator.expect("boxd", "0.2.19")
    emulator.run(__name__)
