"""boxctl with pipes: every command, its output for people and for scripts, exit codes and errors."""

import base64
import fcntl
import json
import os
import re
import select
import signal
import socket
import tempfile
import time

import boxctl
from boxctl import emulator
from http_proxy import HttpProxy

COMMANDS = [
    "ls", "show", "create", "fork", "rename", "start", "stop", "reboot", "suspend", "resume", "hibernate", "wake", "rm",
    "wait", "share", "unshare", "resize", "label", "timeout", "egress ls", "egress set", "egress clear",
    "exec", "shell", "logs", "job start", "job ls", "job show", "job wait", "job logs", "job write", "job signal", "job rm",
    "cp", "sync", "fs ls", "fs stat", "fs cat", "fs mkdir", "fs rm", "fs mv", "port ls", "port expose", "port rm", "proxy ls", "proxy create", "proxy set", "proxy rm",
    "domain ls", "domain bind", "domain unbind", "network ls", "network create", "network set", "network clear",
    "disk ls", "disk create", "disk attach", "disk detach", "disk rm", "snapshot ls", "snapshot show",
    "snapshot create", "snapshot rm", "checkpoint ls", "checkpoint create", "checkpoint restore", "checkpoint rm",
    "template ls", "template create", "template rm", "login", "logout", "profile ls", "profile use", "whoami", "version", "config", "suggest-name",
    "key ls", "key create", "key rm", "token ls", "token create", "token revoke", "api", "doctor", "completion", "man",
]
BOX_KEYS = {
    "name", "id", "status", "url", "image", "public_ip", "vcpu", "memory_bytes", "disk_bytes", "ssh_port",
    "created_at_ms", "last_connected_at_ms", "delete_at_ms", "boot_time_ms", "restart_policy", "auto_suspend_timeout_s",
    "auto_hibernate_timeout_s", "auto_destroy_timeout_s", "forked_from", "source", "org", "created_by", "isolated",
    "labels", "networks", "egress", "domains",
}
ESCAPE = "\033"


def field(number, value):
    """A field of a protobuf message: bytes of less than 128 bytes."""
    return bytes([number << 3 | 2, len(value)]) + value


class CommandLine(boxctl.Case):
    """Help and usage errors."""

    def test_help_lists_every_command(self):
        text = self.text("--help")
        for name in COMMANDS:
            self.assertRegex(text, rf"\n  {name} " if " " not in name else rf"\n  {name.split()[0]} .*(\n {{16}}.*)*\b{name.split()[1]}\b")
        for topic, words in (("exit-codes", ("125", "130")), ("environment", ("BOXD_API_KEY", "NO_COLOR"))):
            self.assertIn(f"`boxctl help {topic}`", text.replace("\n", " "))
            for word in words:
                self.assertIn(word, self.text("help", topic))
        self.assertEqual(self.text("help"), text)

    def test_help_of_each_command(self):
        pages = self.text("help", "--all").split("Usage: boxctl ")[1:]
        self.assertEqual([name for name in COMMANDS if not any(page.startswith(name) for page in pages)], [])
        self.assertTrue(all("--json" in page for page in pages))
        for name in ("ls", "disk attach"):
            for option in ("--help", "-h"):
                text = self.text(*name.split(), option)
                self.assertTrue(text.startswith(f"Usage: boxctl {name}"), text)
                self.assertEqual(self.err, "")

    def test_help_of_a_group(self):
        for group in ("disk", "proxy", "snapshot", "domain", "token"):
            self.assertIn(f"  {group} ls", self.text(group, "--help"))
            self.assertEqual(self.boxctl(group, code=2), b"")
            self.assertIn(f"  {group} ls", self.err)

    def test_version(self):
        self.assertRegex(self.text("--version"), r"^boxctl \d+\.\d+\.\d+\n$")

    def test_aliases(self):
        self.assertEqual(self.text("list"), self.text("ls"))
        self.assertEqual(self.text("disks"), self.text("disk", "ls"))

    def test_usage_errors_name_the_help(self):
        for words, say in (
            (["nonsense"], "unknown command \"nonsense\""),
            (["disk", "nonsense"], "unknown command \"disk nonsense\""),
            (["--nonsense"], "unknown option --nonsense"),
            (["whoami", "more"], "unexpected argument \"more\"; usage: boxctl whoami"),
            (["rm"], "missing argument; usage: boxctl rm BOX..."),
            (["rename", "a"], "missing argument; usage: boxctl rename BOX NAME"),
            (["create", "-z"], "unknown option -z"),
            (["create", "--vcpu"], "option --vcpu needs a value"),
            (["create", "--vcpu", "two"], "invalid value \"two\" for --vcpu: must be a whole number"),
            (["create", "--wait=yes"], "option --wait takes no value"),
            (["create", "--auto-suspend", "soon"], "invalid value \"soon\" for --auto-suspend: must be a time such as 90, "
             "1.5s, 5m or 2h30m (whole seconds), or \"never\""),
            (["create", "--volume", "data"], "DISK:PATH"),
            (["create", "--snapshot", "s", "--image", "i"], "--snapshot cannot be combined with --image"),
            (["ls", "--timeout", "-1"], "invalid value \"-1\" for --timeout: must be a time such as 90, 1.5s, 5m or 2h30m, or \"never\""),
            (["proxy", "create", "b", "n", "0"], "invalid port \"0\": must be from 1 to 65535"),
            (["api"], "missing METHOD"),
            (["api", "Nope"], "unknown method \"Nope\""),
        ):
            self.boxctl(*words, code=2)
            self.assertIn(say, self.err)
            self.assertRegex(self.err, r"\nRun `boxctl .*--help` for usage\.\n$")

    def test_arguments_that_the_library_refuses(self):
        self.fails(2, "create", "--memory", "much", say="memory")
        self.fails(2, "create", "Not A Label", say="Not A Label")
        self.fails(2, "ls", "--api-url", "ftp://x", say="ftp")

    def test_exit_codes_of_failures(self):
        self.fails(3, "--json", "rm", "nosuch", say="\"nosuch\"")  # prints no empty list
        self.fails(3, "--json", "token", "revoke", "nosuch", say="\"nosuch\"")
        self.fails(3, "show", "nosuch", say="\"nosuch\"")
        self.fails(4, "ls", say="BOXD_API_KEY", env={"BOXD_API_KEY": None})
        self.fails(4, "ls", say="API key", env={"BOXD_API_KEY": "wrong"})
        self.fails(5, "ls", "--api-url", f"http://127.0.0.1:{emulator.dead_port()}", say="nothing listens")
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            self.fails(6, "ls", "--timeout", "0.3", "--api-url", url, say="", env={"BOXD_TOKEN": "x"})

    def test_errors_name_commands_not_functions(self):
        self.fails(3, "show", "nosuch", say="`boxctl ls`")
        self.assertNotIn("boxd_", self.err)

    def test_errors_name_variables_not_options_of_the_library(self):
        dead = f"http://127.0.0.1:{emulator.dead_port()}"
        web = self.emulator.exchange_url.replace("/api/", "/nothing/")
        self.fails(5, "ls", "--api-url", dead, say="check the API URL (--api-url or BOXD_API_URL) and that the service is up")
        self.fails(5, "ls", say="check BOXD_EXCHANGE_URL and that the service is up", env={"BOXD_EXCHANGE_URL": f"{dead}/token"})
        self.fails(4, "ls", say="check BOXD_EXCHANGE_URL", env={"BOXD_EXCHANGE_URL": web})
        self.fails(4, "ls", say="the API key in BOXD_API_KEY (401)", env={"BOXD_API_KEY": "wrong"})
        self.fails(4, "ls", say="the token in BOXD_TOKEN", env={"BOXD_TOKEN": "wrong"})
        self.assertIn("get a new one, or run `boxctl login`, or set BOXD_API_KEY", self.err)

    def test_full_disk(self):
        with open("/dev/full", "wb") as full:
            self.assertEqual(self.start("ls", "--json", stdout=full).wait(boxctl.RUN_LIMIT_SECS), 1)
            self.assertEqual(self.start("--help", stdout=full).wait(boxctl.RUN_LIMIT_SECS), 1)


