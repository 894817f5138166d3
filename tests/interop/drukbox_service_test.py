"""The Drukbox routes answer raw requests as the service of July 2026 did: a table of requests and answers.

Usage: drukbox_service_test.py EMULATOR [NAME PART]...
"""

import concurrent.futures
import datetime
import http.client
import json
import re
import socket
import unittest

import emulator

TOKEN = "drukbox-service-token"
ABSENT = "01900000-0000-7000-8000-000000000000"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
JSON = {"Content-Type": "application/json"}

# The keys of a host record, in the order of the service.
HOST = ["id", "name", "status", "provider", "image", "instance_type", "disk_gb", "external_ssh_host", "external_ssh_port",
        "ssh_username", "internal_ssh_host", "known_hosts", "tailscale_device_id", "private_key", "last_error", "created_at",
        "updated_at", "activated_at", "expires_at"]
KEY = re.compile("-----BEGIN OPENSSH PRIVATE KEY-----\n")
UUID = re.compile("Input should be a valid UUID, ")
SYNTAX = re.compile("JSON decode error")


class Fields(dict):
    """A record: its keys and these values. A pattern must be found in a value."""


def invalid(*problems):
    """A 422 with these entries: the type, the message, the parts of the location."""
    return 422, [(kind, message, list(place)) for kind, message, *place in problems]


def refused(place, message):
    return invalid(("value_error", f"Value error, {message}", "body", place))


def bad_time(reason):
    return invalid(("datetime_from_date_parsing", f"Input should be a valid datetime or date, {reason}", "body", "expires_at"))


def bad_target(reason):
    return invalid(("url_parsing", f"Input should be a valid URL, {reason}", "body", "target"))


def made(**fields):
    return 201, Fields(fields)


def error(status, detail, code=None):
    return status, {"detail": detail, **({"error_code": code} if code else {})}


def target(url):
    return {"name": "t", "target": url, "headers": {"A": "b"}}


NO_TOKEN = error(401, "service token required")
WRONG_TOKEN = error(403, "service token rejected")
NOT_FOUND = error(404, "host not found", "NOT_FOUND")
NO_PROXY = error(404, "http proxy not found", "HTTP_PROXY_NOT_FOUND")
NOT_UTF_8 = error(400, "There was an error parsing the body")
NOT_STORED = error(503, "host provisioning could not be completed")
PAST = refused("expires_at", "expires_at must be in the future")
NO_OFFSET = refused("expires_at", "expires_at must include a timezone offset")
NO_OBJECT = invalid(("model_attributes_type", "Input should be a valid dictionary or object to extract fields from", "body"))
NO_DICT = ("dict_type", "Input should be a valid dictionary", "body")
NAME = ("string_pattern_mismatch", "String should match pattern '^[A-Za-z0-9][A-Za-z0-9_.-]*$'")
IN_2100 = "2100-01-01T00:00:00Z"
PROVISIONING = error(409, "host is still provisioning", "HOST_STATE")
NO_VM = error(409, "host does not have a backing VM", "HOST_STATE")


def sizes(provider, size):
    return error(400, f"provider '{provider}' does not support a per-request {size}")


