"""The Drukbox routes at the level of HTTP: requests and responses that the published clients do not use.

Usage: drukbox_http_test.py EMULATOR [NAME PART]...
"""

import base64
import concurrent.futures
import contextlib
import datetime
import http.client
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import unittest

import emulator

TOKEN = "drukbox-service-token"
ABSENT = "01900000-0000-7000-8000-000000000000"
GENERATIONS = ("0.0.4", "0.0.7", "0.5.1", "newest")
FIELDS = ["id", "name", "service_account", "status", "provider", "image", "instance_type", "disk_gb", "external_ssh_host",
          "external_ssh_port", "ssh_username", "internal_ssh_host", "known_hosts", "tailscale_device_id", "private_key",
          "last_error", "created_at", "updated_at", "activated_at", "expires_at", "lease_deadline"]
NOT_YET = {
    "0.0.4": {"service_account", "instance_type", "disk_gb", "lease_deadline"},
    "0.0.7": {"service_account", "lease_deadline"}, "0.5.1": {"lease_deadline"}, "newest": set(),
}


class Response:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def brief(self):
        """Status, error_code, detail."""
        return self.status, self.json.get("error_code"), self.json["detail"]


class Client:
    """A persistent connection. Sends bytes unchanged, and other values as JSON."""

    def __init__(self, url, token=TOKEN):
        self.address = url.removeprefix("http://")
        self.connection = http.client.HTTPConnection(self.address, timeout=emulator.HTTP_LIMIT_SECS)
        self.token = token

    def __call__(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
            if not isinstance(body, bytes):
                body = json.dumps(body).encode()
        self.connection.request(method, path, body, headers)
        answer = Response(self.connection.getresponse())
        if answer.status == 500:  # the service closes the connection without saying so
            self.connection.close()
        return answer


class Case(emulator.TimedCase):
    options = ()
    generation = "newest"

    @classmethod
    def setUpClass(cls):
        cls.emulator = cls.enterClassContext(emulator.Emulator(
            "--drukbox-token", TOKEN, "--drukbox-generation", cls.generation, *cls.options))

    def setUp(self):
        self.ask = self.client()

    def tearDown(self):
        self.emulator.clear_faults()
        for host in self.ask("GET", "/hosts").json:
            self.emulator.set_host(host["id"], status="active")
            self.ask("DELETE", f"/hosts/{host['id']}")

    def client(self, token=TOKEN):
        client = Client(self.emulator.env["SANDBOX_SERVICE_URL"], token)
        self.addCleanup(client.connection.close)
        return client

    def create(self, body=None, **headers):
        answer = self.ask("POST", "/hosts", body, **headers)
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json


class Generations(emulator.TimedCase):
    def test_routes_of_each_generation(self):
        for generation in GENERATIONS:
            with self.subTest(generation), emulator.Emulator(
                    "--drukbox-token", TOKEN, "--drukbox-generation", generation) as own:
                self.check(generation, own, Client(own.env["SANDBOX_SERVICE_URL"]))

    def check(self, generation, own, ask):
        older, newer = generation in ("0.0.4", "0.0.7"), generation in ("0.5.1", "newest")
        wanted = [field for field in FIELDS if field not in NOT_YET[generation]]
        self.assertEqual(len(wanted), {"0.0.4": 17, "0.0.7": 19, "0.5.1": 20, "newest": 21}[generation])
        host = ask("POST", "/hosts", {}).json
        self.assertEqual(list(host), wanted)
        self.assertEqual(list(ask("GET", f"/hosts/{host['id']}").json), wanted)
        self.assertEqual(list(ask("GET", "/hosts").json[0]), wanted)
        self.assertEqual(list(ask("GET", "/doctor").json),
                         ["ok", "active_provider", "tailscale_enabled" if older else "tailnet", "checks"])
        for since, method, path in (
                (1, "POST", f"/hosts/{host['id']}/renew"), (1, "POST", "/http-proxies"),
                (2, "GET", "/templates"), (2, "POST", "/service-accounts"),
                (2, "POST", f"/hosts/{host['id']}/secrets/github/refresh")):
            answer = ask(method, path)
            served = GENERATIONS.index(generation) >= since
            self.assertEqual(answer.body != b'{"detail":"Not Found"}', served, path)
            if served:
                continue
            with self.assertRaises(emulator.EmulatorError):  # an unknown route
                own.add_faults({"http": re.sub("/hosts/[0-9a-f-]+", "/hosts/{id}", f"{method} {path}"), "status": 500})
        odd = ask("POST", "/hosts", {"template": 1, "secrets": {"?": None}, "no_such_key": 1})
        self.assertEqual(odd.status, 201 if older else 422)
        short = [set(entry) for entry in ask("GET", "/hosts/x").json["detail"]]
        self.assertEqual(short, [{"type", "loc", "msg"} | ({"input", "ctx"} if older else set())])
        self.assertEqual(ask("POST", "/hosts", {"env": {"DRUKBOX_X": "1"}}).status, 422 if newer else 201)


class Routes(Case):
    def test_health_needs_no_token(self):
        answer = self.client(None)("GET", "/healthz")
        self.assertEqual((answer.status, answer.json), (200, {"status": "ok"}))

    def test_paths_and_methods(self):
        stranger = self.client(None)
        for path in ("/", "/nope", "/hostss", f"/hosts/{ABSENT}/nope", "/http-proxies/a/hosts", "//hosts"):
            self.assertEqual(stranger("GET", path).brief, (404, None, "Not Found"), path)
        for method, path, allowed in (
                ("PUT", "/hosts", {"GET", "POST"}), ("HEAD", "/hosts", {"GET", "POST"}),
                ("PATCH", f"/hosts/{ABSENT}", {"GET", "DELETE"}), ("POST", "/doctor", {"GET"}),
                ("GET", "/http-proxies", {"POST"}), ("OPTIONS", "/healthz", {"GET"})):
            answer = stranger(method, path)
            self.assertEqual((answer.status, set(answer.headers["Allow"].split(", "))), (405, allowed), path)
            self.assertEqual(answer.body, b"" if method == "HEAD" else b'{"detail":"Method Not Allowed"}')
        for path in ("/hosts/", "/doctor/", f"/hosts/{ABSENT}/"):
            answer = stranger("GET", path)
            self.assertEqual((answer.status, answer.body), (307, b""), path)
            self.assertEqual(answer.headers["Location"], f"http://{stranger.address}{path[:-1]}")

    def test_invalid_utf_8(self):
        for method, path, status in (("GET", "/%ff", 404), ("GET", "/hosts/%ff", 422), ("DELETE", "/service-accounts/%ff", 422),
                                     ("DELETE", "/http-proxies/%ff", 422), ("DELETE", "/templates/%ff%00", 422)):
            self.assertEqual(self.ask(method, path).status, status, path)
        self.assertEqual(self.ask("POST", "/hosts", {"provider": "\xe9" * 5000}).brief[0], 400)

    def test_one_connection_serves_all(self):
        self.emulator.clear_log()
        for method, path, body in (("GET", "/hosts", None), ("POST", "/hosts", b"{"), ("HEAD", "/hosts", None),
                                   ("GET", "/nope", None), ("DELETE", f"/hosts/{ABSENT}", None), ("GET", "/hosts/", None),
                                   ("POST", "/service-accounts", {"name": "kept"}),
                                   ("DELETE", "/service-accounts/kept", None), ("POST", "/hosts", {})):
            self.ask(method, path, body)
        self.assertEqual(len({record["peer"] for record in self.emulator.log()}), 1)

    def test_authorization_header(self):
        ask = self.client(None)
        missing = (401, None, "admin key or service account token required")
        rejected = (403, "SERVICE_ACCOUNT_TOKEN_REJECTED", "service account token rejected")
        self.assertEqual(ask("GET", "/hosts").brief, missing)
        for header, brief in (("", missing), ("Bearer", missing), ("Bearer ", missing), ("Basic eDp5", missing),
                              (TOKEN, missing), ("Bearerx " + TOKEN, missing), ("Bearer x" + TOKEN, rejected),
                              (f"Bearer {TOKEN}x", rejected), (f"Bearer {TOKEN[:-1]}", rejected)):
            self.assertEqual(ask("GET", f"/hosts/{ABSENT}", Authorization=header).brief, brief, header)
        for header in (f"bearer {TOKEN}", f"BEARER   {TOKEN}"):
            self.assertEqual(ask("GET", "/hosts", Authorization=header).status, 200, header)
        self.assertEqual(ask("POST", "/service-accounts", {}).brief, (401, None, "admin key required"))
        self.assertEqual(ask("DELETE", "/service-accounts/a", Authorization="Bearer x").brief,
                         (403, None, "admin key rejected"))

    def test_service_account_response_is_not_cached(self):
        answer = self.ask("POST", "/service-accounts", {"name": "a"})
        self.assertEqual((answer.status, answer.headers["Cache-Control"]), (201, "no-store"))
        other = self.client(answer.json["token"])
        host = other("POST", "/hosts", {}, Idempotency_Key="shared").json
        self.assertEqual(host["service_account"], "a")
        self.assertEqual(self.ask("POST", "/hosts", {}, Idempotency_Key="shared").brief[:2],
                         (409, "IDEMPOTENCY_KEY_CONFLICT"))
        self.assertEqual(self.ask("DELETE", "/service-accounts/a").status, 204)
        self.assertEqual(self.ask("DELETE", "/service-accounts/admin").brief[:2], (409, "SERVICE_ACCOUNT_STATE"))


class Bodies(Case):
    generation = "0.0.7"

    def problems(self, body, **headers):
        answer = self.ask("POST", "/hosts", body, **headers)
        self.assertEqual(answer.status, 422, answer.body)
        return [(entry["type"], entry["loc"], entry["msg"]) for entry in answer.json["detail"]]

    def test_empty_body(self):
        for body in (None, b"", b"null", b"{}", b" {} ", b'{"unknown": 1}', b'{"image": null, "provider": ""}'):
            self.create(body)
        self.create(b"{}", Content_Type="application/problem+json; charset=utf-8")

    def test_body_that_is_not_an_object(self):
        kind = ("model_attributes_type", ["body"],
                "Input should be a valid dictionary or object to extract fields from")
        for body in (b"[]", b"3", b'"text"'):
            self.assertEqual(self.problems(body), [kind])
        self.assertEqual(self.problems(b"{}", Content_Type="text/plain"), [kind])
        for body in (b"{", b"{} x", b"{'a': 1}", b'{"image": NaN}'):
            self.assertEqual([problem[0] for problem in self.problems(body)], ["json_invalid"], body)

    def test_body_that_is_not_utf_8(self):
        for body in (b'{"image": "\xff"}', b"\xff", b'{"image": "\xc3"}'):
            self.assertEqual(self.ask("POST", "/hosts", body).status, 400)

    def test_nul_in_a_string(self):
        """The service fails: its database stores no NUL. A C string would end there."""
        before = len(self.ask("GET", "/hosts").json)
        for body in (rb'{"image": "ubuntu\u0000:24.04"}', rb'{"env": {"A": "x\u0000y"}}', rb'{"env": {"B": "\u0000"}}'):
            answer = self.ask("POST", "/hosts", body)
            self.assertEqual((answer.status, answer.json["detail"]), (503, "host provisioning could not be completed"))
        self.assertEqual(len(self.ask("GET", "/hosts").json), before)
        host = self.create(b"{}")["id"]
        for path in (f"/hosts/{host}%00", f"/hosts/{host}%00/renew"):
            self.assertIn(self.ask("GET", path).status, (404, 405, 422))

    def test_duplicate_keys(self):
        self.assertEqual(self.create(b'{"image": "first", "image": "last"}')["image"], "last")

    def test_disk_gb(self):
        for body, size in ((b"12", 12), (b'"12"', 12), (b"12.0", 12), (b"true", 1), (b"null", None)):
            self.assertEqual(self.create(b'{"provider": "aws", "disk_gb": %s}' % body)["disk_gb"], size)
        for body, kind in ((b"0", "greater_than_equal"), (b"0.0", "greater_than_equal"), (b'"-1"', "greater_than_equal"),
                           (b"1.5", "int_from_float"), (b"1e300", "int_from_float"), (b'"x"', "int_parsing"),
                           (b'""', "int_parsing"), (b"[]", "int_type")):
            (problem,) = self.problems(b'{"disk_gb": %s}' % body)
            self.assertEqual(problem[:2], (kind, ["body", "disk_gb"]))

    def test_entries_of_a_refusal(self):
        entries = self.ask("POST", "/hosts", {"image": "\t", "env": {"1A": "2", "TAILSCALE_AUTHKEY": "x"}, "disk_gb": 0,
                                              "expires_at": "2030-01-01T00:00:00"}).json["detail"]
        self.assertEqual([entry["loc"] for entry in entries], [
            ["body", "image"], ["body", "env"], ["body", "expires_at"], ["body", "disk_gb"]])
        self.assertEqual([entry["msg"].startswith("Value error, ") for entry in entries],
                         [True, True, True, False])
        self.assertEqual((entries[0]["input"], entries[-1]["input"], entries[-1]["ctx"]), ("\t", 0, {"ge": 1}))

    def test_idempotency_key(self):
        for key in ("a", "a" * 255, "A-z_0:9."):
            self.create({}, Idempotency_Key=key)
        for key in ("", "a" * 256, "a b", "a/b", "\xe4"):
            (problem,) = self.problems({}, Idempotency_Key=key)
            self.assertEqual(problem[1], ["header", "Idempotency-Key"])

    def test_times(self):
        for text, answer in (
                ("2030-01-01T00:00:00Z", "2030-01-01T00:00:00Z"),
                ("2030-01-01T00:00:00+00:00", "2030-01-01T00:00:00Z"),
                ("2030-01-01T05:30:00.25+05:30", "2030-01-01T00:00:00.250000Z"),
                ("2029-12-31 19:00-0500", "2030-01-01T00:00:00Z"),
                ("2032-02-29T23:59:59.000001z", "2032-02-29T23:59:59.000001Z")):
            self.assertEqual(self.create({"expires_at": text})["expires_at"], answer)
        for text in ("", "soon", "2030-02-29T00:00:00Z", "2030-13-01T00:00:00Z", "2030-01-01T24:00:00Z",
                     "2030-01-01T00:00:00", "2030-01-01T00:00:00+25:00", "2030-01-01T00:00:00Zx",
                     "1999-01-01T00:00:00Z"):
            self.assertEqual([problem[1] for problem in self.problems({"expires_at": text})], [["body", "expires_at"]])

    def test_ids_in_the_path(self):
        host = self.create()
        for form in (host["id"].upper(), host["id"].replace("-", ""), f"urn:uuid:{host['id']}", f"%7B{host['id']}%7D"):
            self.assertEqual(self.ask("GET", f"/hosts/{form}").json["id"], host["id"], form)
        for form in ("x", "%20", host["id"][:-1], host["id"] + "0", host["id"].replace("-", "_")):
            (entry,) = self.ask("DELETE", f"/hosts/{form}").json["detail"]
            self.assertEqual((entry["type"], entry["loc"]), ("uuid_parsing", ["path", "host_id"]), form)


class Secrets(Case):
    def test_entries(self):
        issuer = {"url": "https://i.example.com", "headers": {"A": "b"}, "refresh": "5m"}
        own = {"host": "h", "auth_variable": "V", "value": "s"}
        good = {"github": {"value": "s"}, "openai": {"issuer": issuer}, "a": {**own, "endpoint_var": "E", "base_path": "/v1"}}
        self.create({"secrets": good})
        for bad in ({"a": {"value": "s"}}, {"github": {}}, {"github": {"value": "s", "issuer": issuer}},
                    {"github": {"value": 1}}, {"github": {"value": "s", "extra": 1}}, {"github": "s"}, {"Git": own},
                    {"a" * 65: own}, {"openai": {"issuer": {**issuer, "extra": 1}}},
                    {"openai": {"issuer": {"url": "https://i"}}}, []):
            answer = self.ask("POST", "/hosts", {"secrets": bad})
            self.assertEqual(answer.status, 422, bad)
            self.assertEqual({tuple(sorted(entry)) for entry in answer.json["detail"]}, {("loc", "msg", "type")})

    def test_secrets_are_not_returned(self):
        with tempfile.TemporaryDirectory() as directory:
            log = pathlib.Path(directory, "log")
            with emulator.Emulator("--drukbox-token", "tok-secret-1", "--log", str(log)) as own:
                ask = Client(own.env["SANDBOX_SERVICE_URL"], "tok-secret-1")
                bodies = [ask("POST", "/hosts", body).body for body in (
                    {"provider": "docker", "env": {"A": "env-secret-2"}, "secrets": {"github": {"value": "value-secret-3"}}},
                    {"secrets": {"openai": {"issuer": {"url": "x", "headers": {"A": "header-secret-4"}, "refresh": 1}}}},
                    {"secrets": {"github": {"value": "value-secret-5", "oops": "secret-6"}}})]
                bodies.append(ask("GET", "/hosts").body)
                account = ask("POST", "/service-accounts", {"name": "a"}).json["token"]
                key = json.loads(bodies[0])["private_key"].splitlines()[3]
                text = json.dumps(own.log()) + log.read_text()
            for secret in ("secret-", account, key):
                self.assertNotIn(secret, text)
            for body in bodies:
                self.assertNotIn(b"secret-", body)
            self.assertEqual(json.loads(log.read_text().splitlines()[0])["http"]["body_keys"], ["provider", "env", "secrets"])


    def test_secrets_do_not_stay_in_memory(self):
        ask = self.client()
        sent = ["env-needle-1", "value-needle-2", "header-needle-3", "value-needle-4"]
        made = ask("POST", "/hosts", {"provider": "docker", "env": {"A": sent[0]}, "secrets": {"github": {"value": sent[1]}, "openai": {"issuer": {
            "url": "https://i", "headers": {"A": sent[2]}, "refresh": "5m"}}}})
        refused = ask("POST", "/hosts", {"secrets": {"github": {"value": sent[3], "extra": 1}}})
        account = ask("POST", "/service-accounts", {"name": "memory"})
        self.assertEqual((made.status, refused.status, account.status), (201, 422, 201))
        wanted = [text.encode() for text in [*sent, account.json["token"], made.json["private_key"].splitlines()[3]]]
        ask("GET", "/hosts")  # libmicrohttpd's buffer keeps the last messages until longer ones overwrite them
        self.assertEqual(self.found_in_memory(wanted), [])

    def found_in_memory(self, wanted):
        """Returns the values that are in the memory of the emulator."""
        process, found = self.emulator.process.pid, set()
        try:
            memory = open(f"/proc/{process}/mem", "rb", 0)
        except PermissionError:
            self.skipTest("another process's memory cannot be read here")
        with memory, open(f"/proc/{process}/maps") as areas:
            for start, end in re.findall(r"^(\w+)-(\w+) rw", areas.read(), re.MULTILINE):
                with contextlib.suppress(OSError):
                    memory.seek(int(start, 16))
                    data = memory.read(int(end, 16) - int(start, 16))
                    found |= {text for text in wanted if text in data}
        return sorted(found)


class Creation(Case):
    options = ("--drukbox-provision-ms", "300")

    def test_one_key_one_host(self):
        def create(_):
            return self.client()("POST", "/hosts", {"provider": "docker"}, Idempotency_Key="k").json

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            hosts = list(pool.map(create, range(4)))
        self.assertEqual(len({host["id"] for host in hosts}), 1)
        self.assertEqual(sum(host["private_key"] is not None for host in hosts), 1)
        self.assertEqual({host["status"] for host in hosts}, {"active"})
        # The others have made machines, too, which stay listed until the janitor comes.
        now = datetime.datetime.now(datetime.timezone.utc)
        listed = self.ask("GET", "/hosts").json
        losers = [host for host in listed if datetime.datetime.fromisoformat(host["expires_at"]) <= now]
        self.assertEqual((len(losers), {host["status"] for host in listed}), (len(listed) - 1, {"active"}))
        self.assertEqual(self.emulator.run_janitor(), len(losers))
        replay = self.create({"image": "other"}, Idempotency_Key="k")
        self.assertEqual({**replay, "private_key": 0}, {**hosts[0], "private_key": 0})
        self.ask("DELETE", f"/hosts/{replay['id']}")
        self.assertNotEqual(self.create({}, Idempotency_Key="k")["id"], replay["id"])

    def test_host_during_creation(self):
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            coming = pool.submit(self.client(), "POST", "/hosts", {"expires_at": None})
            hosts = []
            while not hosts:
                hosts = self.ask("GET", "/hosts").json
            (host,) = hosts
            self.assertEqual((host["status"], host["external_ssh_host"], host["external_ssh_port"], host["ssh_username"],
                              host["known_hosts"], host["activated_at"]), ("creating_vm", "", 22, "", "", None))
            self.assertEqual(self.ask("DELETE", f"/hosts/{host['id']}").brief,
                             (409, "HOST_STATE", "host is still provisioning"))
            self.assertEqual(self.ask("POST", f"/hosts/{host['id']}/renew").brief,
                             (409, "HOST_STATE", "cannot renew a host in status creating_vm"))
            self.assertEqual(self.emulator.run_janitor(), 0)
            done = coming.result().json
        created = datetime.datetime.fromisoformat(host["created_at"])
        self.assertEqual(datetime.datetime.fromisoformat(host["expires_at"]) - created, datetime.timedelta(seconds=600))
        self.assertEqual((done["id"], done["status"], done["expires_at"]), (host["id"], "active", None))

    def test_a_failure_frees_the_key(self):
        self.emulator.add_faults({"http": "POST /hosts", "host_status": "error"})
        failed = self.ask("POST", "/hosts", {}, Idempotency_Key="f")
        self.assertEqual(failed.brief[:2], (502, "PROVISIONING_FAILED"))
        self.create({}, Idempotency_Key="f")
        self.assertEqual([host["status"] for host in self.ask("GET", "/hosts").json], ["active", "error"])
        self.assertEqual(self.emulator.run_janitor(), 1)  # it expired when it failed
        self.assertEqual([host["status"] for host in self.ask("GET", "/hosts").json], ["active"])


class Leases(Case):
    options = ("--drukbox-lifetime", "3600", "--drukbox-tailnet", "--drukbox-provider", "hetzner")

    def test_lifetime(self):
        host = self.create()
        self.assertEqual(host["expires_at"], host["lease_deadline"])
        for value in (None, "2200-01-01T00:00:00Z"):
            self.assertEqual(self.ask("POST", "/hosts", {"expires_at": value}).brief[:2], (400, "HOST_LEASE"))
        renew = f"/hosts/{host['id']}/renew"
        self.assertEqual(self.ask("POST", renew, {"expires_at": "2200-01-01T00:00:00Z"}).brief[:2], (400, "HOST_LEASE"))
        for body in (None, {}, {"expires_at": None}):
            self.assertEqual(self.ask("POST", renew, body).json["expires_at"], host["lease_deadline"])
        self.assertEqual(len(self.ask("GET", "/hosts").json), 1)

    def test_pool_host(self):
        host = self.create()
        self.emulator.set_host(host["id"], unclaimed=True)
        self.assertIsNone(self.ask("GET", f"/hosts/{host['id']}").json["service_account"])
        self.assertEqual(self.ask("POST", f"/hosts/{host['id']}/renew").brief[:2], (409, "HOST_STATE"))

    def test_tailnet(self):
        host = self.create()
        self.assertTrue(host["internal_ssh_host"].endswith(".invalid"))
        self.assertIsNotNone(host["tailscale_device_id"])
        report = self.ask("GET", "/doctor").json
        self.assertEqual((report["tailnet"], report["active_provider"]), (True, "hetzner"))
        self.assertEqual([check["name"] for check in report["checks"]], ["db", "provider", "exchange", "tailscale"])

    def test_no_proxies(self):
        self.assertEqual(self.ask("POST", "/http-proxies", {
            "name": "a", "target": "http://h", "headers": {"A": "b"}}).brief[:2], (501, "HTTP_PROXY_UNSUPPORTED"))


class Keys(Case):
    def fields(self, blob):
        while blob:
            (size,) = struct.unpack_from(">I", blob)
            yield blob[4:4 + size]
            blob = blob[4 + size:]

    def test_forms(self):
        for provider in ("exe", "docker"):
            host = self.create({"provider": provider})
            where = host["external_ssh_host"]
            if provider == "docker":
                where = f"[{where}]:{host['external_ssh_port']}"
            lines = [line.split(" ") for line in host["known_hosts"].splitlines()]
            self.assertEqual([line[:2] for line in lines], [[where, "ssh-ed25519"], [where, "ecdsa-sha2-nistp256"]])
            for _, kind, key in lines:
                self.assertEqual(next(self.fields(base64.b64decode(key, validate=True))), kind.encode())
            self.assertTrue(host["external_ssh_host"].endswith(".invalid"))

    @unittest.skipUnless(shutil.which("ssh-keygen"), "no ssh-keygen")
    def test_private_key_is_valid(self):
        host = self.create({"provider": "docker"})
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory, "key")
            path.touch(0o600)
            path.write_text(host["private_key"])
            line = subprocess.run(["ssh-keygen", "-y", "-f", path], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  check=True).stdout
        self.assertEqual(line.split(" ")[::2], ["ssh-ed25519", host["name"] + "\n"])


