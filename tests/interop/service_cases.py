"""Cases of boxd_0_2_19_test.py: proxies, ports, domains, disks, snapshots, checkpoints, keys."""

import base64
import hashlib
import re
import socket
import struct
import time

import boxd
import grpc
from boxd._generated import api_pb2, api_pb2_grpc  # for RPCs without an operation of the package
from cases import (ABSENT_ID, ALREADY_EXISTS, FAILED_PRECONDITION, GIB, INVALID_ARGUMENT, NAME, NOT_FOUND,
                   RESOURCE_EXHAUSTED, UNIMPLEMENTED)


class Lifecycle:
    """Hibernate, wake, rename, and the log of a machine."""

    def test_hibernate_and_wake(self):
        machine_id = self.create("cold").id
        self.run_shell(machine_id, "echo kept > file")
        self.do(self.machines.hibernate(machine_id))
        self.assertEqual(self.get(machine_id).status, "hibernated")
        self.do(self.machines.wake(machine_id))
        self.assertEqual(self.run_shell(machine_id, "cat file"), "kept\n")
        self.do(self.machines.hibernate(machine_id))
        self.assertEqual(self.run_shell(machine_id, "echo awake"), "awake\n")
        self.refuses(boxd.ConflictError, FAILED_PRECONDITION, lambda: self.machines.wake(machine_id))

    def test_rename(self):
        machine_id = self.create("before").id
        self.create("occupied")
        self.run_shell(machine_id, "echo kept > file; sync")
        self.assertEqual(self.do(self.machines.rename(machine_id, "after")), "after")
        machine = self.get("after")
        self.assertEqual((machine.id, machine.access.url), (machine_id, "https://after.boxd.sh"))
        self.assertEqual(self.run_shell("after", "cat file; hostname"), "kept\nafter\n")
        self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: self.machines.get("before"))
        self.refuses(boxd.ConflictError, ALREADY_EXISTS, lambda: self.machines.rename(machine_id, "occupied"))
        self.refuses(boxd.APIStatusError, INVALID_ARGUMENT, lambda: self.machines.rename(machine_id, "Bad"))

    def test_logs(self):
        machine_id = self.create("logging", cmd=["sh", "-c", "echo first; echo second >&2; exec sleep 1000"]).id
        said = b""
        for chunk in self.surface.iterate(self.do(self.machines.logs(machine_id, follow=True))):
            said += chunk
            if b"first" in said and b"second" in said:
                break
        self.assertIn(b"first", b"".join(self.surface.iterate(self.do(self.machines.logs(machine_id)))))


