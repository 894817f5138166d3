"""Stock gRPC clients against the emulator, with only the descriptors of server reflection: the reflection client
of grpcio-reflection, message types made from the descriptors it fetched, and grpcio's generic calls.

Usage: VENV/bin/python reflection_test.py EMULATOR [NAME PART]...   (either virtual environment)
"""

import pathlib
import re

import emulator  # before gRPC
import grpc
from google.protobuf import descriptor_pool, message_factory
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

SERVICE = "boxd.api.v1.BoxdApi"
REFLECTION = ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"]
PROTO = pathlib.Path(__file__).resolve().parents[2] / "proto" / "api.proto"
CALL_LIMIT_SECS = 30

RPC = re.compile(r"^\s*rpc\s+(\w+)\s*\(\s*(stream\s+)?([\w.]+)\s*\)"
                 r"\s*returns\s*\(\s*(stream\s+)?([\w.]+)\s*\)", re.MULTILINE)


class Case(emulator.TimedCase):
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.emulator = cls.enterClassContext(emulator.Emulator(*cls.options))
        address = cls.emulator.api_url.removeprefix("http://")
        cls.channel = cls.enterClassContext(grpc.insecure_channel(address))
        grpc.channel_ready_future(cls.channel).result(CALL_LIMIT_SECS)
        cls.database = ProtoReflectionDescriptorDatabase(cls.channel)
        cls.pool = descriptor_pool.DescriptorPool(cls.database)

    def message(self, name):
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(name))

    def call(self, rpc, token=None, **fields):
        """A unary call by name."""
        method = self.pool.FindServiceByName(SERVICE).methods_by_name[rpc]
        request = self.message(method.input_type.full_name)
        reply = self.message(method.output_type.full_name)
        call = self.channel.unary_unary(f"/{SERVICE}/{rpc}", request_serializer=request.SerializeToString,
                                        response_deserializer=reply.FromString)
        metadata = [("authorization", f"Bearer {token or self.emulator.token()}")]
        return call(request(**fields), timeout=CALL_LIMIT_SECS, metadata=metadata)

    def ask(self, version, *requests):
        """Sends reflection requests on a stream, to one of the two versions of reflection, which are the same on the wire."""
        call = self.channel.stream_stream(
            f"/{version}/ServerReflectionInfo",
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString)
        return list(call(iter(requests), timeout=CALL_LIMIT_SECS))


