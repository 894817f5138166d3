"""The commands of boxctl that change settings, and those of the account."""

import boxctl
from boxctl import emulator


class Settings(boxctl.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared = None

    def setUp(self):
        """The tests of the class share a box."""
        if not self.shared:
            type(self).shared = self.text("create", "-q", "--wait", "shared").strip()
        self.name = self.shared

    def test_resize(self):
        self.assertEqual(self.json("resize", self.name, "--vcpu", "4"),
                         {"box": self.name, "vcpu": 4, "memory_bytes": 16 << 30, "rebooted": True})
        self.assertEqual(self.text("resize", self.name, "-m", "8G"), f"{self.name}: 2 cpu, 8 GiB; the box was rebooted\n")
        self.fails(2, "resize", self.name, say="missing --vcpu or --memory")

    def test_label(self):
        self.assertEqual(sorted(self.text("label", self.name, "b=2", "a=1", "empty=").split()), ["a=1", "b=2", "empty="])
        self.assertEqual(self.json("label", self.name, "a-", "c=x=y"), {"box": self.name, "labels": {"b": "2", "c": "x=y", "empty": ""}})
        self.assertEqual(self.text("label", "--replace", self.name, "d=4"), "d=4\n")
        self.assertEqual(self.text("label", self.name), "d=4\n")
        self.assertEqual(self.text("label", self.name, "--replace"), "")
        for words in (("x",), ("-",), ("--replace", "a-")):
            self.boxctl("label", self.name, *words, code=2)

    def test_timeout(self):
        shown = self.json("timeout", self.name, "--auto-suspend", "30m", "--auto-hibernate", "2h", "--delete-after", "7d")
        self.assertEqual((shown["auto_suspend_timeout_s"], shown["auto_hibernate_timeout_s"]), (1800, 7200))
        self.assertRegex(self.text("timeout", self.name), r"(?m)^delete: +\S+ \S+ UTC \(in 7 days\)$")
        self.assertIsNotNone(self.json("timeout", self.name, "--delete-cron", "0 3 * * *")["delete_at_ms"])
        shown = self.json("timeout", self.name, "--delete-after", "never", "--auto-suspend", "never", "--auto-hibernate", "never")
        self.assertEqual([shown[key] for key in shown if key != "name"], [0, 0, 0, None])
        self.fails(2, "timeout", self.name, "--delete-cron", "0 3 * * *", "--delete-after", "1h", say="cannot be combined")
        self.fails(3, "timeout", "nosuch", say="nosuch")

    def test_egress(self):
        self.assertEqual(self.text("egress", "set", self.name, "a.example", "10.0.0.0/8"), "a.example\n10.0.0.0/8\n")
        self.assertEqual(self.json("egress", "ls", self.name), {"box": self.name, "egress": ["a.example", "10.0.0.0/8"]})
        self.assertEqual(self.text("egress", "clear", self.name), f"{self.name}: no restriction\n")
        self.fails(2, "egress", "set", self.name, say="missing argument")

    def test_network(self):
        self.assertEqual(self.text("network", "set", self.name, "red", "blue"), "red\nblue\n")
        self.assertEqual({row["network"]: row["boxes"] for row in self.json("network", "ls")
                          if row["boxes"]}, {"red": [self.name], "blue": [self.name]})
        self.assertEqual(self.json("network", "clear", self.name), {"box": self.name, "networks": []})
        made = self.text("network", "create", "green").strip()
        self.assertIn(made, self.text("network", "ls", "-q").split())

    def test_port(self):
        port = self.json("port", "expose", self.name, "80", "--protocol", "tcp")
        self.assertEqual((port["box"], port["port"], port["protocol"]), (self.name, 80, "tcp"))
        self.fails(1, "port", "expose", self.name, "80", "-p", "udp", say="forwards TCP only")
        self.assertEqual(self.text("port", "expose", self.name, "80"), f"{port['host']}:{port['public_port']}\n")
        self.assertEqual(len(self.json("port", "ls")), 1)
        self.assertRegex(self.text("ports", self.name), rf"(?m)^{self.name} +80 +tcp ")
        self.fails(2, "port", "rm", self.name, "80", "0", say="invalid port \"0\"")  # before anything is removed
        self.assertEqual(self.text("port", "rm", self.name, "80", "81", code=3), "80\n")
        self.assertIn("81", self.err)
        self.assertEqual(self.json("port", "ls", self.name), [])

    def test_checkpoint(self):
        self.boxctl("exec", self.name, "--", "sh", "-c", "echo old >file")
        self.assertEqual(self.json("checkpoint", "create", self.name, "one", "--wait")["status"], "ready")
        self.assertRegex(self.text("checkpoint", "ls", self.name), r"(?m)^one +ready ")
        self.boxctl("exec", self.name, "--", "sh", "-c", "echo new >file")
        self.assertEqual(self.text("checkpoint", "restore", self.name, "one"), f"{self.name}\n")
        self.boxctl("wait", self.name)
        self.assertEqual(self.text("exec", self.name, "cat", "file"), "old\n")
        self.assertEqual(self.text("checkpoint", "delete", self.name, "none", "one", code=3), "one\n")

    def test_share_and_wait(self):
        other = self.box()
        self.assertEqual(self.text("share", self.name, other), f"{self.name}\n{other}\n")
        self.assertEqual(self.json("unshare", self.name)[0]["action"], "unshared")
        self.boxctl("suspend", other)
        self.assertEqual(self.text("wait", self.name, other), f"{self.name}\n{other}\n")
        self.assertEqual(self.json("show", other)["status"], "running")
        self.boxctl("stop", other)
        self.fails(1, "wait", other, say="`boxctl start`")

    def test_no_ssh_and_outbound(self):
        name = self.box("--no-ssh", "--ignore-outbound")
        self.assertEqual(self.json("show", name)["name"], name)

    def test_removing_several(self):
        """All are tried, also after a failure, unless the failure is the same for all."""
        for name in ("one", "two"):
            self.boxctl("disk", "create", name, "1G")
        self.assertEqual(self.text("disk", "rm", "one", "nosuch", "two", code=3), "one\ntwo\n")
        self.assertIn("nosuch", self.err)
        self.fails(5, "disk", "rm", "a", "b", say="nothing listens", env={"BOXD_API_URL": f"http://127.0.0.1:{emulator.dead_port()}"})
        self.assertIn("boxctl: b: not tried\n", self.err)
        self.fails(3, "snapshot", "rm", "a", "b", say="\"b\"")
        self.fails(3, "domain", "unbind", "a", "b", say="b")


class Account(boxctl.Case):
    def test_keys(self):
        key = self.json("key", "create", "mine", "--expires", "30d")
        self.assertEqual(set(key), {"key", "id", "name", "expires_at_ms"})
        self.boxctl("ls", env={"BOXD_API_KEY": key["key"]})
        self.assertRegex(self.text("key", "ls"), rf"(?m)^mine +\S+ +member .* in (30 days|1 month) +{key['id']}$")
        self.assertNotIn(key["key"], self.text("key", "ls", "--json"))
        self.assertEqual(self.text("key", "rm", key["id"]), f"{key['id']}\n")
        self.fails(4, "ls", say="API key", env={"BOXD_API_KEY": key["key"]})
        with open("/dev/full", "wb") as full:
            process = self.start("key", "create", "lost", stdout=full)
            self.assertEqual(process.wait(boxctl.RUN_LIMIT_SECS), 1)
            self.assertIn(b"the key was created, but could not be printed", process.stderr.read())

    def test_identity_and_versions(self):
        self.assertIn("usr_emulator", self.text("whoami", "-q"))
        self.assertEqual(set(self.json("config")), {"default_image", "zone"})
        self.assertRegex(self.text("suggest-name", "-q"), r"^[a-z0-9-]+\n$")
        versions = self.json("version")
        self.assertEqual(set(versions), {"boxctl", "library", "grpc_core", "service"})
        self.assertEqual(versions["library"], versions["boxctl"])
        self.assertTrue(all(versions.values()), versions)
        self.assertEqual(set(self.json("version", "--client")), {"boxctl", "library", "grpc_core"})
        self.assertIsNone(self.json("version", "--api-url", f"http://127.0.0.1:{emulator.dead_port()}")["service"])
        self.assertIn("nothing listens", self.err)

    def test_snapshot_show(self):
        self.boxctl("snapshot", "create", self.box(), "snap", "--wait")
        self.assertEqual((self.json("snapshot", "show", "snap")["status"], self.text("snapshot", "show", "-q", "snap")), ("ready", "snap\n"))
        self.fails(3, "snapshot", "show", "nosuch", say="nosuch")

    def test_templates(self):
        made = self.json("template", "create", "small", "--vcpu", "2")
        self.assertRegex(self.text("template", "ls"), rf"(?m)^small +ready .* {made['id']}$")
        self.assertEqual(self.text("create", "-q", "--template", "small", "of-small"), "of-small\n")
        self.boxctl("rm", "of-small")
        self.fails(3, "create", "--template", "nosuch", say="`boxctl template ls`")
        self.fails(2, "create", "--template", "small", "--env", "A=b", say="--template cannot be combined with --env")
        self.assertEqual(self.text("template", "rm", "small", "nosuch", code=3), "small\n")


class Newer(boxctl.Case):
    """Service 0.2, which has no templates and no networks as objects."""

    OPTIONS = ("--generation", "0.2")

    def test_what_it_does_not_have(self):
        self.fails(1, "template", "ls", say="`boxctl snapshot ls`")
        name = self.box("--network", "red")
        self.assertEqual([(row["network"], row["boxes"]) for row in self.json("network", "ls") if row["boxes"]], [("red", [name])])


if __name__ == "__main__":
    emulator.run(__name__)
