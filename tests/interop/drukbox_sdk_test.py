"""The published Drukbox clients 0.0.4, 0.0.7 and 0.5.1, each against the emulator in its generation: every
call of the client, and every class of error.

Usage: VENV_DRUKBOX_VERSION/bin/python drukbox_sdk_test.py EMULATOR [NAME PART]...
"""

import asyncio
import datetime
import importlib.metadata
import pathlib
import re
import sys
import unittest
import uuid

import emulator
import cases
import drukbox_sdk

VERSION = importlib.metadata.version("drukbox-python-sdk")
if pathlib.Path(sys.prefix).name != f"venv-drukbox-{VERSION}" or VERSION not in ("0.0.4", "0.0.7", "0.5.1"):
    sys.exit(f"{sys.argv[0]}: {sys.prefix} has version {VERSION}")

TOKEN = "drukbox-service-token"
SIZED = VERSION != "0.0.4"  # and renewal, proxies
NEWER = VERSION == "0.5.1"  # and templates, secrets, service accounts
KEYS = {"provider": "aws"} if SIZED else {}  # the hosts of exe have no private key
ABSENT = uuid.UUID("01900000-0000-7000-8000-000000000000")
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")

COVERAGE = cases.Coverage({})
COVERAGE.watch("SandboxAPI", drukbox_sdk.SandboxAPI)


def later(**settings):
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(**settings)


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class Case(emulator.TimedCase):
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.emulator = cls.enterClassContext(emulator.Emulator(
            "--drukbox-token", TOKEN, "--drukbox-generation", VERSION, *cls.options))
        cls.url = cls.emulator.env["SANDBOX_SERVICE_URL"]

    def setUp(self):
        self.api = self.open()

    def tearDown(self):
        self.emulator.clear_faults()

    def do(self, call):
        return cases.Asynchronous.do(call)

    def open(self, token=TOKEN, url=None, timeout=30.0):
        api = drukbox_sdk.SandboxAPI(base_url=url or self.url, token=token, timeout=timeout)
        self.addCleanup(lambda: self.do(api.aclose()))
        return api

    def create(self, **settings):
        host = self.do(self.api.create_host(**settings))
        self.addCleanup(self.discard, host.id)
        return host

    def discard(self, host_id):
        try:
            self.do(self.api.delete_host(host_id))
        except drukbox_sdk.SandboxNotFoundError:
            pass

    def refuses(self, error, text, call):
        """`call` must raise exactly this class, with this part in its message."""
        kind = getattr(drukbox_sdk, error)
        with self.assertRaises(kind) as caught:
            self.do(call)
        self.assertIs(type(caught.exception), kind, caught.exception)
        self.assertIn(text, str(caught.exception))
        return caught.exception