# Rows: the request line, the body (None: none; bytes: as they are; else JSON), the status and the answer; then headers.
# The paths have the ids of hosts in braces: of exe, of docker, one in creation, one that failed.
ROWS = [
    # Authentication, unknown routes
    ("GET /healthz", None, (200, {"status": "ok"}), {"Authorization": None}),
    ("GET /hosts", None, NO_TOKEN, {"Authorization": None}),
    ("GET /hosts", None, NO_TOKEN, {"Authorization": "Basic eDp5"}),
    ("GET /hosts", None, NO_TOKEN, {"Authorization": "Bearer"}),
    ("GET /hosts", None, WRONG_TOKEN, {"Authorization": "Bearer x"}),
    ("GET /hosts/{absent}", None, WRONG_TOKEN, {"Authorization": "Bearer x"}),
    ("GET /hosts/{exe}", None, (200, Fields(status="active")), {"Authorization": f"bearer   {TOKEN}"}),
    ("GET /nope", None, error(404, "Not Found")),
    ("GET /templates", None, error(404, "Not Found")),
    ("POST /service-accounts", {"name": "a"}, error(404, "Not Found")),
    ("PUT /hosts", None, error(405, "Method Not Allowed")),
    ("GET /hosts/", None, (307, None)),
    # Bodies
    ("POST /hosts", None, made(provider="exe")),
    ("POST /hosts", b"null", made(provider="exe")),
    ("POST /hosts", {"template": "?", "secrets": 1, "no_such_key": None}, made(provider="exe")),
    ("POST /hosts", [], NO_OBJECT),
    ("POST /hosts", 5, NO_OBJECT),
    ("POST /hosts", b"{}", NO_OBJECT, {"Content-Type": "text/plain"}),
    ("POST /hosts", b"{}", made(provider="exe"), {"Content-Type": "application/problem+json; charset=utf-8"}),
    ("POST /hosts", b"{", invalid(("json_invalid", SYNTAX, "body", 1))),
    ("POST /hosts", b"{}x", invalid(("json_invalid", SYNTAX, "body", 2))),
    ("POST /hosts", b'{"image": "\xff"}', NOT_UTF_8),
    ("POST /hosts", b"\xff", NOT_UTF_8),
    ("POST /hosts/{exe}/renew", b'{"expires_at": "\xff"}', NOT_UTF_8),
    ("POST /hosts", rb'{"image": "ubuntu\u0000"}', NOT_STORED),
    ("POST /hosts", rb'{"env": {"A": "\u0000"}}', NOT_STORED),
    # Fields of a new host
    ("POST /hosts", {"image": ""}, refused("image", "image must not be blank")),
    ("POST /hosts", {"image": 5}, invalid(("string_type", "Input should be a valid string", "body", "image"))),
    ("POST /hosts", {"image": None}, made(image="exeuntu")),
    ("POST /hosts", {"image": "debian:12"}, made(image="debian:12")),
    ("POST /hosts", {"env": None}, invalid((*NO_DICT, "env"))),
    ("POST /hosts", {"env": []}, invalid((*NO_DICT, "env"))),
    ("POST /hosts", {"env": {"A": 1}}, invalid(("string_type", "Input should be a valid string", "body", "env", "A"))),
    ("POST /hosts", {"env": {"B C": "1", "9": "2", "A": "3"}},
     refused("env", "env keys must be valid environment variable names: 9, B C")),
    ("POST /hosts", {"env": {"TAILSCALE_AUTHKEY": "x"}},
     refused("env", "reserved env keys are not allowed: TAILSCALE_AUTHKEY")),
    ("POST /hosts", {"image": " ", "disk_gb": 0}, invalid(
        ("value_error", "Value error, image must not be blank", "body", "image"),
        ("greater_than_equal", "Input should be greater than or equal to 1", "body", "disk_gb"))),
    ("POST /hosts", {"disk_gb": 1.5}, invalid(
        ("int_from_float", "Input should be a valid integer, got a number with a fractional part", "body", "disk_gb"))),
    ("POST /hosts", {"disk_gb": "x"}, invalid(
        ("int_parsing", "Input should be a valid integer, unable to parse string as an integer", "body", "disk_gb"))),
    ("POST /hosts", {"instance_type": ""}, refused("instance_type", "instance_type must not be blank")),
    # Providers and sizes
    ("POST /hosts", {"provider": "nope"},
     error(400, "unknown provider 'nope'; available: aws, docker, exe, exoscale, hetzner")),
    ("POST /hosts", {"provider": ""}, made(provider="exe")),
    ("POST /hosts", {"provider": 5}, invalid(("string_type", "Input should be a valid string", "body", "provider"))),
    ("POST /hosts", {"disk_gb": 20}, sizes("exe", "disk_gb")),
    ("POST /hosts", {"instance_type": "x"}, sizes("exe", "instance_type")),
    ("POST /hosts", {"instance_type": "x", "disk_gb": 20}, sizes("exe", "instance_type")),
    ("POST /hosts", {"provider": "docker", "disk_gb": 20}, sizes("docker", "disk_gb")),
    ("POST /hosts", {"provider": "docker", "instance_type": "x"}, sizes("docker", "instance_type")),
    ("POST /hosts", {"provider": "hetzner", "disk_gb": 20}, sizes("hetzner", "disk_gb")),
    ("POST /hosts", {"provider": "hetzner", "instance_type": "cx33"}, made(instance_type="cx33", disk_gb=None)),
    ("POST /hosts", {"provider": "aws", "instance_type": "t3.large", "disk_gb": "12"},
     made(instance_type="t3.large", disk_gb=12)),
    ("POST /hosts", {"provider": "exoscale", "disk_gb": 20}, made(instance_type=None, disk_gb=20)),
    # Private keys
    ("POST /hosts", {}, made(private_key=None, ssh_username="exedev", external_ssh_port=22, internal_ssh_host=None)),
    ("POST /hosts", {"provider": "exe"}, made(private_key=None)),
    ("POST /hosts", {"provider": "docker"}, made(private_key=KEY)),
    ("POST /hosts", {"provider": "aws"}, made(private_key=KEY)),
    ("POST /hosts", {"provider": "hetzner"}, made(private_key=KEY)),
    ("GET /hosts/{docker}", None, (200, Fields(private_key=None))),
    ("POST /hosts/{docker}/renew", None, (200, Fields(private_key=None))),
    # The end of the lease
    ("POST /hosts", {"expires_at": None}, made(expires_at=None)),
    ("POST /hosts", {"expires_at": "2100-01-01T00:00:00Z"}, made(expires_at=IN_2100)),
    ("POST /hosts", {"expires_at": "2100-01-01 05:30:00+0530"}, made(expires_at=IN_2100)),
    ("POST /hosts", {"expires_at": "2100-01-01T00:00:00.25z"}, made(expires_at="2100-01-01T00:00:00.250000Z")),
    ("POST /hosts", {"expires_at": 4102444800}, made(expires_at=IN_2100)),
    ("POST /hosts", {"expires_at": 4102444800.5}, made(expires_at="2100-01-01T00:00:00.500000Z")),
    ("POST /hosts", {"expires_at": "4102444800"}, made(expires_at=IN_2100)),
    ("POST /hosts", {"expires_at": "+4102444800"}, made(expires_at=IN_2100)),
    ("POST /hosts", {"expires_at": 4102444800000}, made(expires_at=IN_2100)),
    ("POST /hosts", {"expires_at": 0}, PAST),
    ("POST /hosts", {"expires_at": "1"}, PAST),
    ("POST /hosts", {"expires_at": -1}, PAST),
    ("POST /hosts", {"expires_at": "2020-01-01T00:00:00Z"}, PAST),
    ("POST /hosts", {"expires_at": "2100-01-01"}, NO_OFFSET),
    ("POST /hosts", {"expires_at": "2100-01-01T00:00:00"}, NO_OFFSET),
    ("POST /hosts", {"expires_at": ""}, bad_time("input is too short")),
    ("POST /hosts", {"expires_at": "1e10"}, bad_time("input is too short")),
    ("POST /hosts", {"expires_at": "2100-13-01"}, bad_time("month value is outside expected range of 1-12")),
    ("POST /hosts", {"expires_at": "2100-02-30"}, bad_time("day value is outside expected range")),
    ("POST /hosts", {"expires_at": " 4102444800"}, bad_time("invalid character in year")),
    ("POST /hosts", {"expires_at": "4102444800Z"}, bad_time("invalid date separator, expected `-`")),
    ("POST /hosts", {"expires_at": "2100-01-01T24:00:00Z"},
     bad_time("unexpected extra characters at the end of the input")),
    ("POST /hosts", {"expires_at": 1e20}, invalid((
        "datetime_parsing", "Input should be a valid datetime, dates after 9999 are not supported as unix timestamps", "body",
        "expires_at"))),
    ("POST /hosts", {"expires_at": True}, invalid(("datetime_type", "Input should be a valid datetime", "body", "expires_at"))),
    ("POST /hosts/{exe}/renew", {"expires_at": "4102444800"}, (200, Fields(expires_at=IN_2100))),
    ("POST /hosts/{exe}/renew", {"expires_at": "2100-01-01"}, NO_OFFSET),
    ("POST /hosts/{exe}/renew", {"expires_at": None}, (200, Fields(status="active"))),
    # Idempotency keys
    ("POST /hosts", {}, made(status="active"), {"Idempotency-Key": "A-z_0:9."}),
    ("POST /hosts", {}, invalid(("string_too_short", "String should have at least 1 character", "header", "Idempotency-Key")),
     {"Idempotency-Key": ""}),
    ("POST /hosts", {}, invalid(("string_too_long", "String should have at most 255 characters", "header", "Idempotency-Key")),
     {"Idempotency-Key": "x" * 256}),
    ("POST /hosts", {}, invalid((
        "string_pattern_mismatch", "String should match pattern '^[A-Za-z0-9_\\-:.]+$'", "header", "Idempotency-Key")),
     {"Idempotency-Key": "a b"}),
    # Hosts by their id
    ("GET /hosts/{absent}", None, error(404, "host not found")),
    ("POST /hosts/{absent}/renew", None, NOT_FOUND),
    ("DELETE /hosts/{absent}", None, NOT_FOUND),
    ("GET /hosts/x", None, invalid(("uuid_parsing", UUID, "path", "host_id"))),
    ("DELETE /hosts/x", None, invalid(("uuid_parsing", UUID, "path", "host_id"))),
    ("GET /hosts/{creating}", None, (200, Fields(status="creating_vm", external_ssh_host="", known_hosts="", activated_at=None))),
    ("DELETE /hosts/{creating}", None, PROVISIONING),
    ("POST /hosts/{creating}/renew", None, error(409, "cannot renew a host in status creating_vm", "HOST_STATE")),
    ("GET /hosts/{failed}", None, (200, Fields(status="error", last_error=re.compile(r"^\w+: "), activated_at=None))),
    ("POST /hosts/{failed}/renew", None, error(409, "cannot renew a host in status error", "HOST_STATE")),
    # HTTP proxies
    ("POST /http-proxies", target("http://h"), (201, {"name": "t", "status": "created"})),
    ("POST /http-proxies", target("http://h"), error(409, "http proxy already exists", "HTTP_PROXY_EXISTS")),
    ("DELETE /http-proxies/t", None, (204, None)),
    ("DELETE /http-proxies/t", None, NO_PROXY),
    ("DELETE /http-proxies/-t", None, invalid((*NAME, "path", "name"))),
    ("POST /http-proxies", target("https://h:443/"), (201, {"name": "t", "status": "created"})),
    ("POST /http-proxies/t/hosts/{exe}", None, (200, {"name": "t", "host_id": "{exe}", "status": "attached"})),
    ("DELETE /http-proxies/t/hosts/{exe}", None, (204, None)),
    ("POST /http-proxies/t/hosts/{absent}", None, NOT_FOUND),
    ("POST /http-proxies/unknown/hosts/{absent}", None, NOT_FOUND),
    ("DELETE /http-proxies/unknown/hosts/{absent}", None, NOT_FOUND),
    ("POST /http-proxies/unknown/hosts/{exe}", None, NO_PROXY),
    ("POST /http-proxies/t/hosts/{creating}", None, NO_VM),
    ("POST /http-proxies/t/hosts/{failed}", None, NO_VM),
    ("POST /http-proxies/t/hosts/{docker}", None,
     error(501, "VM provider 'docker' does not support HttpProxyCapability", "HTTP_PROXY_UNSUPPORTED")),
    ("POST /http-proxies", {}, invalid(
        *[("missing", "Field required", "body", name) for name in ("name", "target", "headers")])),
    ("POST /http-proxies", None, invalid(("missing", "Field required", "body"))),
    ("POST /http-proxies", {**target("http://h"), "name": "-a"}, invalid((*NAME, "body", "name"))),
    ("POST /http-proxies", {**target("http://h"), "headers": {}}, invalid((
        "too_short", "Dictionary should have at least 1 item after validation, not 0", "body", "headers"))),
    ("POST /http-proxies", {**target("http://h"), "headers": []}, invalid((*NO_DICT, "headers"))),
    ("POST /http-proxies", target("http://h:65536"), bad_target("invalid port number")),
    ("POST /http-proxies", target("http://256.1.1.1"), bad_target("invalid IPv4 address")),
    ("POST /http-proxies", target("http://[::1"), bad_target("invalid IPv6 address")),
    ("POST /http-proxies", target("http://"), bad_target("empty host")),
    ("POST /http-proxies", target("h"), bad_target("relative URL without a base")),
    ("POST /http-proxies", target(""), bad_target("input is empty")),
    ("POST /http-proxies", target("ftp://h"), invalid(("url_scheme", "URL scheme should be 'http' or 'https'", "body", "target"))),
    ("POST /http-proxies", target(5), invalid(("url_type", "URL input should be a string or URL", "body", "target"))),
    ("POST /http-proxies", target("http://h/x"), refused("target", "target URL must not contain a path")),
    ("POST /http-proxies", target("http://h?q=1"), refused("target", "target URL must not contain a query string")),
    ("POST /http-proxies", target("http://h#f"), refused("target", "target URL must not contain a fragment")),
    ("POST /http-proxies", target("http://u:p@h"), refused("target", "target URL must not contain credentials")),
]