class Faults(Case):
    def test_responses(self):
        for fault, status, body in (
                ({"status": 503}, 503, b'{"detail":"host provisioning could not be completed"}'),
                ({"status": 409}, 409, None), ({"status": 500}, 500, b"Internal Server Error"),
                ({"status": 204}, 204, b""), ({"status": 429, "body": "slow"}, 429, b"slow"),
                ({"status": 401, "body": ""}, 401, b""), ({"body_size": 3000000}, 200, b"x" * 3000000),
                ({"body": "[1" * 3000}, 200, b"[1" * 3000), ({"status": 204, "after": True}, 204, b"")):
            with self.subTest(fault):
                self.emulator.add_faults({"http": "GET /hosts", **fault})
                answer = self.ask("GET", "/hosts")
                self.assertEqual(answer.status, status)
                if body is not None:
                    self.assertEqual(answer.body, body)
        self.assertEqual(self.ask("GET", "/hosts").body, b"[]")

    def test_errors_of_a_route(self):
        for route, path, status, code, wait in (
                ("DELETE /hosts/{id}", f"/hosts/{ABSENT}", 503, "HOST_TEARDOWN", None),
                ("POST /hosts/{id}/secrets/{service}/refresh", f"/hosts/{ABSENT}/secrets/a/refresh", 503, "SECRET_REFRESH",
                 "5"),
                ("DELETE /templates/{id}", f"/templates/{ABSENT}", 503, "TEMPLATE_TEARDOWN", None),
                ("POST /http-proxies", "/http-proxies", 503, "HTTP_PROXY", None)):
            self.emulator.add_faults({"http": route, "status": status})
            answer = self.ask(route.split()[0], path)
            self.assertEqual((answer.status, answer.json["error_code"], answer.headers["Retry-After"]), (status, code, wait))

    def test_headers_and_error_texts(self):
        self.emulator.add_faults({"http": "drukbox", "status": 503, "error_code": "CAPACITY", "detail": "full", "count": 2,
                                  "headers": {"Retry-After": "soon", "X-Other": "1"}, "content_type": "text/html"})
        for path in ("/hosts", "/nope"):
            answer = self.ask("GET", path)
            self.assertEqual(answer.brief, (503, "CAPACITY", "full"))
            self.assertEqual([answer.headers[name] for name in ("Retry-After", "X-Other", "Content-Type")],
                             ["soon", "1", "text/html"])
        self.assertEqual(self.ask("GET", "/hosts").status, 200)

    def test_effect_without_response(self):
        for fault, count in (({"close": True}, 0), ({"close": True, "after": True}, 1)):
            self.emulator.add_faults({"http": "POST /hosts", **fault})
            with self.assertRaises((ConnectionError, http.client.HTTPException)):
                self.ask("POST", "/hosts", {})
            self.ask.connection.close()
            self.assertEqual(len(self.ask("GET", "/hosts").json), count)
            (record,) = [record for record in self.emulator.log() if record["method"] == "POST /hosts"][-1:]
            self.assertEqual((record["status"], record["fault"]), (-1, True))

    def test_status_without_and_with_effect(self):
        for fault, status, count in (({"status": 504}, 504, 0), ({"status": 504, "after": True}, 504, 1),
                                     ({"status": 202}, 202, 2), ({"host_status": "bootstrapping"}, 201, 3)):
            self.emulator.add_faults({"http": "POST /hosts", **fault})
            self.assertEqual(self.ask("POST", "/hosts", {}).status, status)
            self.assertEqual(len(self.ask("GET", "/hosts").json), count)

    def test_invalid_faults(self):
        for fault in ({"http": "GET /nope"}, {"http": "hosts"}, {"http": "exchange", "host_status": "error"},
                      {"http": "GET /hosts", "host_status": "error"}, {"http": "POST /hosts", "host_status": "odd"},
                      {"http": "GET /hosts", "headers": {"A": 1}}, {"http": "GET /hosts", "code": 1},
                      {"rpc": "GetVm", "headers": {}}):
            with self.assertRaises(emulator.EmulatorError, msg=fault):
                self.emulator.add_faults(fault)
        with self.assertRaises(emulator.EmulatorError):
            self.emulator.set_host(ABSENT, status="active")
        with self.assertRaises(emulator.EmulatorError):
            self.emulator.set_host(self.create()["id"], status="odd")