class Hosts(Case):
    def test_record_of_a_new_host(self):
        host = self.create(image="debian:12", env={"A": "b", "_X1": "grüße"}, idempotency_key="record-1", **KEYS)
        self.assertRegex(host.id, UUID7)
        self.assertRegex(host.name, r"^sb-[0-9a-f]{12}$")
        self.assertEqual((host.status, host.image, host.last_error), ("active", "debian:12", ""))
        self.assertEqual((host.internal_ssh_host, host.tailscale_device_id), (None, None))
        if KEYS:
            self.assertTrue(host.private_key.startswith("-----BEGIN OPENSSH PRIVATE KEY-----\n"))
            self.assertTrue(host.private_key.endswith("-----END OPENSSH PRIVATE KEY-----\n"))
        self.assertEqual(host.known_hosts.count("\n"), 2)
        for line in host.known_hosts.splitlines():
            self.assertEqual(line.split()[0], host.external_ssh_host)
        for time in (host.created_at, host.updated_at, host.activated_at, host.expires_at):
            self.assertRegex(time, TIME)
        lease = moment(host.expires_at) - moment(host.activated_at)
        self.assertEqual(round(lease.total_seconds()), 86400)
        if SIZED:
            self.assertEqual((host.instance_type, host.disk_gb), (None, None))
        if NEWER:
            self.assertEqual(host.service_account, "admin")
        (record,) = self.emulator.calls("hosts", 1)[-1:]
        self.assertTrue(record["http"]["idempotency_key"])
        self.assertEqual(sorted(record["http"]["body_keys"]), sorted(["env", "image", *KEYS]))
        self.assertEqual(record["http"]["content_type"], "application/json")

    def test_get_attach_list_delete(self):
        first, second = self.create(), self.create()
        for call in (self.api.get_host, self.api.attach):
            for form in (first.id, uuid.UUID(first.id)):
                found = self.do(call(form))
                self.assertIsNone(found.private_key)
                self.assertEqual(found.known_hosts, first.known_hosts)
        self.assertEqual([host.id for host in self.do(self.api.list_hosts())], [second.id, first.id])
        self.assertIsNone(self.do(self.api.delete_host(first.id)))
        self.refuses("SandboxNotFoundError", "host not found", self.api.get_host(first.id))
        self.assertEqual([host.id for host in self.do(self.api.list_hosts())], [second.id])

    def test_idempotency_key(self):
        async def race():
            return await asyncio.gather(*(self.api.create_host(idempotency_key="race:1", **KEYS) for _ in range(4)))

        hosts = self.do(race())
        self.addCleanup(self.discard, hosts[0].id)
        self.assertEqual(len({host.id for host in hosts}), 1)
        self.assertEqual(sum(host.private_key is not None for host in hosts), len(KEYS))
        again = self.create(idempotency_key="race:1", image="another")
        self.assertEqual((again.id, again.image, again.private_key), (hosts[0].id, hosts[0].image, None))
        for host in self.do(self.api.list_hosts()):  # also the losers, which the janitor would delete
            self.do(self.api.delete_host(host.id))
        fresh = self.create(idempotency_key="race:1", **KEYS)
        self.assertNotEqual(fresh.id, again.id)
        self.assertEqual(fresh.private_key is not None, bool(KEYS))

    def test_leases(self):
        time = later(days=3)
        self.assertEqual(moment(self.create(expires_at=time).expires_at), time)
        east = time.astimezone(datetime.timezone(datetime.timedelta(hours=5, minutes=30))) + datetime.timedelta(
            microseconds=500)
        host = self.create(expires_at=east)
        self.assertEqual(moment(host.expires_at), east)
        self.assertRegex(host.expires_at, r"\.000500Z$")
        if NEWER:
            self.assertIsNone(self.create(permanent=True).expires_at)
        elif SIZED:
            self.assertIsNone(self.create(expires_at=None).expires_at)

    @unittest.skipUnless(SIZED, "newer calls")
    def test_provider_and_size(self):
        host = self.create(provider="aws", instance_type="t3.large", disk_gb=40)
        self.assertEqual((host.provider, host.instance_type, host.disk_gb), ("aws", "t3.large", 40))
        self.assertIsNone(self.create(provider="exe").private_key)
        docker = self.create(provider="docker")
        self.assertNotEqual(docker.external_ssh_port, 22)
        self.assertTrue(docker.known_hosts.startswith(f"[{docker.external_ssh_host}]:{docker.external_ssh_port} "))
        self.refuses("SandboxResponseError", "unknown provider", self.api.create_host(provider="nobody"))
        self.refuses("SandboxResponseError", "disk_gb", self.api.create_host(provider="docker", disk_gb=1))
        self.refuses("SandboxValidationError", "greater than or equal to 1", self.api.create_host(disk_gb=0))

    @unittest.skipUnless(SIZED, "newer calls")
    def test_renew(self):
        host = self.create(expires_at=later(days=3))
        renewed = self.do(self.api.renew_host(host.id))
        self.assertLess(moment(renewed.expires_at), moment(host.expires_at))  # the default: shorter
        self.assertIsNone(renewed.private_key)
        time = later(days=9)
        self.assertEqual(moment(self.do(self.api.renew_host(host.id, expires_at=time)).expires_at), time)
        self.refuses("SandboxValidationError", "expires_at", self.api.renew_host(host.id, expires_at=later(days=-1)))
        self.refuses("SandboxNotFoundError", "host not found", self.api.renew_host(ABSENT))

    def test_doctor(self):
        report = self.do(self.api.doctor())
        self.assertIs(report.ok, True)
        self.assertEqual(report.active_provider, "exe")
        self.assertIs(report.tailnet if NEWER else report.tailscale_enabled, False)
        self.assertEqual([check.name for check in report.checks], ["db", "provider"] + ["exchange"] * NEWER)
        self.assertEqual({(check.status, check.latency_ms, check.hint) for check in report.checks}, {("ok", 0, None)})

    def test_from_the_environment(self):
        with emulator.environment(SANDBOX_SERVICE_URL=self.url + "//", SANDBOX_SERVICE_TOKEN=TOKEN):
            api = drukbox_sdk.SandboxAPI.from_env()
            self.assertEqual(self.do(api.list_hosts()), [])
            self.do(api.aclose())