class Network:
    def test_proxies(self):
        proxies, machine_id = self.machines.proxies, self.create("proxied").id
        made = self.do(proxies.create("proxied", "web", 3000))
        self.assertEqual((made.name, made.port), ("web", 3000))
        self.refuses(boxd.ConflictError, ALREADY_EXISTS, lambda: proxies.create("proxied", "web", 3000))
        self.do(proxies.set_port("proxied", 4000, name="web"))
        self.do(proxies.set_port("proxied", 5000))
        rows = {row.is_default: row for row in self.do(proxies.list(machine_id))}
        self.assertEqual((rows[False].name, rows[False].port, rows[False].machine_id), ("web", 4000, machine_id))
        self.assertEqual(re.sub("^https://", "", rows[False].domain), "web.proxied.boxd.sh")
        self.assertEqual((rows[True].name, rows[True].port, rows[True].port_mode), (None, 5000, "locked"))
        self.do(proxies.set_port("proxied", "auto"))
        rows = {row.is_default: row for row in self.do(proxies.list("proxied"))}
        self.assertEqual(rows[True].port_mode, "auto")
        self.do(proxies.delete("proxied", "web"))
        self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: proxies.delete("proxied", "web"))

    def test_ports(self):
        ports, machine_id = self.machines.ports, self.create("exposed").id
        with socket.create_server(("127.0.0.1", 0)) as server:  # the boxes share this host's network
            port = server.getsockname()[1]
            made = self.do(ports.expose(machine_id, port))
            self.assertEqual((made.machine_id, made.machine_name, made.machine_port, made.protocol),
                             (machine_id, "exposed", port, "tcp"))
            with socket.create_connection((made.dns, made.public_port), 30) as client:
                inside, _ = server.accept()
                with inside:
                    client.sendall(b"through")
                    self.assertEqual(inside.recv(100), b"through")
        self.assertEqual(self.do(ports.list(machine_id)), [made])
        self.assertIn(made, self.do(ports.list()))
        self.assertIsNotNone(self.get(machine_id).last_connected_at)
        self.assertEqual(self.do(ports.expose(machine_id, port)), made)  # it keeps its public port
        self.assertEqual(self.do(ports.unexpose("exposed", port)), made)
        self.assertEqual(self.do(ports.list(machine_id)), [])
        self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: ports.unexpose(machine_id, port))

    def test_limits_of_ports(self):
        ports, machine_id = self.machines.ports, self.create("open").id
        for port in (1001, 1002, 1003):
            self.do(ports.expose(machine_id, port))
        self.refuses(boxd.RateLimitError, RESOURCE_EXHAUSTED, lambda: ports.expose(machine_id, 1004))
        self.refuses(boxd.APIStatusError, INVALID_ARGUMENT, lambda: ports.expose(machine_id, 70000))
        self.refuses(boxd.APIStatusError, INVALID_ARGUMENT, lambda: ports.expose(machine_id, 80, protocol="sctp"))
        self.refuses(boxd.APIStatusError, UNIMPLEMENTED, lambda: ports.expose(machine_id, 80, protocol="udp"))

    def test_domains(self):
        domains, machine_id = self.client.domains, self.create("domained").id
        self.do(domains.create("WWW.example.com", machine_id))
        self.do(domains.create("www.example.org", machine_id))
        rows = [(row.domain, row.machine_id, row.machine_name, row.status) for row in self.do(domains.list())]
        self.assertEqual(rows, [("www.example.com", machine_id, "domained", "active"),
                                ("www.example.org", machine_id, "domained", "active")])
        self.assertEqual([domain.domain for domain in self.get(machine_id).access.custom_domains],
                         ["www.example.com", "www.example.org"])
        self.refuses(boxd.ConflictError, ALREADY_EXISTS, lambda: domains.create("www.example.com", machine_id))
        self.refuses(boxd.APIStatusError, INVALID_ARGUMENT, lambda: domains.create("nodots", machine_id))
        self.do(domains.delete("www.EXAMPLE.com"))
        self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: domains.delete("www.example.com"))
        self.do(self.machines.delete(machine_id))
        self.assertEqual(self.do(domains.list()), [])