class Service(emulator.TimedCase):
    """An emulator of the July 2026 service, for each test with options of its own."""

    def open(self, *options):
        self.emulator = self.enterContext(emulator.Emulator(
            "--drukbox-token", TOKEN, "--drukbox-generation", "0.0.7", *options))
        self.address = self.emulator.env["SANDBOX_SERVICE_URL"].removeprefix("http://")

    def ask(self, line, body=None, headers=None):
        """Sends one request on a connection of its own. Returns the status and the body: JSON, None or bytes."""
        connection = http.client.HTTPConnection(self.address, timeout=emulator.HTTP_LIMIT_SECS)
        self.addCleanup(connection.close)
        method, path = line.split(" ")
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        sent = {**BEARER, **(JSON if body is not None else {}), **(headers or {})}
        connection.request(method, path, body, {name: value for name, value in sent.items() if value is not None})
        answer = connection.getresponse()
        text = answer.read()
        if answer.headers.get_content_type() == "application/json" and text:
            text = json.loads(text)
        return answer.status, None if text == b"" else text

    def create(self, body=None, **headers):
        status, host = self.ask("POST /hosts", body or {}, {name.replace("_", "-"): value for name, value in headers.items()})
        self.assertEqual(status, 201, host)
        return host

    def hosts(self):
        return self.ask("GET /hosts")[1]

    def check(self, wanted, got):
        if isinstance(wanted, Fields):
            self.assertEqual(list(got), HOST)
            for name, value in wanted.items():
                if isinstance(value, re.Pattern):
                    self.assertRegex(got[name], value)
                else:
                    self.assertEqual(got[name], value, name)
        elif isinstance(wanted, list):
            self.assertEqual(list(got), ["detail"])
            self.assertEqual([(entry["type"], entry["loc"]) for entry in got["detail"]],
                             [(kind, place) for kind, _, place in wanted])
            for entry, (_, message, _) in zip(got["detail"], wanted):
                self.assertRegex(entry["msg"], message if isinstance(message, re.Pattern) else f"^{re.escape(message)}$")
        else:
            self.assertEqual(got, wanted)