class Errors(Case):
    def test_credentials(self):
        wrong = self.open("wrong")
        text = "service account token rejected" if NEWER else "service token rejected"
        for call in (wrong.list_hosts(), wrong.create_host(), wrong.get_host(ABSENT), wrong.delete_host(ABSENT),
                     wrong.doctor()):
            self.refuses("SandboxAuthError", text, call)

    def test_not_found(self):
        self.refuses("SandboxNotFoundError", "host not found", self.api.get_host(ABSENT))
        self.refuses("SandboxNotFoundError", "host not found", self.api.delete_host(ABSENT))
        self.refuses("SandboxNotFoundError", "Not Found", self.open(url=self.url + "/v1").doctor())

    def test_conflict(self):
        self.emulator.add_faults({"http": "POST /hosts", "host_status": "creating_vm"})
        host = self.create()
        self.assertEqual((host.status, host.external_ssh_host, host.known_hosts), ("creating_vm", "", ""))
        self.assertIsNone(host.activated_at)
        self.refuses("SandboxConflictError", "still provisioning", self.api.delete_host(host.id))
        if SIZED:
            self.refuses("SandboxConflictError", "cannot renew a host in status creating_vm",
                         self.api.renew_host(host.id))
        self.emulator.set_host(host.id, status="error")

    def test_validation(self):
        kind = "SandboxValidationError" if SIZED else "SandboxResponseError"
        tests = [
            ("reserved env keys are not allowed: TAILSCALE_AUTHKEY", {"env": {"TAILSCALE_AUTHKEY": "x"}}),
            ("env keys must be valid environment variable names: 1A", {"env": {"1A": "x"}}),
            ("image must not be blank", {"image": " "}),
            ("in the future", {"expires_at": later(days=-1)}),
            ("offset", {"expires_at": datetime.datetime(2200, 1, 1)}),
            ("String should match", {"idempotency_key": "no blanks"}),
        ]
        for text, settings in tests:
            with self.subTest(text):
                self.refuses(kind, text, self.api.create_host(**settings))
        self.refuses(kind, "valid UUID", self.api.get_host("not-a-uuid"))
        if SIZED:
            both = self.refuses(kind, "; ", self.api.create_host(image="", env={"1A": "x"}))
            self.assertEqual(str(both).count("Value error, "), 2)

    def test_provisioning(self):
        self.emulator.add_faults({"http": "POST /hosts", "host_status": "error"})
        self.refuses("SandboxProvisioningError", "ProviderTransportError: injected fault",
                     self.api.create_host(idempotency_key="dies"))
        (left,) = self.do(self.api.list_hosts())
        self.assertEqual(left.status, "error")
        self.assertRegex(left.last_error, r"^\w+: ")
        self.assertIsNone(left.activated_at)
        again = self.create(idempotency_key="dies")
        self.assertNotEqual(again.id, left.id)
        self.assertIsNone(self.do(self.api.delete_host(left.id)))

    def test_unavailable(self):
        self.emulator.add_faults({"http": "POST /hosts", "status": 503})
        self.refuses("SandboxUnavailableError", "could not be completed", self.api.create_host())
        for fault in ({"close": True}, {"hang": True}, {"close": True, "after": True}):
            self.emulator.add_faults({"http": "GET /doctor", **fault})
            self.refuses("SandboxUnavailableError", "transport failed", self.open(timeout=0.5).doctor())
        self.refuses("SandboxUnavailableError", "transport failed",
                     self.open(url=f"http://127.0.0.1:{emulator.dead_port()}").doctor())

    def test_lost_response(self):
        self.emulator.add_faults({"http": "POST /hosts", "close": True, "after": True})
        self.refuses("SandboxUnavailableError", "transport failed", self.api.create_host(idempotency_key="lost"))
        (made,) = self.do(self.api.list_hosts())
        again = self.create(idempotency_key="lost")
        self.assertEqual((again.id, again.private_key), (made.id, None))

    def test_response(self):
        self.emulator.add_faults({"http": "drukbox", "status": 500})
        self.refuses("SandboxResponseError", "non-JSON", self.api.list_hosts())
        self.emulator.add_faults({"http": "drukbox", "status": 418, "detail": "short and stout"})
        self.refuses("SandboxResponseError", "short and stout", self.api.list_hosts())
        self.emulator.add_faults({"http": "GET /hosts", "body": "<html>", "content_type": "text/html"})
        self.refuses("SandboxResponseError", "non-JSON", self.api.list_hosts())

    def test_created_with_another_status(self):
        self.emulator.add_faults({"http": "POST /hosts", "status": 202})
        self.assertEqual(self.create().status, "active")

    def test_failing_doctor(self):
        switch = "tailnet" if NEWER else "tailscale_enabled"
        body = ('{"ok": false, "active_provider": "exe", "%s": true, "checks": [{"name": "db", "status": "fail", '
                '"detail": "timed out after 5s", "latency_ms": 5000, "hint": "check_database_url_and_engine"}]}' % switch)
        self.emulator.add_faults({"http": "GET /doctor", "body": body})
        report = self.do(self.api.doctor())
        self.assertIs(report.ok, False)
        self.assertEqual(report.checks[0].hint, "check_database_url_and_engine")