class Boxes(boxctl.Case):
    def test_create_show_ls_rm(self):
        said = self.text("create", "first", "--label", "team=red", "--vcpu", "2", "--wait")
        self.assertRegex(said, r"^first  https://\S+\n$")
        shown = self.json("show", "first")
        self.assertEqual(set(shown), BOX_KEYS)
        self.assertEqual((shown["name"], shown["status"], shown["vcpu"]), ("first", "running", 2))
        self.assertEqual(shown["labels"], {"team": "red"})
        self.assertRegex(self.text("show", "first"), r"(?m)^name: +first$")
        self.assertEqual(self.text("create", "-q", "second"), "second\n")
        self.assertEqual(set(self.json("create", "third")), BOX_KEYS)
        rows = {row["name"]: row for row in self.json("ls")}
        self.assertEqual(set(rows), {"first", "second", "third"})
        self.assertEqual(set(rows["first"]), BOX_KEYS)
        table = self.text("ls")
        self.assertRegex(table, r"^NAME +STATUS +SIZE +CREATED +URL\n")
        self.assertRegex(table, r"(?m)^first +running +2 cpu, 8 GiB +\d+ seconds? ago +https://")
        self.assertNotIn(ESCAPE, table)
        self.assertEqual(self.text("ls", "-q", "--label", "team=red"), "first\n")
        self.assertEqual(self.json("ls", "--label", "team=blue"), [])
        self.assertEqual(self.text("rm", shown["id"], "second", "third"), f"{shown['id']}\nsecond\nthird\n")
        self.assertEqual(self.json("ls"), [])

    def test_output_in_non_blocking_mode(self):
        """A pipe that another program has put into non-blocking mode, with a reader that is slow, gets all output."""
        expected = self.boxctl("help", "--all")
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        os.set_blocking(writer, False)
        self.assertGreater(len(expected), 4096)
        process = self.start("help", "--all", stdout=writer)
        while select.select([], [writer], [], 0)[1]:  # until the pipe is full
            time.sleep(0.01)
        self.assertFalse(os.get_blocking(writer))
        os.close(writer)
        with open(reader, "rb") as file:
            self.assertEqual(file.read(), expected)
        self.assertEqual((process.wait(boxctl.RUN_LIMIT_SECS), process.stderr.read()), (0, b""))

    def test_create_reuse(self):
        name = self.box()
        self.fails(1, "create", name, say=name)
        self.assertEqual(self.json("create", "--reuse", name)["id"], self.json("show", name)["id"])

    def test_rm_of_several(self):
        name = self.box()
        out = self.text("rm", "nosuch", name, "nor-this", code=3)
        self.assertEqual(out, f"{name}\n")
        self.assertIn("nosuch", self.err)
        self.assertIn("nor-this", self.err)

    def test_rm_of_a_box_that_does_not_exist(self):
        """With -f this is no error, and the box is not among those that were destroyed."""
        name = self.box()
        self.assertEqual((self.text("rm", "-f", "nosuch"), self.err), ("", ""))
        self.assertEqual(self.json("rm", "-f", "nosuch"), [])
        self.assertEqual(self.json("rm", "-f", "nosuch", name), [{"box": name, "action": "removed"}])

    def test_many_in_parallel(self):
        names = [f"many{i}" for i in range(12)]
        for name in names:
            self.boxctl("create", "-q", name)
        self.assertEqual(self.text("stop", *names).split(), names)
        self.assertEqual({row["status"] for row in self.json("ls") if row["name"] in names}, {"stopped"})
        self.assertEqual(self.boxctl("rm", "-q", *names), b"")

    def test_lifecycle(self):
        name = self.box()
        for verb, status in (("suspend", "suspended"), ("resume", "running"), ("hibernate", "hibernated"),
                             ("wake", "running"), ("stop", "stopped"), ("start", "running"), ("reboot", "running")):
            done = self.json(verb, name)
            self.assertEqual(done[0]["box"], name)
            self.assertEqual("duration_us" in done[0], verb in ("suspend", "resume"))
            self.assertEqual(self.json("show", name)["status"], status)
        self.fails(1, "resume", name, say=name)

    def test_fork_and_rename(self):
        name = self.box()
        copy = self.json("fork", name, f"{name}-copy", "--wait")
        self.assertEqual(copy["forked_from"], self.json("show", name)["id"])
        self.assertEqual(self.text("rename", copy["name"], f"{name}-other"), f"{name}-other\n")
        self.assertEqual(self.json("show", copy["id"])["name"], f"{name}-other")
        self.fails(3, "fork", "nosuch", say="nosuch")