class Reflection:
    def test_services(self):
        self.assertEqual(sorted(self.database.get_services()), sorted([SERVICE, *REFLECTION]))

    def test_file_by_symbol(self):
        file = self.pool.FindFileContainingSymbol(SERVICE)
        self.assertEqual(file.package, "boxd.api.v1")
        for symbol in (f"{SERVICE}.GetVm", "boxd.api.v1.GetVmResponse", "boxd.api.v1.GetVmResponse.vm_id",
                       "boxd.api.v1.CreateVmRequest.LabelsEntry"):
            with self.subTest(symbol=symbol):
                self.assertEqual(self.database.FindFileContainingSymbol(symbol).name, file.name)

    def test_file_by_name(self):
        by_symbol = self.database.FindFileContainingSymbol(SERVICE)
        by_name = ProtoReflectionDescriptorDatabase(self.channel).FindFileByName(by_symbol.name)
        self.assertEqual(by_name, by_symbol)
        self.assertEqual(by_name.package, "boxd.api.v1")

    def test_missing_paths(self):
        with self.assertRaises(KeyError):
            self.database.FindFileByName("no/such.proto")
        for symbol in ("no.such.Symbol", "boxd.api.v1.NoSuchMessage", "boxd.api.v1", f"{SERVICE}.NoSuchRpc", ""):
            with self.subTest(symbol=symbol):  # directly, since the client above accepts a known parent
                request = reflection_pb2.ServerReflectionRequest(file_containing_symbol=symbol)
                [answer] = self.ask(REFLECTION[0], request)
                self.assertEqual(answer.error_response.error_code, grpc.StatusCode.NOT_FOUND.value[0])

    def test_both_versions_of_reflection(self):
        ask = reflection_pb2.ServerReflectionRequest
        requests = [ask(list_services=""), ask(file_containing_symbol=SERVICE), ask(file_by_filename="no/such.proto")]
        answers = {version: self.ask(version, *requests) for version in REFLECTION}
        self.assertEqual(*answers.values())
        listed, file, missing = answers[REFLECTION[0]]
        self.assertIn(SERVICE, [service.name for service in listed.list_services_response.service])
        self.assertEqual(len(file.file_descriptor_response.file_descriptor_proto), 1)
        self.assertEqual(missing.error_response.error_code, grpc.StatusCode.NOT_FOUND.value[0])
        for request, answer in zip(requests, answers[REFLECTION[0]]):
            self.assertEqual(answer.original_request, request)

    def test_reflection_needs_no_token(self):
        self.assertTrue(self.database.get_services())

    def test_get_config(self):
        config = self.call("GetConfig")
        self.assertEqual((config.default_image, config.zone), ("ubuntu:24.04", "local"))

    def test_whoami(self):
        me = self.call("Whoami")
        self.assertTrue(me.user_id)
        self.assertTrue(me.pubkey_fingerprints)

    def test_create_get_and_destroy(self):
        made = self.call("CreateVm", name="reflected", env=[{"key": "K", "value": "v"}], config={"srf": {
            "auto_suspend_timeout_secs": 600}})
        got = self.call("GetVm", vm_id=made.vm_id)
        self.assertEqual((got.name, got.auto_suspend_timeout_secs), ("reflected", 600))
        self.call("DestroyVm", vm_id=made.vm_id)
        with self.assertRaises(grpc.RpcError) as caught:
            self.call("DestroyVm", vm_id=made.vm_id)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.NOT_FOUND)

    def test_a_call_without_a_token(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.call("Whoami", token="wrong")
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNAUTHENTICATED)

    def test_rpcs_that_do_not_exist(self):
        call = self.channel.unary_unary(f"/{SERVICE}/NoSuchRpc")
        with self.assertRaises(grpc.RpcError) as caught:
            call(b"", timeout=CALL_LIMIT_SECS, metadata=[("authorization", f"Bearer {self.emulator.token()}")])
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNIMPLEMENTED)


class DefaultReflection(Reflection, Case):
    def test_every_rpc(self):
        expected = {name: (bool(client), request.split(".")[-1], bool(server), reply.split(".")[-1])
                    for name, client, request, server, reply in RPC.findall(PROTO.read_text())}
        self.assertGreater(len(expected), 100)
        file = self.database.FindFileContainingSymbol(SERVICE)
        service = next(service for service in file.service if service.name == "BoxdApi")
        found = {method.name: (method.client_streaming, method.input_type.split(".")[-1], method.server_streaming,
                               method.output_type.split(".")[-1]) for method in service.method}
        self.assertEqual(found, expected)


class Service01Reflection(Reflection, Case):
    options = ("--generation", "0.1")

    def test_an_rpc_of_service_0_2(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.call("ListDir", vm_id="any", path="/")
        self.assertEqual(caught.exception.code(), grpc.StatusCode.UNIMPLEMENTED)


    def test_fields_of_service_0_2(self):
        made = self.call("CreateVm", name="old", labels={"a": "1"}, networks=["n"], spec={"size": "4x16"})
        row = self.call("GetVm", vm_id=made.vm_id)
        self.assertEqual(row, self.call("ListVms").vms[0])
        self.assertLess(max(field.number for field, _ in row.ListFields()), 9)


class Service02Reflection(Reflection, Case):
    options = ("--generation", "0.2")

    def test_removed_rpcs(self):
        for rpc in ("BindDomain", "UnbindDomain", "ListDomains", "CreateTemplate", "ListTemplates", "DeleteTemplate",
                    "CreateVmFromTemplate"):
            with self.subTest(rpc=rpc), self.assertRaises(grpc.RpcError) as caught:
                self.call(rpc)
            self.assertEqual(caught.exception.code(), grpc.StatusCode.UNIMPLEMENTED)

    def test_whoami_has_no_default_network(self):
        self.assertEqual(self.call("Whoami").default_network_id, "")


if __name__ == "__main__":
    emulator.run(__name__)
