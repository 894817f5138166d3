"""Lists of ten thousand objects of each kind: each object is created by its own call, and one reply lists them all.

Usage: VENV_0_2_19/bin/python many_records_test.py EMULATOR [NAME PART]...

The messages are the published package's; the calls go below it, for a hundred at a time.
"""

import asyncio
import time

import emulator  # before gRPC
import grpc
from boxd._generated import api_pb2 as pb
from boxd._generated import api_pb2_grpc

COUNT = 10_000
AT_ONCE = 100
LIST_LIMIT_SECS = 10  # takes tens of milliseconds, unless an algorithm is quadratic
MESSAGE_LIMIT = 64 << 20


class Client:
    def __init__(self, target):
        self.metadata = [("authorization", f"Bearer {target.token()}")]
        self.channel = grpc.aio.insecure_channel(
            target.api_url.removeprefix("http://"), options=[("grpc.max_receive_message_length", MESSAGE_LIMIT)])
        self.stub = api_pb2_grpc.BoxdApiStub(self.channel)

    async def call(self, rpc, **fields):
        request = getattr(pb, f"{rpc}Request")(**fields)
        return await getattr(self.stub, rpc)(request, metadata=self.metadata)

    async def each(self, name, fields_of):
        """Makes a call for each number, and prints the total time."""
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(number):
            async with slots:
                return await self.call(name, **fields_of(number))

        start = time.monotonic()
        answers = await asyncio.gather(*map(one, range(COUNT)))
        print(f"{COUNT} x {name}: {time.monotonic() - start:.2f} s")
        return answers


class ManyRecords(emulator.TimedCase):
    @classmethod
    def setUpClass(cls):
        cls.emulator = cls.enterClassContext(emulator.Emulator("--synthetic-exec"))

    def with_client(self, work):
        async def run():
            client = Client(self.emulator)
            try:
                await work(client)
            finally:
                await client.channel.close()

        asyncio.run(run())

    async def check_list(self, client, name, field, **fields):
        start = time.monotonic()
        answer = await client.call(name, **fields)
        seconds = time.monotonic() - start
        print(f"{name}: {len(getattr(answer, field))} in {answer.ByteSize()} bytes, {seconds:.3f} s")
        self.assertGreaterEqual(len(getattr(answer, field)), COUNT)
        self.assertLess(seconds, LIST_LIMIT_SECS)

    def test_machines_and_domains(self):
        async def work(client):
            made = await client.each("CreateVm", lambda i: {
                "name": f"machine-{i}", "labels": {"number": str(i)}, "networks": ["many"]})
            await client.each("AddCustomDomain", lambda i: {"vm_id": made[i].vm_id, "domain": f"d{i}.example.com"})
            await self.check_list(client, "ListVms", "vms")
            await self.check_list(client, "ListCustomDomains", "domains")
            await client.each("GetVm", lambda i: {"vm_id": f"machine-{i}"})
            await client.each("DestroyVm", lambda i: {"vm_id": made[i].vm_id})
            self.assertEqual(len((await client.call("ListVms")).vms), 0)

        self.with_client(work)

    def test_disks(self):
        async def work(client):
            made = await client.each("CreateDisk", lambda i: {"name": f"disk-{i}", "size_bytes": 1 << 30})
            await self.check_list(client, "ListDisks", "disks")
            await client.each("DestroyDisk", lambda i: {"disk_id": made[i].disk_id})

        self.with_client(work)

    def test_snapshots(self):
        async def work(client):
            machine = await client.call("CreateVm", name="source")
            await client.each("CreateSnapshot", lambda i: {"vm": machine.vm_id, "name": f"snapshot-{i}"})
            await self.check_list(client, "ListSnapshots", "snapshots")
            await client.call("DestroyVm", vm_id=machine.vm_id)

        self.with_client(work)

    def test_networks(self):
        async def work(client):
            await client.each("CreateNetwork", lambda i: {"name": f"network-{i}"})
            await self.check_list(client, "ListNetworks", "networks")

        self.with_client(work)

    def test_tokens(self):
        async def work(client):
            await client.each("CreateToken", lambda _: {})
            await self.check_list(client, "ListTokens", "tokens")

        self.with_client(work)

    def test_api_keys(self):
        async def work(client):
            await client.each("CreateApiKey", lambda i: {"name": f"key {i}"})
            await self.check_list(client, "ListApiKeys", "keys")
            self.assertTrue(self.emulator.exchange()["token"])

        self.with_client(work)


if __name__ == "__main__":
    emulator.run(__name__)