class Settings(boxctl.Case):
    def test_proxies(self):
        name = self.box()
        made = self.json("proxy", "create", name, "web", "3000")
        self.assertEqual(set(made), {"name", "box", "domain", "port", "port_mode", "is_default"})
        self.assertEqual(self.text("proxy", "set", name, "web", "4000"), "web: port 4000\n")
        ports = {row["name"]: row["port"] for row in self.json("proxy", "ls", name)}
        self.assertEqual(ports["web"], 4000)
        self.assertRegex(self.text("proxy", "ls", name), r"(?m)^NAME +DOMAIN +PORT +MODE\n\(default\) ")
        self.boxctl("proxy", "set", name, "9000")
        self.fails(3, "proxy", "rm", name, "nosuch", say="nosuch")
        self.assertEqual(self.json("proxy", "rm", name, "web"), [{"proxy": "web", "action": "removed"}])
        self.fails(3, "proxy", "ls", "nosuch", say="nosuch")

    def test_domains(self):
        name = self.box()
        self.assertEqual(self.json("domain", "bind", name, "www.example.com"), {"domain": "www.example.com", "box": name})
        rows = self.json("domain", "ls")
        self.assertEqual([set(row) for row in rows], [{"domain", "box", "box_id", "status", "last_error"}])
        self.assertRegex(self.text("domain", "ls"), r"(?m)^www\.example\.com ")
        self.assertEqual(self.text("domain", "unbind", "www.example.com"), "www.example.com\n")
        self.fails(3, "domain", "unbind", "www.example.com", say="www.example.com")

    def test_disks(self):
        name = self.box()
        disk = self.json("disk", "create", "data", "1G")
        self.assertEqual(set(disk), {"name", "id", "status", "size_bytes", "box", "attachments", "created_at_ms"})
        self.assertEqual(disk["size_bytes"], 1 << 30)
        self.assertEqual(self.text("disk", "attach", "data", name, "/data", "--read-only"), "data\n")
        row = self.json("disk", "ls")[0]
        self.assertEqual(row["attachments"][0]["path"], "/data")
        self.assertTrue(row["attachments"][0]["read_only"])
        self.assertRegex(self.text("disk", "ls"), rf"(?m)^data +\w+ +1 GiB +{name} ")
        self.fails(1, "disk", "rm", "data", say="data")
        self.assertEqual(self.json("disk", "detach", disk["id"], name)["action"], "detached")
        self.assertEqual(self.json("disk", "rm", "data")[0]["action"], "removed")
        self.fails(3, "disk", "rm", "data", say="`boxctl disk ls`")

    def _answer(self, rpc, reply):
        self.emulator.add_faults({"rpc": rpc, "reply": reply.hex(), "count": 1})

    def test_text_of_the_service_is_safe_to_show(self):
        name = b"a\nFORGED\x1b[31m" + "\u009b\u202e\u2028gr\u00fc\u00df\U000e0041".encode() + b"\xff"
        shown = "a\\x0AFORGED\\x1B[31m\\u009B\\u202E\\u2028gr\u00fc\u00df\\U000E0041\ufffd"
        read = name.decode(errors="replace")
        raw = re.compile(r"[^\n -~\u00fc\u00df\ufffd]")
        row = field(1, b"an-id") + field(2, name) + field(5, b"running")
        for words in ((), ("-q",), ("--json",)):
            with self.subTest(words):
                self._answer("ListVms", field(1, row))
                out = self.text(*words, "ls")
                self.assertIsNone(raw.search(out), out)
                if words != ("--json",):
                    self.assertIn(shown, out)
                    self.assertEqual(len(out.splitlines()), 1 if words else 2, out)
                else:
                    self.assertEqual(json.loads(out)[0]["name"], read)
                self._answer("CreateVm", field(1, name) + field(2, name) + field(4, name))
                out = self.text(*words, "create")
                self.assertIsNone(raw.search(out), out)
                if words == ("--json",):
                    self.assertEqual(json.loads(out)["name"], read)
                else:
                    self.assertTrue(out.startswith(shown), out)
                    self.assertEqual(out.count("\n"), 1, out)
                self._answer("Whoami", field(1, name) + field(5, name))
                out = self.text(*words, "doctor")
                self.assertIsNone(raw.search(out), out)
                if words != ("--json",):
                    self.assertIn(shown, out)
        self.emulator.add_faults({"rpc": "ListVms", "code": 7, "message": name[:-1].decode()})
        self.fails(4, "ls", say=shown[:-1])
        self.assertIsNone(raw.search(self.err), self.err)

    def test_text_of_arguments_is_safe_to_show(self):
        self.fails(3, "disk", "rm", "\033[31mgone", say="\\x1B[31mgone")
        self.assertNotIn(ESCAPE, self.err)

    def test_volume_of_a_new_box(self):
        self.boxctl("disk", "create", "vol", "1G")
        name = self.box("--volume", "vol:/vol:ro")
        self.assertEqual([row["box"] for row in self.json("disk", "ls") if row["name"] == "vol"], [name])

    def test_snapshots(self):
        name = self.box()
        made = self.json("snapshot", "create", name, "snap", "--wait")
        self.assertLessEqual({"name", "id", "status", "version", "size_bytes", "created_at_ms"}, set(made))
        self.assertEqual([row["name"] for row in self.json("snapshot", "ls")], ["snap"])
        self.assertRegex(self.text("snapshot", "ls"), r"(?m)^snap +ready +1 ")
        self.assertEqual(self.json("create", "--snapshot", "snap", f"{name}-new")["name"], f"{name}-new")
        self.assertEqual(self.text("snapshot", "rm", "snap"), "snap\n")
        self.fails(3, "snapshot", "rm", "snap", say="snap")

    def test_tokens(self):
        token = self.json("token", "create", "--expires", "600")
        self.assertEqual(set(token), {"token", "jti", "expires_at_ms"})
        borrowed = {"BOXD_TOKEN": token["token"], "BOXD_API_KEY": None}
        self.boxctl("ls", env=borrowed)
        self.assertIn(token["jti"], self.text("token", "ls", "-q").split())
        self.assertEqual(set(self.json("token", "ls")[0]), {"jti", "created_at_ms", "expires_at_ms"})
        self.assertEqual(self.text("token", "revoke", token["jti"]), f"{token['jti']}\n")
        self.fails(4, "ls", say="token", env=borrowed)
        self.assertEqual(self.text("token", "create", "-q").count("."), 2)