class Table(Service):
    def test_rows(self):
        self.assertGreaterEqual(len(ROWS), 80)
        self.open()
        ids = {"absent": ABSENT, "exe": self.create()["id"], "docker": self.create({"provider": "docker"})["id"]}
        self.emulator.add_faults({"http": "POST /hosts", "host_status": "creating_vm"})
        ids["creating"] = self.create()["id"]
        self.emulator.add_faults({"http": "POST /hosts", "host_status": "error"})
        self.assertEqual(self.ask("POST /hosts", {})[0], 502)
        ids["failed"] = self.hosts()[0]["id"]
        for line, body, (status, answer), *headers in ROWS:
            with self.subTest(line, body=body, headers=headers):
                got_status, got = self.ask(line.format(**ids), body, *headers)
                self.assertEqual(got_status, status, got)
                if isinstance(answer, dict) and not isinstance(answer, Fields):
                    answer = {name: value.format(**ids) if name == "host_id" else value for name, value in answer.items()}
                self.check(answer, got)


class Providers(Service):
    def test_tailnet(self):
        """With a tailnet no provider returns a key, and aws has no address outside of it. docker has no tailnet."""
        self.open("--drukbox-tailnet")
        for provider, outside in (("exe", True), ("aws", False), ("hetzner", True)):
            with self.subTest(provider):
                host = self.create({"provider": provider})
                self.assertEqual((host["private_key"], host["external_ssh_host"] != ""), (None, outside))
                self.assertTrue(host["internal_ssh_host"] and host["tailscale_device_id"])
                names = {line.split(" ")[0] for line in host["known_hosts"].splitlines()}
                self.assertEqual(names, {host["internal_ssh_host"], host["external_ssh_host"]} - {""})
        status, refusal = self.ask("POST /hosts", {"provider": "docker"})
        self.assertEqual((status, refusal["error_code"]), (502, "PROVISIONING_FAILED"))
        self.assertIn("does not support Tailscale networking", refusal["detail"])

    def test_pool(self):
        """A create without options claims a host of the pool, which has no key, also with docker."""
        self.open("--drukbox-provider", "docker", "--drukbox-pool", "2")
        pool = self.hosts()
        self.assertEqual([host["status"] for host in pool], ["active", "active"])
        self.assertEqual(self.ask(f"POST /hosts/{pool[0]['id']}/renew"), error(
            409, "unclaimed pool host is managed by pool maintenance", "HOST_STATE"))
        self.assertIsNotNone(self.create({"env": {"A": "b"}})["private_key"])
        self.assertIsNotNone(self.create({"image": "debian:12"})["private_key"])
        self.assertNotIn(self.create({"provider": "exe"})["id"], [host["id"] for host in pool])
        claimed = [self.create({"expires_at": IN_2100}) for _ in range(2)]
        self.assertEqual([host["id"] for host in claimed], [host["id"] for host in reversed(pool)])  # the oldest first
        self.assertEqual([(host["private_key"], host["expires_at"]) for host in claimed], [(None, IN_2100)] * 2)
        self.assertEqual(self.ask(f"POST /hosts/{pool[0]['id']}/renew")[0], 200)
        self.assertIsNotNone(self.create()["private_key"])  # the pool is empty

    def test_limit_of_hosts(self):
        self.open("--drukbox-max-hosts", "1")
        first = self.create()
        status, refusal = self.ask("POST /hosts", {})
        self.assertEqual((status, list(refusal), refusal["error_code"]), (502, ["detail", "error_code"], "PROVISIONING_FAILED"))
        self.assertEqual([host["status"] for host in self.hosts()], ["error", "active"])
        self.assertEqual(self.hosts()[0]["last_error"], refusal["detail"])
        self.ask(f"DELETE /hosts/{first['id']}")
        self.create()