class Options(emulator.TimedCase):
    def test_capacity(self):
        for generation, brief, wait in (
                ("newest", (503, "CAPACITY", "provider at host limit"), "30"),
                ("0.0.7", (502, "PROVISIONING_FAILED", "ProviderCommandError: the provider is at its limit of hosts"), None)):
            with emulator.Emulator("--drukbox-token", TOKEN, "--drukbox-generation", generation,
                                   "--drukbox-max-hosts", "0") as own:
                answer = Client(own.env["SANDBOX_SERVICE_URL"])("POST", "/hosts", {})
                self.assertEqual((answer.brief, answer.headers["Retry-After"]), (brief, wait))

    def test_token(self):
        with emulator.environment(DRUKBOX_TOKEN="from-the-environment"), emulator.Emulator() as own:
            self.assertEqual(own.env["SANDBOX_SERVICE_TOKEN"], "from-the-environment")
            self.assertEqual(Client(own.env["SANDBOX_SERVICE_URL"], "from-the-environment")("GET", "/hosts").status, 200)
        with emulator.Emulator() as own:
            self.assertNotIn("SANDBOX_SERVICE_URL", own.env)
            address = own.exchange_url.removesuffix("/api/v1/auth/token")
            self.assertEqual(Client(address)("GET", "/hosts").json, {"error": "no such route"})

    def test_refused(self):
        for options in (["--drukbox-token", ""], ["--drukbox-token", "two words"], ["--drukbox-token", "gr\u00fc\u00dfe"],
                        ["--drukbox-generation", "0.0.5"], ["--drukbox-provider", "nobody"],
                        ["--drukbox-max-hosts", "-1"]):
            done = subprocess.run([emulator.binary, *options], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=30, check=False, env={**os.environ})
            self.assertEqual(done.returncode, 2, options)
            self.assertNotIn("two words", done.stderr)


if __name__ == "__main__":
    emulator.run(__name__)