class Api(boxctl.Case):
    def test_list_and_describe(self):
        rows = {row["method"]: row for row in self.json("api", "--list")}
        self.assertEqual(rows["GetVm"], {"method": "GetVm", "request": "GetVmRequest", "reply": "GetVmResponse",
                                         "streams": None})
        self.assertEqual({name: row["streams"] for name, row in rows.items() if row["streams"]},
                         {"Exec": "both", "StreamLogs": "reply", "DesktopTunnel": "both", "UploadFileStream": "request",
                          "DownloadFileStream": "reply"})
        described = self.json("api", "--describe", "CreateVm")
        self.assertEqual(described["request"]["labels"], "map of string")
        self.assertEqual(described["request"]["imageRef"], "string")

    def test_unary(self):
        name = self.box("--label", "a=b")
        box = json.loads(self.boxctl("api", "GetVm", json.dumps({"vmId": name})))
        self.assertEqual(box["name"], name)
        self.assertEqual(box["labels"], {"a": "b"})
        self.assertIsInstance(box["memoryBytes"], str)
        self.assertIs(box["isolated"], False)
        again = json.loads(self.boxctl("api", "GetVm", "-", input=json.dumps({"vm_id": name}).encode()))
        self.assertEqual(again["vmId"], box["vmId"])
        self.assertIn("userId", json.loads(self.boxctl("api", "Whoami")))
        self.fails(3, "api", "GetVm", '{"vmId": "nosuch"}', say="nosuch")

    def test_maps_numbers_and_presence(self):
        made = json.loads(self.boxctl("api", "CreateVm", json.dumps(
            {"name": "of-api", "labels": {"x": "y", "z": ""}, "config": {"vcpu": "2", "diskBytes": 21474836480,
             "srf": {"autoSuspendTimeoutSecs": 0}}})))
        box = self.json("show", "of-api")
        self.assertEqual((box["labels"], box["vcpu"], box["auto_suspend_timeout_s"]), ({"x": "y", "z": ""}, 2, 0))
        self.assertEqual(box["id"], made["vmId"])
        self.boxctl("rm", "of-api")

    def test_requests_that_do_not_match(self):
        for method, request, say in (
            ("GetVm", '{"vmid": "x"}', "GetVmRequest has no field \"vmid\"; its fields: vmId"),
            ("GetVm", '{"vmId": 5}', "\"vm_id\" must be a string, not 5"),
            ("GetVm", "[]", "must be a JSON object"),
            ("GetVm", "{", "not valid JSON"),
            ("CreateVm", '{"config": {"vcpu": -1}}', "\"vcpu\" must be an unsigned 32-bit number, not -1"),
            ("CreateVm", '{"config": {"vcpu": 4294967296}}', "\"vcpu\""),
            ("CreateVm", '{"config": {"diskBytes": "18446744073709551616"}}', "\"disk_bytes\""),
            ("CreateVm", '{"config": {"nope": 1}}', "VmConfig has no field \"nope\""),
            ("CreateVm", '{"cmd": "ls"}', "\"cmd\" must be an array"),
            ("CreateVm", '{"labels": ["a"]}', "\"labels\" must be an object"),
            ("CreateVm", '{"labels": {"a": 1}}', "\"value\" must be a string"),
            ("CreateVm", '{"shared": "yes"}', "true or false"),
            ("UploadFile", '{"data": "?"}', "base64"),
        ):
            self.fails(2, "api", method, request, say=say)
        self.fails(2, "api", "GetVm", "{}", "{}", say="takes one request")
        self.fails(2, "api", "vm", say="GetVm")

    def test_bytes(self):
        name = self.box()
        box = self.json("show", name)["id"]
        for size in (0, 1, 2, 3, 7):
            data = bytes(range(250, 250 + size)) if size < 6 else os.urandom(size)
            text = base64.b64encode(data).decode()
            self.boxctl("api", "UploadFile", json.dumps({"vmId": box, "path": "/tmp/b", "data": text}))
            got = json.loads(self.boxctl("api", "DownloadFile", json.dumps({"vmId": box, "path": "/tmp/b"})))
            self.assertEqual(got["data"], text)

    def test_streams(self):
        name = self.box()
        box = self.json("show", name)["id"]
        first, line = json.dumps({"vmId": box, "command": "cat"}), json.dumps({"stdin": True, "data": "aGVsbG8K"})
        for run in (lambda: self.boxctl("api", "Exec", first, line),
                    lambda: self.boxctl("api", "Exec", first, "-", input=f"\n{line}\n\n".encode()),
                    lambda: self.boxctl("api", "Exec", "-", input=f"{first}\n{line}".encode())):
            replies = [json.loads(reply) for reply in run().splitlines()]
            self.assertEqual("".join(reply["data"] for reply in replies), "aGVsbG8K")
        self.boxctl("exec", name, "--", "sh", "-c", "printf hello > /tmp/f")
        got = self.boxctl("api", "DownloadFileStream", json.dumps({"vmId": box, "path": "/tmp/f"}))
        self.assertEqual(json.loads(got)["totalSize"], "5")
        self.fails(3, "api", "DownloadFileStream", json.dumps({"vmId": box, "path": "/none"}), say="none")
        self.fails(2, "api", "Exec", first, '{"nope": 1}', say="no field \"nope\"")

    def test_a_stream_that_ends_does_not_wait_for_input(self):
        name = self.box()
        first = json.dumps({"vmId": self.json("show", name)["id"], "command": "exit 3"})
        process = self.start("api", "Exec", first, "-")  # its standard input stays open
        self.assertEqual(json.loads(process.stdout.read().splitlines()[-1])["exitCode"], 3)
        self.assertEqual(process.wait(boxctl.RUN_LIMIT_SECS), 0)