class Failures(Service):
    # What the routes answer while the database or the provider fails: the fault, the request, the answer.
    ROWS = (
        ("GET /hosts", 500, "GET /hosts", b"Internal Server Error"),
        ("GET /hosts/{id}", 500, f"GET /hosts/{ABSENT}", b"Internal Server Error"),
        ("POST /hosts/{id}/renew", 500, f"POST /hosts/{ABSENT}/renew", b"Internal Server Error"),
        ("POST /http-proxies/{name}/hosts/{host_id}", 500, f"POST /http-proxies/a/hosts/{ABSENT}", b"Internal Server Error"),
        ("POST /hosts", 500, "POST /hosts", b"Internal Server Error"),
        ("POST /hosts", 503, "POST /hosts", {"detail": "host provisioning could not be completed"}),
        ("POST /hosts", 409, "POST /hosts", {"detail": "idempotency race could not be resolved", "error_code": "HOST_STATE"}),
        ("DELETE /hosts/{id}", 503, f"DELETE /hosts/{ABSENT}",
         {"detail": "host teardown could not be completed", "error_code": "HOST_TEARDOWN"}),
        ("POST /http-proxies", 503, "POST /http-proxies", {"detail": "http proxy could not be created", "error_code": "HTTP_PROXY"}),
        ("DELETE /http-proxies/{name}", 503, "DELETE /http-proxies/a",
         {"detail": "http proxy could not be removed", "error_code": "HTTP_PROXY"}),
    )

    def test_rows(self):
        self.open()
        for route, status, line, answer in self.ROWS:
            with self.subTest(route, status=status):
                self.emulator.add_faults({"http": route, "status": status})
                self.assertEqual(self.ask(line), (status, answer))

    def test_template_without_provider(self):
        """A newer service looks for the template of the default provider."""
        self.open("--drukbox-generation", "newest")
        _, template = self.ask("POST /templates", {"setup_script": "true", "provider": "hetzner"})
        self.assertEqual(self.ask("POST /hosts", {"template": template["id"]}), error(
            400, f"template {template['id']} not found for provider 'exe'", "UNKNOWN_TEMPLATE"))
        self.assertEqual(self.ask("POST /hosts", {"template": template["id"], "provider": "hetzner"})[0], 201)