class Storage:
    def test_disks(self):
        disks, machine_id = self.client.disks, self.create("attached").id
        disk = self.do(disks.create("data", "2G"))
        self.assertEqual((disk.name, disk.size_bytes, disk.status), ("data", 2 * GIB, "ready"))
        self.do(disks.attach(disk.id, machine_id, "/home/boxd/data"))
        self.run_shell(machine_id, "echo kept > data/file")
        row = next(row for row in self.do(disks.list()) if row.id == disk.id)
        [attachment] = row.attachments
        self.assertEqual((attachment.machine_id, attachment.machine_name, attachment.mount_path, attachment.mount_mode),
                         (machine_id, "attached", "/home/boxd/data", "rw"))
        self.assertLess(abs(row.created_at.timestamp() - time.time()), 120)
        self.refuses(boxd.ConflictError, FAILED_PRECONDITION, lambda: disks.delete(disk.id))
        self.do(disks.detach(disk.id, machine_id))
        self.do(disks.attach(disk.id, machine_id, "/home/boxd/again", read_only=True))
        self.assertEqual(self.run_shell(machine_id, "cat again/file; touch again/x || echo refused"), "kept\nrefused\n")
        self.do(disks.detach(disk.id, machine_id))
        self.do(disks.delete(disk.id))
        self.assertNotIn(disk.id, [row.id for row in self.do(disks.list()) if row.status != "destroyed"])
        self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: disks.delete(disk.id))

    def test_a_volume_at_create(self):
        disk = self.do(self.client.disks.create("volume", "1G"))
        machine_id = self.create("volumes", volumes=[boxd.VolumeMount(disk_id=disk.id, mount_path="/home/boxd/v")]).id
        self.run_shell(machine_id, "echo x > v/file")
        self.do(self.machines.delete(machine_id))
        self.do(self.client.disks.delete(disk.id))

    def wait_for(self, status):
        while status() == "pending":
            time.sleep(0.05)  # no event reports the status; the case has a time limit

    def test_snapshots(self):
        snapshots, source = self.client.snapshots, self.create("snapped", vcpu=4, memory="16G")
        self.do(self.machines.files.upload(source.id, "/home/boxd/file", b"kept"))
        made = self.do(snapshots.create(source.id, "base"))
        self.assertEqual((made.name, made.version), ("base", 1))
        self.wait_for(lambda: self.do(snapshots.get("base")).status)
        row = self.do(snapshots.get(made.id, org="emulator"))
        self.assertEqual((row.status, row.vcpu, row.memory_bytes, row.use_count), ("ready", 4, 16 * GIB, 0))
        self.assertIn(row, self.do(snapshots.list(org="emulator")))
        copy = self.create("from-snapshot", from_snapshot="base")
        self.assertEqual((copy.resources, copy.source.version), (source.resources, 1))
        self.assertEqual(self.do(self.machines.files.download(copy.id, "/home/boxd/file")), b"kept")
        self.do(self.machines.files.upload(source.id, "/home/boxd/file", b"new"))
        self.assertEqual(self.do(snapshots.create(source.id, "base")).version, 2)
        self.wait_for(lambda: self.do(snapshots.get("base")).status)
        copy = self.create("from-version-2", from_snapshot=made.id)
        self.assertEqual(self.do(self.machines.files.download(copy.id, "/home/boxd/file")), b"new")
        self.assertEqual(self.do(snapshots.get("base")).use_count, 2)
        self.do(snapshots.delete("base"))
        self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: snapshots.get("base"))
        self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: self.machines.create("x", from_snapshot="base"))
        self.do(self.machines.stop(source.id))
        self.refuses(boxd.ConflictError, FAILED_PRECONDITION, lambda: snapshots.create(source.id, "asleep"))

    def test_checkpoints(self):
        checkpoints, machine_id = self.machines.checkpoints, self.create("checked").id
        self.run_shell(machine_id, "echo old > file; sync")
        made = self.do(checkpoints.create(machine_id, "safe"))
        self.assertEqual(made.name, "safe")
        self.wait_for(lambda: self.do(checkpoints.list(machine_id))[0].status)
        [row] = self.do(checkpoints.list("checked"))
        self.assertEqual((row.id, row.name, row.status, row.available), (made.id, "safe", "ready", True))
        self.assertLess(abs(row.created_at.timestamp() - time.time()), 120)
        self.assertTrue(row.created_by)
        self.refuses(boxd.ConflictError, ALREADY_EXISTS, lambda: checkpoints.create(machine_id, "safe"))
        self.run_shell(machine_id, "echo new > file; echo x > other")
        self.do(checkpoints.restore(machine_id, "safe"))
        self.assertEqual(self.run_shell(machine_id, "cat file; test -e other || echo none"), "old\nnone\n")
        self.do(checkpoints.delete(machine_id, "safe"))
        self.assertEqual(self.do(checkpoints.list(machine_id)), [])
        for call in (checkpoints.delete, checkpoints.restore):
            self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: call(machine_id, "safe"))
        self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: checkpoints.create(ABSENT_ID, "safe"))