class Exec(boxctl.Case):
    def setUp(self):
        self.name = self.box()

    def run_in(self, *words, options=(), **how):
        return self.boxctl("exec", *options, self.name, "--", *words, **how)

    def test_output_and_exit_codes(self):
        self.assertEqual(self.run_in("echo", "a  b", "$HOME", "-n", ""), b"a  b $HOME -n \n")
        for code in (0, 1, 2, 3, 7, 124, 125, 130, 255):
            self.run_in("sh", "-c", f"echo out; echo err >&2; exit {code}", code=code)
            self.assertEqual(self.err, "err\n")
        self.assertEqual(self.boxctl("exec", self.name, "echo", "--help", "-q", "--json"), b"--help -q --json\n")

    def test_its_own_failures_are_125(self):
        self.fails(125, "exec", "nosuch", "true", say="\"nosuch\"")
        self.fails(125, "exec", self.name, say="boxctl exec --help")
        self.fails(125, "exec", "--nope", self.name, "true", say="boxctl exec --help")
        self.fails(125, "exec", self.name, "true", say="BOXD_API_KEY", env={"BOXD_API_KEY": None})
        self.fails(125, "exec", "-it", self.name, "true", say="terminal")
        self.fails(125, "exec", "-e", "1=2", self.name, "true", say="env")
        self.fails(125, "exec", "--timeout", "0.5s", self.name, "sleep", "60", say="")
        self.fails(125, "shell", self.name, say="terminal")
        self.fails(125, "shell", say="boxctl shell --help")

    def test_bytes_both_ways(self):
        data = bytes(range(256)) * 8192 + os.urandom(3 << 20)
        self.assertEqual(self.run_in("cat", options=["-i"], input=data), data)
        self.assertEqual(self.run_in("sh", "-c", "cat >&2", options=["-i"], input=b"x"), b"")
        self.assertEqual(self.err, "x")

    def test_no_input_without_i(self):
        self.assertEqual(self.run_in("cat", input=b"not for it"), b"")

    def test_environment_and_directory(self):
        self.assertEqual(self.run_in("sh", "-c", 'printf "%s|%s|%s|" "$A" "$B" "$PWD"', options=[
            "-e", "A=1 2\n'", "-e", "B", "-w", "/tmp"], env={"B": "here"}), b"1 2\n'|here|/tmp|")

    def test_directory_that_does_not_exist(self):
        """The code is that of cd in the shell of the box."""
        for options in ([], ["-t"]):
            self.run_in("echo", "ran", options=["-w", "/none", *options], code=2)
            self.assertIn("boxctl: if the directory /none of --workdir does not exist in the box, the command was not run\n", self.err)
        self.boxctl("job", "start", "--id", "j", "-w", "/none", self.name, "true")
        self.boxctl("job", "wait", self.name, "j", code=2)

    def test_t_without_a_terminal_here(self):
        self.assertEqual(self.run_in("sh", "-c", "test -t 1 && echo yes", options=["-t"]), b"yes\r\n")

    def test_closed_output(self):
        process = self.start("exec", self.name, "--", "yes")
        self.assertTrue(process.stdout.readline())
        process.stdout.close()
        self.assertEqual(process.wait(boxctl.RUN_LIMIT_SECS), 141)
        self.assertEqual(process.stderr.read(), b"")

    def test_ctrl_c(self):
        for how, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            process = self.start("exec", self.name, "--", "sh", "-c", "echo $$; exec sleep 600")
            pid = process.stdout.readline().decode().strip()
            process.send_signal(how)
            out, err = process.communicate(timeout=boxctl.RUN_LIMIT_SECS)
            self.assertEqual((process.returncode, out), (code, b""), err)
            self.assertTrue(err.startswith(b"boxctl: "), err)
            while self.run_in("sh", "-c", f"kill -0 {pid} 2>/dev/null && echo lives || true"):
                time.sleep(0.05)  # the command is killed in the box; this takes a moment

    def test_ignored_signals_stay_ignored(self):
        process = self.start("exec", "-i", self.name, "--", "cat",
                             preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        for line in (b"before\n", b"after\n"):
            process.stdin.write(line)
            process.stdin.flush()
            self.assertEqual(process.stdout.readline(), line)
            process.send_signal(signal.SIGHUP)
        process.stdin.close()
        self.assertEqual(process.wait(boxctl.RUN_LIMIT_SECS), 0)

    def test_unconfirmed_exit(self):
        self.emulator.add_faults({"rpc": "Exec", "count": 1, "truncate": True})
        self.fails(125, "exec", self.name, "true", say="exit")  # the stream ends without an exit status
        self.emulator.add_faults({"rpc": "Exec", "count": 1, "exit_with_data": True})
        self.assertEqual(self.run_in("echo", "out"), b"out\ntail\n")
        self.assertIn("did not confirm the exit code 0", self.err)

    def test_logs(self):
        self.boxctl("create", "talker", "--", "sh", "-c", "echo begun; while :; do echo more; sleep 0.1; done")
        self.addCleanup(self.boxctl, "rm", "talker")
        process = self.start("logs", "-f", "talker")
        self.assertEqual(process.stdout.readline(), b"begun\n")
        self.assertEqual([process.stdout.readline() for _ in range(5)], [b"more\n"] * 5)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(boxctl.RUN_LIMIT_SECS), 130)
        self.assertTrue(self.text("logs", "talker").startswith("begun\n"))
        self.fails(3, "logs", "nosuch", say="nosuch")

    def test_ctrl_c_in_other_calls(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            process = self.start("ls", "--api-url", url, env={"BOXD_TOKEN": "x"})
            silent.accept()
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(boxctl.RUN_LIMIT_SECS), 130)
        first = json.dumps({"vmId": self.json("show", self.name)["id"], "command": "echo; sleep 600"})
        process = self.start("api", "Exec", first, "-")  # also waits for its standard input
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(boxctl.RUN_LIMIT_SECS), 130)


