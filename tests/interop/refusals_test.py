"""What the emulator refuses: strings that protobuf or the service does not accept, in every string field of every RPC, and
the values that the documents of both services exclude. Stock gRPC, with the descriptors of server reflection.

Usage: VENV_0_2_19/bin/python refusals_test.py EMULATOR [NAME PART]...
"""

import asyncio
import contextlib
import os
import stat
import tempfile
import urllib.request

import emulator  # before gRPC
import grpc
from boxd._generated import api_pb2 as pb
from boxd._generated import api_pb2_grpc
from cases import ABSENT_ID, BAD_NAMES, GIB, GOOD_NAMES
from reflection_test import SERVICE, Case

OK, INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION, UNIMPLEMENTED, INTERNAL, UNAUTHENTICATED = 0, 3, 5, 9, 12, 13, 16
LIMIT_SECS = 60
MIB = 1 << 20


class Refusals(Case):
    def methods(self):
        return self.pool.FindServiceByName(SERVICE).methods

    def send(self, rpc, packed, metadata=None):
        """Sends packed messages. Returns the code and the message of the status."""
        method = self.pool.FindServiceByName(SERVICE).methods_by_name[rpc]
        kind = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
        call = getattr(self.channel, kind)(f"/{SERVICE}/{rpc}")
        metadata = metadata or [("authorization", f"Bearer {self.token}")]
        try:
            reply = call(iter(packed) if method.client_streaming else packed[0], timeout=LIMIT_SECS, metadata=metadata)
            if method.server_streaming:
                list(reply)
            return OK, ""
        except grpc.RpcError as error:
            return error.code().value[0], error.details()

    def request(self, rpc, fields):
        method = self.pool.FindServiceByName(SERVICE).methods_by_name[rpc]
        return self.message(method.input_type.full_name)(**fields)

    def code(self, rpc, **fields):
        return self.send(rpc, [self.request(rpc, fields).SerializeToString()])[0]

    @property
    def token(self):
        if not hasattr(type(self), "_token"):
            type(self)._token = self.emulator.token()
        return self._token

    def make(self, name):
        made = self.call("CreateVm", token=self.token, name=name).vm_id
        self.addCleanup(self.code, "DestroyVm", vm_id=made)
        return made


MARK = "NULorBAD"


def messages_with(message_class, descriptor):
    """The name of each string field of a message, at all levels, with a message that has MARK in this field only."""
    for field in descriptor.fields:
        if field.message_type is None:
            if field.type == field.TYPE_STRING:
                yield field.name, message_class(descriptor.full_name)(
                    **{field.name: [MARK] if field.is_repeated else MARK})
            continue
        for name, inner in messages_with(message_class, field.message_type):
            outer = message_class(descriptor.full_name)()
            if field.message_type.GetOptions().map_entry:
                getattr(outer, field.name)[inner.key] = inner.value
            elif field.is_repeated:
                getattr(outer, field.name).append(inner)
            else:
                getattr(outer, field.name).CopyFrom(inner)
            yield name, outer