class Capacity(Case):
    options = ("--drukbox-max-hosts", "1")

    def test_limit_of_hosts(self):
        self.create(idempotency_key="one")
        self.create(idempotency_key="one")
        if NEWER:
            error = self.refuses("SandboxCapacityError", "provider at host limit", self.api.create_host())
            self.assertEqual(error.retry_after, 30)
        else:
            self.refuses("SandboxProvisioningError", "ProviderCommandError: ", self.api.create_host())


@unittest.skipUnless(SIZED, "newer calls")
class Proxies(Case):
    def test_life_cycle(self):
        host = self.create()
        proxy = self.do(self.api.create_http_proxy(
            name="llm", target="https://api.example.com:8443", headers={"Authorization": "Bearer x"}))
        self.assertEqual((proxy.name, proxy.status), ("llm", "created"))
        self.refuses("SandboxConflictError", "exists", self.api.create_http_proxy(
            name="llm", target="https://api.example.com", headers={"A": "b"}))
        attached = self.do(self.api.attach_http_proxy("llm", host.id))
        self.assertEqual((attached.name, attached.host_id, attached.status), ("llm", host.id, "attached"))
        self.assertIsNone(self.do(self.api.detach_http_proxy("llm", host.id)))
        self.assertIsNone(self.do(self.api.delete_http_proxy("llm")))
        self.refuses("SandboxNotFoundError", "proxy", self.api.delete_http_proxy("llm"))
        self.refuses("SandboxNotFoundError", "proxy", self.api.attach_http_proxy("llm", host.id))
        self.refuses("SandboxNotFoundError", "proxy", self.api.detach_http_proxy("llm", host.id))

    def test_refusals(self):
        for name, target, headers in (
                ("-a", "http://h", {"A": "b"}), ("", "http://h", {"A": "b"}), ("a", "http://h/path", {"A": "b"}),
                ("a", "ftp://h", {"A": "b"}), ("a", "http://u:p@h", {"A": "b"}), ("a", "http://h?q", {"A": "b"}),
                ("a", "http://h#f", {"A": "b"}), ("a", "http://h", {})):
            with self.subTest(name=name, target=target, headers=headers):
                self.refuses("SandboxValidationError", "", self.api.create_http_proxy(
                    name=name, target=target, headers=headers))
        self.do(self.api.create_http_proxy(name="p", target="http://h", headers={"A": "b"}))
        self.refuses("SandboxNotFoundError", "host not found", self.api.attach_http_proxy("p", ABSENT))
        docker = self.create(provider="docker")
        self.refuses("SandboxResponseError", "docker", self.api.attach_http_proxy("p", docker.id))
        self.emulator.add_faults({"http": "POST /hosts", "host_status": "provisioning"})
        host = self.create()
        self.refuses("SandboxConflictError", "backing VM", self.api.attach_http_proxy("p", host.id))
        self.emulator.set_host(host.id, status="active")