class Doctor(boxctl.Case):
    CHECKS = ["configuration", "api-proxy", "exchange-proxy", "dns", "tcp", "tls", "grpc", "exchange", "identity", "token-cache",
              "clock", "schema", "quota"]

    def check(self, code, *words, **how):
        rows = json.loads(self.boxctl("doctor", "--json", *words, code=code, **how))
        self.assertEqual([row["check"] for row in rows], self.CHECKS)
        self.assertEqual([set(row) for row in rows], [{"check", "status", "detail", "next"}] * len(rows))
        for row in rows:
            self.assertEqual(row["next"] is not None, row["status"] == "failed", row)
            self.assertNotIn(self.emulator.api_key, row["detail"])
        return {row["check"]: row["status"] for row in rows}

    def test_all_well(self):
        rows = self.check(0)
        self.assertEqual({name: status for name, status in rows.items() if status != "ok"}, {"tls": "skipped"})
        text = self.text("doctor")
        self.assertEqual(len(text.splitlines()), len(self.CHECKS))
        self.assertNotIn(self.emulator.api_key, text)

    def test_failures(self):
        dead = f"http://127.0.0.1:{emulator.dead_port()}"
        self.assertEqual(self.check(1, "--api-url", dead)["tcp"], "failed")
        self.assertEqual(self.check(1, "--api-url", "http://nosuch.invalid:9")["dns"], "failed")
        self.assertEqual(self.check(1, "--api-url", "ftp://x")["configuration"], "failed")
        self.assertEqual(self.check(1, "--api-url", self.emulator.api_url.replace("http:", "https:"))["tls"], "failed")
        self.assertEqual(self.check(1, env={"BOXD_API_KEY": None})["configuration"], "failed")
        self.assertEqual(self.check(1, env={"BOXD_API_KEY": "wrong"})["exchange"], "failed")
        self.assertEqual(self.check(1, env={"BOXD_TOKEN": "wrong"})["identity"], "failed")
        web = self.emulator.exchange_url.split("/api/")[0]  # the URL of a web server instead of the API
        self.assertEqual(self.check(1, "--api-url", web)["grpc"], "failed")

    def test_token_as_credential(self):
        rows = self.check(0, env={"BOXD_TOKEN": self.emulator.token()})
        self.assertEqual((rows["exchange"], rows["clock"], rows["identity"], rows["token-cache"]), ("skipped", "skipped", "ok", "skipped"))
        self.assertEqual((rows["api-proxy"], rows["exchange-proxy"]), ("ok", "skipped"))