class Strings(Refusals):
    """protobuf-c returns C strings: a NUL would cut a command, a path or a name, and the rest would take effect."""

    def check(self, byte, code, text):
        fields = implemented = 0
        for method in self.methods():
            for name, message in messages_with(self.message, method.input_type):
                packed = message.SerializeToString()
                self.assertIn(MARK.encode(), packed)
                packed = packed.replace(MARK.encode(), MARK[:3].encode() + byte + MARK[4:].encode())
                with self.subTest(rpc=method.name, field=name):
                    found, details = self.send(method.name, [packed])
                    fields += 1
                    if found == UNIMPLEMENTED:
                        continue
                    implemented += 1
                    self.assertEqual(found, code, details)
                    self.assertIn(f"field {name} {text}", details)
        self.assertGreater(implemented, 100)

    def test_nul(self):
        self.check(b"\0", INVALID_ARGUMENT, "contains a NUL")

    def test_bytes_that_are_not_utf_8(self):
        self.check(b"\xff", INTERNAL, "is not UTF-8")

    def test_other_malformed_utf_8(self):
        for text in (b"\x80", b"a\xc3", b"\xc0\x80", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xf5a"):
            with self.subTest(text):
                self.assertEqual(self.send("GetVm", [bytes([10, len(text)]) + text])[0], INTERNAL)
        for text in (b"", "\x7f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff".encode()):
            with self.subTest(text):
                self.assertEqual(self.send("GetVm", [bytes([10, len(text)]) + text])[0], NOT_FOUND)

    def test_a_command_with_a_nul_does_not_run(self):
        made = self.make("whole")
        command = "touch /home/boxd/made\0 --never"
        self.assertEqual(self.code("Exec", vm_id=made, command=command), INVALID_ARGUMENT)
        self.assertEqual(self.code("DownloadFile", vm_id=made, path="/home/boxd/made"), NOT_FOUND)

    def test_a_later_message(self):
        first = self.request("Exec", {"vm_id": self.make("late"), "command": "cat"}).SerializeToString()
        self.assertEqual(self.send("Exec", [first, b"\x22\x01\0"])[0], INVALID_ARGUMENT)
        self.assertEqual(self.send("Exec", [first, b"\x22\x01\xff"])[0], INTERNAL)

    def test_bytes_fields_are_bytes(self):
        made = self.make("binary")
        data = b"\0\xff\xc3"
        self.assertEqual(self.code("UploadFile", vm_id=made, path="/home/boxd/x", data=data), OK)
        self.assertEqual(self.call("DownloadFile", token=self.token, vm_id=made, path="/home/boxd/x").data, data)

    def test_malformed_messages(self):
        for rpc in ("GetVm", "Exec", "UploadFileStream", "StreamLogs", "DownloadFileStream"):
            with self.subTest(rpc=rpc):
                self.assertEqual(self.send(rpc, [b"\x0a\xff"])[0], INTERNAL)


# RPC, field with the name, the other fields. "VM" is the id of a box.
NAMED = [
    ("CreateVm", "name", {}),
    ("ForkVm", "name", {"source_vm_id": "VM"}),
    ("RenameVm", "new_name", {"vm_id": "VM"}),
    ("CreateProxy", "name", {"vm": "VM", "port": 80}),
    ("CreateDisk", "name", {"size_bytes": GIB}),
    ("CreateNetwork", "name", {}),
    ("CreateTemplate", "name", {}),
    ("CreateSnapshot", "name", {"vm": "VM"}),
    ("CreateCheckpoint", "name", {"vm": "VM"}),
]


def config(**fields):
    return {"config": fields}


# RPC, fields, code. The documents of the Python packages name these rules.
REFUSED = [
    # sizes: 1/4, 2/8, 4/16 and 8/32 GiB; either value names one
    *[("CreateVm", config(**size), INVALID_ARGUMENT) for size in (
        {"memory_bytes": 8}, {"memory_bytes": 6 * GIB}, {"memory_bytes": 64 * GIB}, {"memory_bytes": 8 * GIB - 1},
        {"vcpu": 3}, {"vcpu": 16}, {"vcpu": 2, "memory_bytes": 4 * GIB}, {"disk_bytes": 20})],
    ("ForkVm", {"source_vm_id": "VM", **config(vcpu=3)}, INVALID_ARGUMENT),
    ("CreateTemplate", {"name": "t", **config(memory_bytes=8)}, INVALID_ARGUMENT),
    ("ResizeVm", {"vm_id": "VM", "vcpu": 3}, INVALID_ARGUMENT),
    ("ResizeVm", {"vm_id": "VM"}, INVALID_ARGUMENT),
    ("CreateVm", {"spec": {"size": "2x4"}}, INVALID_ARGUMENT),
    ("CreateDisk", {"name": "d", "size_bytes": 0}, INVALID_ARGUMENT),
    ("CreateDisk", {"name": "d", "size_bytes": 10}, INVALID_ARGUMENT),
    ("CreateDisk", {"name": "d", "size_bytes": 1 << 60}, INVALID_ARGUMENT),
    # images
    *[("CreateVm", {"image_ref": image}, NOT_FOUND) for image in (
        "no-such-image", "ubuntu:no-such-tag", "debian:12.99", "somebody/image", "ubuntu@sha256:" + "0" * 64)],
    *[("CreateVm", {"image_ref": image}, INVALID_ARGUMENT) for image in (
        "Ubuntu", "ubuntu:", ":24.04", "ubuntu:a b", " ubuntu", "a//b", "ghcr.io/", "ghcr.io/Org/img", "a" * 256,
        "ubuntu@sha256:12", "-a", "a..b", "ghcr.io/org/img:tag/more", "../etc", "./x", "-.x/y", ".io/a", "ghcr..io/a",
        "ghcr.io:/a", "ghcr.io:x/a", "ghcr-.io./a")],
    ("CreateTemplate", {"name": "t", "image_ref": "no-such-image"}, NOT_FOUND),
    # settings of a new box
    *[("CreateVm", {"restart_policy": policy}, INVALID_ARGUMENT) for policy in ("sometimes", "Always", "no", "on-failure")],
    *[("CreateVm", {"env": [{"key": key, "value": "x"}]}, INVALID_ARGUMENT) for key in ("", "1A", "A-B", "A=B", "A B")],
    ("CreateVm", {"networks": [""]}, INVALID_ARGUMENT),
    ("CreateVm", {"networks": ["n" * 64]}, INVALID_ARGUMENT),
    ("CreateVm", {"networks": [f"n{i}" for i in range(17)]}, INVALID_ARGUMENT),
    ("ForkVm", {"source_vm_id": "VM", "networks": [""]}, INVALID_ARGUMENT),
    ("CreateVm", {"org": "another"}, NOT_FOUND),
    ("CreateVm", {"team": "any"}, NOT_FOUND),
    ("CreateVm", config(volumes=[{"disk_id": ABSENT_ID, "mount_path": "/data"}]), NOT_FOUND),
    ("CreateVm", config(network={"ssh": True, "proxies": [{"name": "-bad", "port": 80}]}), INVALID_ARGUMENT),
    ("CreateVm", config(network={"ssh": True, "proxies": [{"name": "web", "port": 65536}]}), INVALID_ARGUMENT),
    *[("CreateVm", {"labels": labels}, INVALID_ARGUMENT) for labels in (
        {"": "x"}, {"Upper": "x"}, {"a b": "x"}, {"-a": "x"}, {"a-": "x"}, {"a" * 64: "x"}, {"boxd/x": "x"},
        {"a": "x" * 257}, {f"k{i}": "" for i in range(65)})],
    ("UpdateVmLabels", {"vm": "VM", "set": {"Upper": "x"}}, INVALID_ARGUMENT),
    ("CreateVm", {"spec": {"version": 2}}, INVALID_ARGUMENT),
    ("CreateVm", {"spec": {"size": "2x8"}, "image_ref": "ubuntu"}, INVALID_ARGUMENT),
    ("CreateVm", {"spec": {"env": {"A-B": "x"}}}, INVALID_ARGUMENT),
    ("CreateVmFromSnapshot", {"snapshot": "no-such-snapshot"}, NOT_FOUND),
    ("CreateVmFromTemplate", {"template_id": "no-such-template"}, NOT_FOUND),
    ("ForkVm", {"source_vm_id": "held"}, NOT_FOUND),  # not a name
    # settings of a box
    ("SetVmNetworks", {"vm_id": "VM", "networks": [""]}, INVALID_ARGUMENT),
    ("SetVmEgressAllow", {"vm": "VM", "entries": [""]}, INVALID_ARGUMENT),
    ("SetVmEgressAllow", {"vm": "VM", "entries": ["a.example"] * 257}, INVALID_ARGUMENT),
    ("SetBotProtection", {"vm_id": "VM", "mode": "sometimes"}, INVALID_ARGUMENT),
    ("SetDeleteAfter", {"vm_id": "VM", "delete_after_cron": "nightly"}, INVALID_ARGUMENT),
    ("SetDeleteAfter", {"vm_id": "VM", "delete_after_secs": 1, "delete_after_cron": "* * * * *"}, INVALID_ARGUMENT),
    # proxies, ports, domains
    ("CreateProxy", {"vm": "VM", "name": "p", "port": 0}, INVALID_ARGUMENT),
    ("CreateProxy", {"vm": "VM", "name": "p", "port": 65536}, INVALID_ARGUMENT),
    *[("SetProxyPort", {"vm": "VM", "port": port}, INVALID_ARGUMENT) for port in ("", "0", "65536", "-1", "80x", " 80")],
    ("SetProxyPort", {"vm": "VM", "name": "no-such-proxy", "port": "80"}, NOT_FOUND),
    ("DeleteProxy", {"vm": "VM", "name": ""}, INVALID_ARGUMENT),
    ("DeleteProxy", {"vm": "VM", "name": "no-such-proxy"}, NOT_FOUND),
    ("ExposePort", {"vm": "VM", "vm_port": 0}, INVALID_ARGUMENT),
    ("ExposePort", {"vm": "VM", "vm_port": 80, "protocol": "sctp"}, INVALID_ARGUMENT),
    ("UnexposePort", {"vm": "VM", "vm_port": 81}, NOT_FOUND),
    *[(rpc, {"vm_id": "VM", "domain": domain}, INVALID_ARGUMENT) for rpc in ("AddCustomDomain", "BindDomain") for domain in (
        "", "nodots", "-a.example", "a..example", "a.example.", "a_b.example", "a" * 64 + ".example")],
    ("RemoveCustomDomain", {"domain": "no.such.example"}, NOT_FOUND),
    ("UnbindDomain", {"domain": "no.such.example"}, NOT_FOUND),
    # disks
    *[("AttachDisk", {"disk_id": "DISK", "vm_id": "VM", "mount_path": path}, INVALID_ARGUMENT) for path in (
        "", "/", "data", "/data/../etc", "/proc/x", "/dev")],
    ("AttachDisk", {"disk_id": ABSENT_ID, "vm_id": "VM", "mount_path": "/data"}, NOT_FOUND),
    ("DetachDisk", {"disk_id": "DISK", "vm_id": "VM"}, FAILED_PRECONDITION),
    ("DestroyDisk", {"disk_id": ABSENT_ID}, NOT_FOUND),
    # account
    ("CreateToken", {"expires_in_secs": 1 << 40}, INVALID_ARGUMENT),
    ("RevokeToken", {"jti": "no-such-token"}, NOT_FOUND),
    ("CreateApiKey", {"name": ""}, INVALID_ARGUMENT),
    ("CreateApiKey", {"name": "k", "kind": "guest"}, INVALID_ARGUMENT),
    ("CreateApiKey", {"name": "k", "org": "another"}, NOT_FOUND),
    ("DeleteApiKey", {"id": "no-such-key"}, NOT_FOUND),
    ("LinkSshKey", {"pubkey": "not a key"}, INVALID_ARGUMENT),
    ("ListVms", {"org": "another"}, NOT_FOUND),
    # commands and files
    ("Exec", {"vm_id": "VM"}, INVALID_ARGUMENT),
    ("Exec", {"vm_id": "VM", "command": "true", "tty": True, "cols": 100_000, "rows": 1}, INVALID_ARGUMENT),
    ("Exec", {"vm_id": "VM", "command": "x" * (128 << 10)}, INVALID_ARGUMENT),
    *[(rpc, {"vm_id": "VM", "path": ""}, INVALID_ARGUMENT) for rpc in (
        "UploadFile", "UploadFileStream", "DownloadFile", "DownloadFileStream", "ListDir", "Mkdir", "DeletePath")],
    ("RenamePath", {"vm_id": "VM", "old_path": "a", "new_path": ""}, INVALID_ARGUMENT),
    ("CopyPath", {"vm_id": "VM", "old_path": "", "new_path": "b"}, INVALID_ARGUMENT),
    ("UploadFileStream", {"vm_id": "VM", "path": "x", "total_size": 1, "data": b"two"}, INVALID_ARGUMENT),
    ("UploadFileStream", {"vm_id": "VM", "path": "x", "total_size": 9, "data": b"two"}, INVALID_ARGUMENT),
]

# Fields of each RPC that names a box; the box does not exist.
OF_A_BOX = {
    **{rpc: "vm_id" for rpc in (
        "DestroyVm", "StartVm", "StopVm", "RebootVm", "SuspendVm", "ResumeVm", "HibernateVm", "WakeVm", "GetVm", "StreamLogs",
        "UploadFile", "DownloadFile", "UploadFileStream", "DownloadFileStream", "SetAutoSuspendTimeout", "ListDir", "Mkdir",
        "SetAutoHibernateTimeout", "RenameVm", "ExposePort", "ShareVm", "UnshareVm", "SetVmNetworks", "ResizeVm",
        "AddCustomDomain", "BindDomain", "RenamePath", "DeletePath", "CopyPath", "SetDeleteAfter", "SetBotProtection",
        "SetIdleIgnoreOutbound", "Exec")},
    **{rpc: "vm" for rpc in (
        "CreateProxy", "ListProxies", "DeleteProxy", "SetProxyPort", "UnexposePort", "ListExposedPorts", "CreateSnapshot",
        "CreateCheckpoint", "ListCheckpoints", "DeleteCheckpoint", "RestoreCheckpoint", "SetVmEgressAllow",
        "UpdateVmLabels", "UpdateMachineSpec")},
    "ForkVm": "source_vm_id",
}


class Values(Refusals):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vm = cls().call("CreateVm", name="held").vm_id
        cls.disk = cls().call("CreateDisk", name="held", size_bytes=GIB).disk_id

    def filled(self, fields):
        return {name: {"VM": self.vm, "DISK": self.disk}.get(value, value) if isinstance(value, str) else value
                for name, value in fields.items()}

    def test_bad_names(self):
        for rpc, field, others in NAMED:
            for name in BAD_NAMES:
                with self.subTest(rpc=rpc, name=name):
                    self.assertEqual(self.code(rpc, **{field: name}, **self.filled(others)), INVALID_ARGUMENT)

    def test_good_names(self):
        vm = self.make("good-names")
        for rpc, field, others in NAMED:
            others = {name: vm if value == "VM" else value for name, value in others.items()}
            for name in GOOD_NAMES:
                with self.subTest(rpc=rpc, name=name):
                    self.assertEqual(self.code(rpc, **{field: name}, **others), OK)
                if rpc in ("CreateVm", "ForkVm"):
                    for row in self.call("ListVms", token=self.token).vms:
                        if row.name == name:
                            self.assertEqual(self.code("DestroyVm", vm_id=row.vm_id), OK)

    def test_values(self):
        before = len(self.call("ListVms", token=self.token).vms)
        for rpc, fields, code in REFUSED:
            with self.subTest(rpc=rpc, fields=str(fields)[:200]):
                self.assertEqual(self.code(rpc, **self.filled(fields)), code)
        self.assertEqual(len(self.call("ListVms", token=self.token).vms), before)

    def test_an_unknown_box(self):
        others = {"path": "/x", "old_path": "/x", "new_path": "/y", "name": "x", "new_name": "x", "port": 80,
                  "vm_port": 80, "command": "true", "domain": "a.example", "vcpu": 1, "patch": "{}"}
        for rpc, field in OF_A_BOX.items():
            names = self.request(rpc, {}).DESCRIPTOR.fields_by_name
            fields = {name: value for name, value in others.items() if name in names and name != field}
            if rpc == "SetProxyPort":
                fields["port"] = "80"
            with self.subTest(rpc=rpc):
                self.assertEqual(self.code(rpc, **fields, **{field: ABSENT_ID}), NOT_FOUND)

    def test_sizes_and_images_that_are_accepted(self):
        for fields in (config(vcpu=1), config(vcpu=2, memory_bytes=8 * GIB), config(memory_bytes=16 * GIB), config(vcpu=8),
                       config(disk_bytes=20 * GIB), config(disk_bytes=MIB), {"restart_policy": "never"},
                       {"image_ref": "debian:12"}, {"image_ref": "ubuntu"}, {"image_ref": "ghcr.io/org/img:tag"},
                       {"image_ref": "ghcr.io:443/org/img"}, {"image_ref": "my-host.example/img"},
                       {"image_ref": "localhost:5000/a/b-c@sha256:" + "0" * 64}):
            with self.subTest(fields=fields):
                made = self.call("CreateVm", token=self.token, **fields).vm_id
                self.assertEqual(self.code("DestroyVm", vm_id=made), OK)


class KnownImages(Refusals):
    options = ("--image", "mine:1", "--known-image", "mine:2", "--known-image", "Any \033[31mtext")

    def test_known_images(self):
        for image, code in (("", OK), ("mine:1", OK), ("mine:2", OK), ("Any \033[31mtext", OK), ("mine:3", NOT_FOUND)):
            with self.subTest(image=image):
                self.assertEqual(self.code("CreateVm", image_ref=image), code)


class Service01(Refusals):
    """The documents of service 0.1 combine 2 vCPUs with 4 GiB."""
    options = ("--generation", "0.1")

    def test_sizes(self):
        for size, code in (({"vcpu": 2, "memory_bytes": 4 * GIB}, OK), ({"vcpu": 3}, OK), ({"memory_bytes": 6 * GIB}, OK),
                           ({"memory_bytes": 8}, INVALID_ARGUMENT), ({"memory_bytes": 64 * GIB}, INVALID_ARGUMENT),
                           ({"vcpu": 9}, INVALID_ARGUMENT)):
            with self.subTest(size):
                self.assertEqual(self.code("CreateVm", **config(**size)), code)

    def test_other_rules(self):
        for fields in ({"restart_policy": "sometimes"}, config(disk_bytes=20), {"name": "-a"}):
            with self.subTest(fields):
                self.assertEqual(self.code("CreateVm", **fields), INVALID_ARGUMENT)
        self.assertEqual(self.code("CreateVm", image_ref="no-such-image"), NOT_FOUND)
        self.assertEqual(self.code("CreateDisk", name="d", size_bytes=0), INVALID_ARGUMENT)


class StatusOfStreams(Refusals):
    """grpcio's asyncio API fails the write of a first message when the status of the call arrives before it has ended, and
    then reports INTERNAL. So a status follows the first message, whatever refuses the call."""
    EACH = 200

    async def refuse(self, rpc, packed, token):
        method = self.pool.FindServiceByName(SERVICE).methods_by_name[rpc]
        kind = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"

        async def messages():
            yield packed

        call = getattr(self.aio, kind)(f"/{SERVICE}/{rpc}")(
            messages() if method.client_streaming else packed, timeout=LIMIT_SECS,
            metadata=[("authorization", f"Bearer {token}")])
        with contextlib.suppress(grpc.RpcError):
            if method.server_streaming:
                async for _ in call:
                    pass
            else:
                await call
        return (await call.code()).value[0]

    async def refuse_all(self, target):
        found = {}
        async with grpc.aio.insecure_channel(target.api_url.removeprefix("http://")) as self.aio:
            for (rpc, fields, token), code in self.calls(target).items():
                packed = self.request(rpc, dict(fields)).SerializeToString()
                codes = [await self.refuse(rpc, packed, token) for _ in range(self.EACH)]
                found[rpc, token == "wrong"] = {code: codes.count(code) for code in codes}, {code: self.EACH}
        return found

    def calls(self, target):
        token = target.token()
        vm, path, rest = ("vm_id", ABSENT_ID), ("path", "/x"), ("command", "true")
        return {
            ("Exec", (vm, rest), "wrong"): UNAUTHENTICATED, ("Exec", (vm, rest), token): NOT_FOUND,
            ("UploadFileStream", (vm, path), "wrong"): UNAUTHENTICATED,
            ("UploadFileStream", (vm, path), token): NOT_FOUND,
            ("DownloadFileStream", (vm, path), "wrong"): UNAUTHENTICATED, ("StreamLogs", (vm,), "wrong"): UNAUTHENTICATED,
            ("DesktopTunnel", (vm,), token): UNIMPLEMENTED, ("GetVm", (vm,), "wrong"): UNAUTHENTICATED,
        }

    def test_no_status_is_lost(self):
        for name, (found, expected) in asyncio.run(self.refuse_all(self.emulator)).items():
            with self.subTest(name):
                self.assertEqual(found, expected)

    def test_the_status_of_a_fault(self):
        self.emulator.add_faults({"rpc": "Exec", "code": 14, "message": "as asked", "count": self.EACH})

        async def run():
            async with grpc.aio.insecure_channel(self.emulator.api_url.removeprefix("http://")) as self.aio:
                packed = self.request("Exec", {"vm_id": ABSENT_ID, "command": "true"}).SerializeToString()
                return [await self.refuse("Exec", packed, self.token) for _ in range(self.EACH)]

        self.assertEqual(set(asyncio.run(run())), {14})

    def test_a_call_without_a_message(self):
        self.assertEqual(self.send("Exec", [])[0], INVALID_ARGUMENT)
        self.assertEqual(self.send("UploadFileStream", [])[0], INVALID_ARGUMENT)
        self.assertEqual(self.send("Exec", [], [("authorization", "Bearer wrong")])[0], UNAUTHENTICATED)


class Logged(emulator.TimedCase):
    def test_the_log_file(self):
        with tempfile.TemporaryDirectory() as directory:
            path, before = os.path.join(directory, "log"), os.umask(0)
            self.addCleanup(os.umask, before)
            with open(path, "w", encoding="utf-8"):
                pass  # a log that exists, and everyone may read
            with emulator.Emulator("--log", path) as target, grpc.insecure_channel(
                    target.api_url.removeprefix("http://")) as channel:
                stub, metadata = api_pb2_grpc.BoxdApiStub(channel), [("authorization", f"Bearer {target.token()}")]
                vm = stub.CreateVm(pb.CreateVmRequest(env=[pb.EnvVar(key="A", value="hunter2")]), metadata=metadata).vm_id
                list(stub.Exec(iter([pb.ExecChunk(vm_id=vm, command="SECRET='hunter2' sh -c 'true && X=hunter2 true'")]), metadata=metadata))
                target.calls("Exec", 1)
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            with open(path, encoding="utf-8") as log:
                text = log.read()
            self.assertIn("SECRET=*** sh -c 'true && X=***", text)
            self.assertNotIn("hunter2", text)


class Metadata(emulator.TimedCase):
    """The metadata service gives a token to everyone who can connect, so it refuses the requests of web pages, also those of
    a page whose name resolves to this host."""

    def status(self, target, **headers):
        url = target.env["BOXD_EMULATOR_METADATA_URL"] + "/v1/auth/token"
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            with emulator.http.open(urllib.request.Request(url, headers=headers), timeout=LIMIT_SECS) as response:
                return response.status
        except urllib.error.HTTPError as error:
            self.assertNotIn(b"token\":", error.read())
            return error.code

    def test_hosts_and_origins(self):
        with emulator.Emulator("--metadata-port", "0") as target:
            port = target.env["BOXD_EMULATOR_METADATA_URL"].rsplit(":", 1)[1]
            self.assertEqual(self.status(target), 200)
            for host in ("127.0.0.1", f"127.0.0.1:{port}", "localhost", "LOCALHOST:80", "10.0.0.1:9002", "[::1]:9002", "[::1]"):
                with self.subTest(host=host):
                    self.assertEqual(self.status(target, Host=host), 200)
            for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "localhost.evil.example", "",
                         "::1", "[127.0.0.1]", "127.0.0.1x", "user@127.0.0.1"):
                with self.subTest(host=host):
                    self.assertEqual(self.status(target, Host=host), 403)
            for origin in ("http://evil.example", "null", f"http://127.0.0.1:{port}"):
                with self.subTest(origin=origin):
                    self.assertEqual(self.status(target, Origin=origin), 403)


if __name__ == "__main__":
    emulator.run(__name__)