@unittest.skipUnless(NEWER, "newer calls")
class Templates(Case):
    def test_life_cycle(self):
        template = self.do(self.api.create_template(setup_script="apt-get install -y git", label="git"))
        self.assertEqual((template.status, template.image, template.label), ("building", "", "git"))
        self.assertRegex(template.setup_script_hash, r"^[0-9a-f]{64}$")
        self.assertIsNone(template.last_used_at)
        second = self.do(self.api.create_template(setup_script="true", provider="aws", base_image="ami-1"))
        self.assertEqual([item.id for item in self.do(self.api.list_templates())], [second.id, template.id])
        built = self.do(self.api.get_template(template.id))
        self.assertEqual(built.status, "available")
        same = self.do(self.api.create_template(setup_script="apt-get install -y git", label="other"))
        self.assertEqual((same.id, same.label), (template.id, "git"))
        host = self.create(template=template.id)
        self.assertEqual(host.image, built.image)
        self.assertIsNotNone(self.do(self.api.get_template(uuid.UUID(template.id))).last_used_at)
        self.assertEqual(self.create(template=template.id, image="mine").image, "mine")
        for item in (template, second):
            self.assertIsNone(self.do(self.api.delete_template(item.id)))
        self.refuses("SandboxNotFoundError", "template not found", self.api.get_template(template.id))
        self.refuses("SandboxNotFoundError", "template not found", self.api.delete_template(template.id))
        self.refuses("SandboxResponseError", "template", self.api.create_host(template=template.id))

    def test_refusals(self):
        self.refuses("SandboxValidationError", "setup_script", self.api.create_template(setup_script=" "))
        self.refuses("SandboxValidationError", "base_image",
                     self.api.create_template(setup_script="x", base_image=""))
        self.refuses("SandboxResponseError", "nobody", self.api.create_template(setup_script="x", provider="nobody"))
        self.refuses("SandboxValidationError", "UUID", self.api.create_host(template=""))

    def test_states(self):
        template = self.do(self.api.create_template(setup_script="stuck"))
        for status, text in (("building", "building"), ("failed", "no space left")):
            self.emulator.set_template(template.id, status=status, last_error="no space left")
            self.refuses("SandboxConflictError", text, self.api.create_host(template=template.id))
            if status == "building":
                self.refuses("SandboxConflictError", "building", self.api.delete_template(template.id))
        again = self.do(self.api.create_template(setup_script="stuck"))
        self.assertEqual((again.id, again.status, again.last_error), (template.id, "building", "no space left"))
        self.assertEqual(self.do(self.api.get_template(template.id)).last_error, "")
        missing = self.do(self.api.create_template(setup_script="x", provider="exoscale"))
        self.assertEqual(self.do(self.api.get_template(missing.id)).status, "failed")