class Creation(Service):
    OPTIONS = ("--drukbox-provider", "docker", "--drukbox-provision-ms")

    def until_listed(self, count):
        while len(self.hosts()) < count:
            pass
        return self.hosts()

    def start(self, body, key="k"):
        """Sends a create without waiting for its answer."""
        connection = self.enterContext(socket.create_connection(self.address.split(":"), emulator.HTTP_LIMIT_SECS))
        body = json.dumps(body)
        connection.sendall(f"POST /hosts HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {TOKEN}\r\nIdempotency-Key: {key}\r\n"
                           f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
        return connection

    def test_in_flight(self):
        """A host in creation has the requested lease, at least 10 minutes."""
        self.open(*self.OPTIONS, "600000")
        for body in ({"expires_at": IN_2100}, {}, {"expires_at": None}):
            self.start(body)
        listed = self.until_listed(3)
        self.assertEqual({host["status"] for host in listed}, {"creating_vm"})
        self.assertEqual(len([host for host in listed if host["expires_at"] == IN_2100]), 1)
        safety = [datetime.datetime.fromisoformat(host["expires_at"]) - datetime.datetime.fromisoformat(host["created_at"])
                  for host in listed if host["expires_at"] != IN_2100]
        self.assertEqual(safety, [datetime.timedelta(seconds=600)] * 2)
        for host in listed:
            self.assertEqual(self.ask(f"DELETE /hosts/{host['id']}"), PROVISIONING)

    def test_client_is_gone(self):
        """The service goes on, and the host gets its whole lease."""
        self.open(*self.OPTIONS, "200")
        connection = self.start({}, "gone")
        self.until_listed(1)
        connection.close()
        while self.hosts()[0]["status"] != "active":
            pass
        lease = datetime.datetime.fromisoformat(self.hosts()[0]["expires_at"]) - datetime.datetime.now(datetime.timezone.utc)
        self.assertGreater(lease, datetime.timedelta(hours=23))
        again = self.create(Idempotency_Key="gone")
        self.assertEqual((again["id"], again["private_key"]), (self.hosts()[0]["id"], None))

    def race(self, key):
        """Two creates with the same key at the same time. Returns the id of their host, and all hosts."""
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            both = list(pool.map(lambda _: self.create(Idempotency_Key=key), range(2)))
        self.assertEqual(both[0]["id"], both[1]["id"])
        self.assertEqual(len([host for host in both if host["private_key"]]), 1)
        return both[0]["id"], self.hosts()

    def test_repeated_key(self):
        """While the first create runs, a second one makes a further machine, which stays listed with an ended lease."""
        self.open(*self.OPTIONS, "200")
        tries = 0
        winner, listed = self.race("k0")
        while len(listed) == 1:  # this machine is slow
            tries += 1
            self.ask(f"DELETE /hosts/{winner}")
            winner, listed = self.race(f"k{tries}")
        self.assertEqual([host["status"] for host in listed], ["active"] * 2)
        (loser,) = [host for host in listed if host["id"] != winner]
        self.assertLessEqual(datetime.datetime.fromisoformat(loser["expires_at"]),
                             datetime.datetime.now(datetime.timezone.utc))
        self.assertEqual(self.emulator.run_janitor(), 1)
        self.assertEqual([host["id"] for host in self.hosts()], [winner])


class Connections(Service):
    def connect(self):
        connection = socket.create_connection(self.address.split(":"), emulator.HTTP_LIMIT_SECS)
        self.addCleanup(connection.close)
        return connection

    def send(self, connection, line="GET /hosts"):
        connection.sendall(f"{line} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())

    def read(self, connection):
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read(), answer.headers.get("Connection")

    def test_idle(self):
        """A connection is closed when it was idle for the limit, without a warning in the answer before."""
        self.open("--drukbox-idle-ms", "50")
        connection = self.connect()
        for _ in range(2):
            self.send(connection)
            self.assertEqual(self.read(connection), (200, b"[]", None))
            self.assertEqual(connection.recv(1), b"")  # waits for the close
            connection = self.connect()

    def test_after_500(self):
        self.open("--drukbox-idle-ms", "0")
        self.emulator.add_faults({"http": "GET /hosts", "status": 500})
        connection = self.connect()
        self.send(connection)
        self.assertEqual(self.read(connection), (500, b"Internal Server Error", None))
        self.assertEqual(connection.recv(1), b"")

    def test_kept(self):
        """All other answers keep it."""
        self.open("--drukbox-idle-ms", "0")
        connection = self.connect()
        for status in (400, 404, 409, 422, 502, 503):
            self.emulator.add_faults({"http": "GET /hosts", "status": status})
            self.send(connection)
            self.assertEqual(self.read(connection)[::2], (status, None))


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    emulator.run(__name__)