class DoctorProxy(boxctl.Case):
    """The checks of doctor for proxies. The API has a name that only the proxy resolves; the exchange is on loopback, unless a test
    moves it."""

    NO_VARIABLES = {name: None for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                                            "no_proxy", "NO_PROXY", "grpc_proxy")}
    REQUIRED = ("requires user:password (407)", "add user:password@ to the URL in ALL_PROXY")
    REJECTED = ("rejected user:password (407)", "correct user:password@ in the URL in ALL_PROXY")
    WEB_SERVER = ("does not connect to {server} ({status}): this server may not be a proxy",
                  "check the URL in ALL_PROXY, or add the server's host to NO_PROXY")
    TEMPORARY = ("could not connect to {server} ({status})",
                 "try again, check the URL of the server, or add the server's host to NO_PROXY")
    FORBIDDEN = ("refuses connections to {server} ({status})", "allow the host in the proxy, or add the host to NO_PROXY")
    # The table in docs/proxies.md; tests/unit/forward_proxy_test.c has the same rows for the library.
    REFUSALS = ((302, "", FORBIDDEN), (400, "", WEB_SERVER), (401, "", FORBIDDEN), (403, "user:p%40ss@", FORBIDDEN),
                (404, "", WEB_SERVER), (405, "", WEB_SERVER), (407, "", REQUIRED), (407, "user:p%40ss@", REJECTED),
                (408, "", TEMPORARY), (429, "", TEMPORARY), (500, "", TEMPORARY), (501, "", WEB_SERVER), (502, "", TEMPORARY))
    IS_LOCAL = "none: the host is this machine, or has a link-local address"

    def setUp(self):
        port = self.emulator.api_url.rpartition(":")[2]
        self.server = f"service.example:{port}"
        self.words = ("--api-url", f"http://{self.server}")

    def rows(self, code, *words, **variables):
        rows = self.json("doctor", *words, code=code, env={**self.NO_VARIABLES, **variables})
        for row in rows:
            self.assertEqual(row["next"] is not None, row["status"] == "failed", row)
            self.assertNotIn("p@ss", json.dumps(row))
            self.assertNotIn("p%40ss", json.dumps(row))
        self.assertEqual([row["check"] for row in rows[1:3]], ["api-proxy", "exchange-proxy"])
        return {row["check"]: row for row in rows}

    def failed(self, proxy, detail, advice, *words, **variables):
        """The proxy of the API is the only failure, and nothing after it blames TLS or the service."""
        rows = self.rows(1, *self.words, *words, **variables)
        self.assertEqual([name for name, row in rows.items() if row["status"] == "failed"], ["api-proxy"])
        self.assertTrue(rows["api-proxy"]["detail"].startswith(f"{proxy} (ALL_PROXY) {detail}"), rows["api-proxy"]["detail"])
        self.assertEqual(rows["api-proxy"]["next"], advice)
        for check in ("dns", "tcp", "tls", "grpc", "exchange"):
            self.assertEqual(rows[check]["status"], "skipped", rows)

    def test_refusals(self):
        for status, user, (detail, advice) in self.REFUSALS:
            with self.subTest(status=status, user=user), HttpProxy(f"{status} No") as proxy:
                self.failed(proxy.url, detail.format(server=self.server, status=status), advice,
                            ALL_PROXY=proxy.url.replace("//", "//" + user))
                wanted = "Proxy-Authorization: Basic dXNlcjpwQHNz\r\n" if user else "\r\n\r\n"
                self.assertIn(wanted, proxy.headers[0])

    def test_no_proxy_in_lower_case(self):
        with HttpProxy("403 No") as proxy:
            self.failed(proxy.url, "refuses", "allow the host in the proxy, or add the host to no_proxy",
                        ALL_PROXY=proxy.url, no_proxy="b")

    def test_not_a_proxy(self):
        for banner in (b"SSH-2.0-OpenSSH\r\n", b"\r\n", b"HTTP/2 nonsense", b"HTTP/1.1 ok\r\n", b"HTTP/1.1 20", b"\0" * 300):
            with self.subTest(banner), HttpProxy(banner=banner) as proxy:
                self.failed(proxy.url, "is not an HTTP proxy: the answer to CONNECT is not HTTP", "correct the URL in ALL_PROXY",
                            ALL_PROXY=proxy.url)

    def test_no_answer(self):
        with HttpProxy(banner=b"") as proxy:
            self.failed(proxy.url, f"closed the connection without an answer to CONNECT {self.server}",
                        "check the URL in ALL_PROXY, or add the server's host to NO_PROXY", ALL_PROXY=proxy.url)

    def test_late_answer(self):
        """A proxy that waits for a server. One deadline bounds the whole answer, also if each byte is in time."""
        for slow in (b"", b"HTTP/1.1 200 OK" + b" " * 240):
            with self.subTest(slow), HttpProxy(slow=slow) as proxy:
                self.failed(proxy.url, f"did not answer CONNECT {self.server} within 1 s",
                            "check the URL of the server and the URL in ALL_PROXY, or add the server's host to NO_PROXY",
                            "--timeout", "1", ALL_PROXY=proxy.url)

    def test_unreachable(self):
        for url in (f"http://127.0.0.1:{emulator.dead_port()}", "http://no-such-proxy.invalid:1"):
            with self.subTest(url):
                self.failed(url, "cannot be reached: ", "correct the URL in ALL_PROXY, or start the proxy", ALL_PROXY=url)

    def test_working(self):
        with HttpProxy() as proxy:
            rows = self.rows(0, *self.words, http_proxy=proxy.url)
            self.assertEqual(rows["api-proxy"]["detail"], f"{proxy.url} (http_proxy) connects to {self.server}")
            self.assertEqual(rows["exchange-proxy"]["detail"], self.IS_LOCAL)
            self.assertEqual((rows["dns"]["status"], rows["tcp"]["status"], rows["grpc"]["status"]), ("skipped", "skipped", "ok"))

    def test_of_the_exchange(self):
        """The API is on loopback. The scheme of a URL may have upper case."""
        for scheme in ("https", "HTTPS"):
            with self.subTest(scheme), HttpProxy("403 Forbidden") as proxy:
                rows = self.rows(1, HTTPS_PROXY=proxy.url, BOXD_EXCHANGE_URL=f"{scheme}://app.example/token")
                self.assertEqual(rows["api-proxy"]["detail"], self.IS_LOCAL)
                self.assertEqual(rows["exchange-proxy"]["detail"],
                                 f"{proxy.url} (HTTPS_PROXY) refuses connections to app.example:443 (403)")
                self.assertEqual((rows["grpc"]["status"], rows["exchange"]["status"]), ("ok", "failed"))
                self.assertEqual(rows["exchange"]["next"], "see the check exchange-proxy")

    def test_of_both(self):
        """Each has its own detail and its own next step; neither is cut."""
        host = ".".join([63 * "a", 63 * "b", 63 * "c", "example"])
        with HttpProxy("502 No") as http, HttpProxy("403 No") as https:
            rows = self.rows(1, "--api-url", f"http://{host}:1", http_proxy=http.url, HTTPS_PROXY=https.url,
                             BOXD_EXCHANGE_URL=f"https://{host}:2/token")
        for check, detail, advice in (
                ("api-proxy", f"{http.url} (http_proxy) could not connect to {host}:1 (502)", self.TEMPORARY[1]),
                ("exchange-proxy", f"{https.url} (HTTPS_PROXY) refuses connections to {host}:2 (403)", self.FORBIDDEN[1])):
            self.assertEqual((rows[check]["detail"], rows[check]["next"]), (detail, advice))

    def test_unread_variables(self):
        """Each note is about the scheme of its server: the exchange is http://."""
        upper, grpc = {"HTTP_PROXY": "http://p"}, {"grpc_proxy": "http://p"}
        not_read = "; HTTP_PROXY is set, but not read: use http_proxy"
        for tls, variables, api, exchange in (
                (False, {}, "", ""), (False, upper, not_read, not_read), (False, {**upper, "http_proxy": "http://p"}, "", ""),
                (False, grpc, "; grpc_proxy is set, but not read: use http_proxy", ""),
                (True, upper, "", not_read), (True, grpc, "; grpc_proxy is set, but not read: use https_proxy", "")):
            with self.subTest(tls=tls, **variables):
                words = ("--api-url", self.emulator.api_url.replace("http:", "https:")) if tls else ()
                rows = self.rows(1 if tls else 0, *words, **variables)
                self.assertEqual(rows["api-proxy"]["detail"], self.IS_LOCAL + api)
                self.assertEqual(rows["exchange-proxy"]["detail"], self.IS_LOCAL + exchange)

    def test_direct(self):
        for variables, reason in (({}, "none: no proxy is set for http:// URLs"),
                                  ({"ALL_PROXY": "http://p", "NO_PROXY": "service.example"}, "none: NO_PROXY has the host")):
            row = self.rows(1, *self.words, **variables)["api-proxy"]
            self.assertEqual((row["status"], row["detail"]), ("ok", reason))