@unittest.skipUnless(NEWER, "newer calls")
class Secrets(Case):
    def test_every_form(self):
        custom = {"host": "api.example.com", "auth_variable": "EXAMPLE_TOKEN"}
        host = self.create(secrets={
            "github": drukbox_sdk.Secret("s"), "internal": drukbox_sdk.Secret("s", auth_prefix="", **custom),
            "openai": drukbox_sdk.Issuer("https://issuer.example.com/t?x=1", {"X-Key": "s"}, "15m"),
            "own_two": drukbox_sdk.Issuer("https://issuer.example.com", {"X-Key": "s"}, "1d", auth_header="X-A",
                                          **custom)})
        for service in ("openai", "own_two"):
            self.assertIsNone(self.do(self.api.refresh_secret(host.id, service)))
        self.refuses("SandboxConflictError", "github", self.api.refresh_secret(host.id, "github"))
        self.refuses("SandboxNotFoundError", "secret not found", self.api.refresh_secret(host.id, "anthropic"))
        self.refuses("SandboxNotFoundError", "host not found", self.api.refresh_secret(ABSENT, "openai"))
        self.emulator.add_faults({"http": "POST /hosts/{id}/secrets/{service}/refresh", "status": 503})
        self.refuses("SandboxUnavailableError", "refreshed", self.api.refresh_secret(host.id, "openai"))

    def test_refusals(self):
        custom = {"host": "h", "auth_variable": "V"}
        issuer = drukbox_sdk.Issuer
        for secrets in (
                {"Github": drukbox_sdk.Secret("s", **custom)}, {"unknown": drukbox_sdk.Secret("s")},
                {"unknown": drukbox_sdk.Secret("s", host="h")},
                {"openai": issuer("http://i", {"a": "b"}, "5m")}, {"openai": issuer("https://u:p@i", {"a": "b"}, "5m")},
                {"openai": issuer("https://i#f", {"a": "b"}, "5m")}, {"openai": issuer("https://i", {}, "5m")},
                {"openai": issuer("https://i", {"a": "b"}, "0m")}, {"openai": issuer("https://i", {"a": "b"}, "5")}):
            with self.subTest(secrets=secrets):
                self.refuses("SandboxValidationError", "", self.api.create_host(secrets=secrets))
        self.emulator.add_faults({"http": "POST /hosts", "status": 422, "error_code": "SECRET_REFUSED",
                                  "detail": "the issuer refused openai"})
        self.assertEqual(str(self.refuses("SandboxValidationError", "", self.api.create_host())),
                         "the issuer refused openai")


@unittest.skipUnless(NEWER, "newer calls")
class ServiceAccounts(Case):
    def test_life_cycle(self):
        account = self.do(self.api.create_service_account("ci-1"))
        self.assertEqual(account.name, "ci-1")
        self.assertTrue(account.token.startswith("drkb_"))
        self.refuses("SandboxConflictError", "exists", self.api.create_service_account("ci-1"))
        other = self.open(account.token)
        host = self.do(other.create_host(idempotency_key="theirs"))
        self.addCleanup(self.discard, host.id)
        self.assertEqual(host.service_account, "ci-1")
        self.refuses("SandboxConflictError", "another", self.api.create_host(idempotency_key="theirs"))
        self.refuses("SandboxAuthError", "admin key rejected", other.create_service_account("x"))
        self.assertIsNone(self.do(self.api.remove_service_account("ci-1")))
        self.refuses("SandboxAuthError", "rejected", other.list_hosts())
        self.refuses("SandboxNotFoundError", "not found", self.api.remove_service_account("ci-1"))

    def test_refusals(self):
        self.refuses("SandboxConflictError", "admin", self.api.remove_service_account("admin"))
        for name in ("", "-a", "A", "a_b", "a" * 65):
            self.refuses("SandboxValidationError", "match", self.api.create_service_account(name))
        self.refuses("SandboxValidationError", "match", self.api.remove_service_account("A"))


if __name__ == "__main__":
    emulator.run(__name__, COVERAGE.problems)