class Identity:
    def test_api_keys(self):
        keys = self.client.api_keys
        made = self.do(keys.create("second", expires_in=3600, org="emulator"))
        row = next(row for row in self.do(keys.list()) if row.id == made.id)
        self.assertEqual((row.name, row.kind, row.mine, row.last_used_at), ("second", "member", True, None))
        self.assertTrue(made.api_key.startswith(row.key_prefix))
        self.assertEqual(row.expires_at, made.expires_at)
        self.assertTrue(self.emulator.exchange(made.api_key)["token"])
        row = next(row for row in self.do(keys.list()) if row.id == made.id)
        self.assertIsNotNone(row.last_used_at)
        self.do(keys.delete(made.id))
        self.assertNotIn(made.id, [row.id for row in self.do(keys.list())])
        self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: keys.delete(made.id))
        self.refuses(boxd.APIStatusError, INVALID_ARGUMENT, lambda: keys.create("third", kind="guest"))
        self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: keys.create("third", org="another"))

    def test_link_ssh_key(self):
        def public_key(seed):
            blob = b"".join(struct.pack(">I", len(part)) + part for part in (b"ssh-ed25519", bytes([seed] * 32)))
            digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
            return f"ssh-ed25519 {base64.b64encode(blob).decode()} somebody@example", f"SHA256:{digest}"

        def known():
            return self.do(self.client.account.get()).pubkey_fingerprints

        link = self.client.account.link_ssh_key
        first, first_print = public_key(1)
        second, second_print = public_key(2)
        self.do(link(first))
        self.do(link(first))
        self.assertEqual(known().count(first_print), 1)
        self.do(link(first, device_id="laptop", label="Laptop"))
        self.do(link(second + "\n", device_id="laptop"))
        self.assertIn(second_print, known())
        for text in ("", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-rsa " + first.split()[1], "not a key at all!"):
            with self.subTest(text=text):
                self.refuses(boxd.APIStatusError, INVALID_ARGUMENT, lambda: link(text))

    def test_rpcs_without_an_operation_of_the_package(self):
        metadata = [("authorization", f"Bearer {self.emulator.token()}")]
        with grpc.insecure_channel(self.emulator.api_url.removeprefix("http://")) as channel:
            stub = api_pb2_grpc.BoxdApiStub(channel)
            orgs = stub.ListOrgs(api_pb2.ListOrgsRequest(), metadata=metadata)
            self.assertEqual([(org.name, org.is_admin) for org in orgs.orgs], [("emulator", True)])
            self.assertEqual(orgs.default_org_id, orgs.orgs[0].id)
            [node] = stub.ListProxyNodes(api_pb2.ListProxyNodesRequest(), metadata=metadata).proxies
            self.assertEqual(node.endpoint, self.emulator.api_url)
            self.assertRegex(stub.SuggestVmName(api_pb2.SuggestVmNameRequest(), metadata=metadata).name, NAME)
            with self.assertRaises(grpc.RpcError) as caught:
                stub.SetDeleteAfter(api_pb2.SetDeleteAfterRequest(
                    vm_id=self.create("torn").id, delete_after_secs=60, delete_after_cron="* * * * *"),
                    metadata=metadata)
            self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
            with self.assertRaises(grpc.RpcError) as caught:
                stub.CreateVm(api_pb2.CreateVmRequest(name="teamed", team="no-team"), metadata=metadata)
            self.assertEqual(caught.exception.code(), grpc.StatusCode.NOT_FOUND)
            with self.assertRaises(grpc.RpcError) as caught:
                stub.CreateVm(api_pb2.CreateVmRequest(
                    name="both", labels={"a": "1"}, spec=api_pb2.MachineSpec(version=1)), metadata=metadata)
            self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