class Old(boxctl.Case):
    """Service 0.1."""

    OPTIONS = ("--generation", "0.1")

    def test_what_it_can(self):
        name = self.box()
        self.assertEqual(self.json("show", name)["status"], "running")
        self.assertRegex(self.text("ls"), rf"(?m)^{name} +running +- +- ")
        self.fails(1, "snapshot", "ls", say="")
        schema = [row for row in self.json("doctor") if row["check"] == "schema"][0]
        self.assertIn("the service has version 0.1.2;", schema["detail"])


class Tls(boxctl.Case):
    @classmethod
    def setUpClass(cls):
        cls.directory = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.OPTIONS = ("--tls-self-signed", cls.directory)
        super().setUpClass()

    def test_client_certificate(self):
        ca, cert, key, client, client_key = (os.path.join(self.directory, f"{name}.pem")
                                             for name in ("ca", "cert", "key", "client", "client-key"))
        options = ("--tls-cert", cert, "--tls-key", key, "--client-ca", ca)
        with emulator.Emulator(*options) as strict:
            words = ("ls", "--api-url", strict.api_url, "--ca-file", ca)
            env = {"BOXD_TOKEN": "x", "BOXD_CA_FILE": None}
            self.fails(5, *words, say="give --client-cert and --client-key", env=env)
            self.fails(4, *words, "--client-cert", client, "--client-key", client_key, say="the token in BOXD_TOKEN", env=env)

    def test_tls(self):
        trusted = {"BOXD_CA_FILE": os.path.join(self.directory, "ca.pem")}
        self.boxctl("ls", env=trusted)
        rows = {row["check"]: row["status"] for row in self.json("doctor", env=trusted)}
        self.assertEqual(rows["tls"], "ok")
        rows = {row["check"]: row for row in self.json("doctor", code=1, env={"BOXD_CA_FILE": None})}
        self.assertEqual(rows["tls"]["status"], "failed")
        self.assertIn("set BOXD_CA_FILE to the authority", rows["tls"]["detail"])

    def test_advice(self):
        token = {"BOXD_TOKEN": "x", "BOXD_CA_FILE": None}
        self.fails(5, "ls", say="set BOXD_CA_FILE to the authority", env=token)
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
            file.flush()
            self.boxctl("ls", code=1, env={**token, "BOXD_CA_FILE": file.name})
            self.assertIn(f"check BOXD_CA_FILE ({file.name})", self.err)
            self.assertNotIn("client_cert_file", self.err)


if __name__ == "__main__":
    emulator.run(__name__)
