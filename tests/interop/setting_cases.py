"""Cases of boxd_0_2_19_test.py: settings of a machine, and its record afterwards."""

import datetime
import time

import boxd
from cases import ABSENT_ID, FAILED_PRECONDITION, GIB, INVALID_ARGUMENT, NOT_FOUND

UTC = datetime.timezone.utc


def now():
    return datetime.datetime.now(UTC)


class Settings:
    def test_record_of_a_new_machine(self):
        machine = self.create("telling")
        self.assertEqual((machine.org.name, machine.shared), ("emulator", False))
        self.assertGreater(machine.access.ssh_port, 0)
        self.assertEqual(machine.access.custom_domains, [])
        self.assertEqual((machine.networking.networks, machine.networking.isolated), ([], False))
        self.assertEqual((machine.egress_allow, machine.labels), ([], {}))
        self.assertEqual((machine.bot_protection, machine.bot_protection_mode), (False, "off"))
        self.assertFalse(machine.idle_ignore_outbound)
        self.assertEqual((machine.delete_at, machine.delete_after_cron), (None, None))
        self.assertEqual((machine.source, machine.spec, machine.created_spec), (None, None, None))
        self.assertEqual((machine.created_by, machine.created_by_name), (None, None))
        self.assertEqual((machine.requirements, machine.packages), ([], []))
        self.assertEqual((machine.last_connected_at, machine.hibernated_at), (None, None))

    def test_no_ssh(self):
        self.assertIsNone(self.create("portless", ssh=False).access.ssh_port)

    def test_last_connection(self):
        before = now() - datetime.timedelta(seconds=1)
        machine_id = self.create("visited").id
        self.run_shell(machine_id, "true")
        seen = self.get(machine_id).last_connected_at
        self.assertLessEqual(before, seen)
        self.assertLessEqual(seen, now() + datetime.timedelta(seconds=1))

    def test_time_of_hibernation(self):
        before = now() - datetime.timedelta(seconds=1)
        machine_id = self.create("frozen").id
        self.do(self.machines.hibernate(machine_id))
        self.assertLessEqual(before, self.get(machine_id).hibernated_at)
        self.do(self.machines.wake(machine_id))
        self.assertIsNone(self.get(machine_id).hibernated_at)

    def test_boot_time_of_the_last_boot(self):
        machine_id = self.create("booted").id
        self.run_shell(machine_id, "true")
        self.do(self.machines.reboot(machine_id))
        self.assertGreater(self.get(machine_id).boot_time_ms, 0)

    def test_auto_hibernate_timeout(self):
        machine_id = self.create("dozing").id
        self.do(self.machines.set_auto_hibernate_timeout(machine_id, 4321))
        self.assertEqual(self.get(machine_id).idle.hibernate_after, 4321)
        self.do(self.machines.set_auto_hibernate_timeout(machine_id, 0))
        self.assertEqual(self.get(machine_id).idle.hibernate_after, 0)

    def test_idle_ignore_outbound(self):
        machine = self.create("inbound", idle_ignore_outbound=True)
        self.assertTrue(machine.idle_ignore_outbound)
        self.do(self.machines.set_idle_ignore_outbound(machine.id, False))
        self.assertFalse(self.get(machine.id).idle_ignore_outbound)
        self.do(self.machines.set_idle_ignore_outbound(machine.id, True))
        self.assertTrue(self.get(machine.id).idle_ignore_outbound)

    def test_bot_protection(self):
        machine_id = self.create("guarded").id
        for mode in ("on", "sleep_only", "off"):
            with self.subTest(mode=mode):
                self.do(self.machines.set_bot_protection(machine_id, mode=mode))
                machine = self.get(machine_id)
                self.assertEqual((machine.bot_protection_mode, machine.bot_protection), (mode, mode != "off"))
        self.do(self.machines.set_bot_protection(machine_id, True))
        self.assertEqual(self.get(machine_id).bot_protection_mode, "on")

    def test_networks(self):
        machine_id = self.create("wired", networks=["blue"]).id
        self.assertEqual(self.do(self.machines.set_networks(machine_id, ["red", "green"])), ["red", "green"])
        self.assertEqual(self.get(machine_id).networking.networks, ["red", "green"])
        self.assertEqual(self.do(self.machines.set_networks(machine_id, [])), [])
        self.assertEqual(self.get(machine_id).networking.networks, [])

    def test_egress(self):
        entries = ["api.example.com", "*.example.org", "203.0.113.0/24"]
        machine_id = self.create("fenced").id
        self.assertEqual(self.do(self.machines.set_egress_allow(machine_id, entries)), entries)
        self.assertEqual(self.get(machine_id).egress_allow, entries)
        self.do(self.machines.set_egress_allow(machine_id, []))
        self.assertEqual(self.get(machine_id).egress_allow, [])
        self.refuses(boxd.APIStatusError, INVALID_ARGUMENT,
                     lambda: self.machines.set_egress_allow(machine_id, [f"h{i}.example.com" for i in range(257)]))

    def test_sharing(self):
        machine_id = self.create("mine").id
        self.do(self.machines.share(machine_id))
        self.assertTrue(self.get(machine_id).shared)
        self.do(self.machines.unshare(machine_id))
        self.assertFalse(self.get(machine_id).shared)
        self.assertTrue(self.create("ours", shared=True).shared)

    def test_org(self):
        machine_id = self.create("orged", org="emulator").id
        for settings in ({"org": "emulator"}, {"all_contexts": True}):
            self.assertIn(machine_id, [row.id for row in self.do(self.machines.list(**settings))])
        self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: self.machines.create("stray", org="another"))
        self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: self.machines.list(org="another"))

    def test_labels(self):
        machine_id = self.create("labels", labels={"a": "1"}).id
        update = self.machines.update_labels
        self.assertEqual(self.do(update(machine_id, {"a": "2", "b": ""})), {"a": "2", "b": ""})
        self.assertEqual(self.do(update(machine_id, {"c": "3"}, replace_all=True)), {"c": "3"})
        self.assertEqual(self.do(update(machine_id, replace_all=True)), {})
        for bad in ({"Upper": ""}, {"-a": ""}, {"boxd/x": ""}, {"a" * 64: ""}, {"a": "x" * 257}, {"a": "\n"}):
            with self.subTest(labels=bad):
                self.refuses(boxd.APIStatusError, INVALID_ARGUMENT, lambda: update(machine_id, bad))
                self.refuses(boxd.APIStatusError, INVALID_ARGUMENT, lambda: self.machines.create("x", labels=bad))
        self.refuses(boxd.APIStatusError, INVALID_ARGUMENT,
                     lambda: update(machine_id, {f"k{i}": "" for i in range(65)}))

    def test_resize(self):
        machine_id = self.create("sized", vcpu=1).id
        self.assertEqual(self.get(machine_id).resources.memory_bytes, 4 * GIB)
        self.run_shell(machine_id, "echo kept > file; sync")
        done = self.do(self.machines.resize(machine_id, vcpu=4))
        self.assertEqual((done.vcpu, done.memory_bytes, done.rebooted), (4, 16 * GIB, True))
        self.assertEqual(self.run_shell(machine_id, "cat file"), "kept\n")
        self.do(self.machines.stop(machine_id))
        done = self.do(self.machines.resize(machine_id, memory="8G"))
        self.assertEqual((done.vcpu, done.memory_bytes, done.rebooted), (2, 8 * GIB, False))
        self.do(self.machines.start(machine_id))
        self.assertEqual(self.get(machine_id).resources.vcpu, 2)
        self.refuses(boxd.APIStatusError, INVALID_ARGUMENT, lambda: self.machines.resize(machine_id, vcpu=3))
        self.do(self.machines.pause(machine_id))
        self.refuses(boxd.ConflictError, FAILED_PRECONDITION, lambda: self.machines.resize(machine_id, vcpu=1))

    def test_names_are_suggested(self):
        name = self.do(self.machines.suggest_name())
        self.assertEqual(self.create(name).name, name)

    def test_a_fork_inherits(self):
        source = self.create("testator", labels={"a": "1", "b": "2"}, networks=["blue"], idle_ignore_outbound=True)
        self.do(self.machines.set_egress_allow(source.id, ["example.com"]))
        self.do(self.machines.set_bot_protection(source.id, mode="sleep_only"))
        self.do(self.machines.set_auto_hibernate_timeout(source.id, 99))
        self.do(self.machines.set_delete_after(source.id, 3600))
        fork = self.do(self.machines.fork(source.id, "heir", labels={"b": "3"}, shared=True))
        self.addCleanup(self.delete, fork.id)
        self.assertEqual(fork.labels, {"a": "1", "b": "3"})
        self.assertEqual((fork.networking.networks, fork.egress_allow), (["blue"], ["example.com"]))
        self.assertEqual((fork.bot_protection_mode, fork.idle_ignore_outbound), ("sleep_only", True))
        self.assertEqual((fork.idle.hibernate_after, fork.shared), (99, True))
        self.assertGreaterEqual(fork.delete_at, self.get(source.id).delete_at)
        self.assertEqual((fork.source.kind, fork.source.name, fork.source.id, fork.source.version),
                         ("fork", "testator", source.id, None))
        isolated = self.do(self.machines.fork(source.id, "hermit", isolated=True, networks=["red"]))
        self.addCleanup(self.delete, isolated.id)
        self.assertEqual((isolated.networking.networks, isolated.networking.isolated), (["red"], True))

    def test_an_unknown_machine(self):
        machines = self.machines
        calls = {
            "set_networks": lambda: machines.set_networks(ABSENT_ID, []),
            "set_egress_allow": lambda: machines.set_egress_allow(ABSENT_ID, []),
            "set_bot_protection": lambda: machines.set_bot_protection(ABSENT_ID, True),
            "set_idle_ignore_outbound": lambda: machines.set_idle_ignore_outbound(ABSENT_ID, True),
            "set_delete_after": lambda: machines.set_delete_after(ABSENT_ID, 1),
            "set_auto_hibernate_timeout": lambda: machines.set_auto_hibernate_timeout(ABSENT_ID, 1),
            "update_labels": lambda: machines.update_labels(ABSENT_ID, {"a": "1"}),
            "resize": lambda: machines.resize(ABSENT_ID, vcpu=1),
            "rename": lambda: machines.rename(ABSENT_ID, "x"),
            "hibernate": lambda: machines.hibernate(ABSENT_ID),
            "wake": lambda: machines.wake(ABSENT_ID),
            "share": lambda: machines.share(ABSENT_ID),
            "unshare": lambda: machines.unshare(ABSENT_ID),
        }
        for name, call in calls.items():
            with self.subTest(call=name):
                self.refuses(boxd.NotFoundError, NOT_FOUND, call)


class Expiry:
    def test_seconds(self):
        machine_id = self.create("leased").id
        before = now()
        deadline = self.do(self.machines.set_delete_after(machine_id, 3600))
        self.assertLess(abs(deadline - before - datetime.timedelta(hours=1)), datetime.timedelta(seconds=10))
        self.assertEqual(self.get(machine_id).delete_at, deadline)
        self.assertIsNone(self.do(self.machines.set_delete_after(machine_id)))
        self.assertIsNone(self.get(machine_id).delete_at)

    def test_cron(self):
        machine_id = self.create("nightly").id
        deadline = self.do(self.machines.set_delete_after(machine_id, cron="30 3 * * *"))
        self.assertEqual((deadline.astimezone(UTC).hour, deadline.minute, deadline.second), (3, 30, 0))
        self.assertLess(datetime.timedelta(0), deadline - now())
        self.assertLess(deadline - now(), datetime.timedelta(days=1, seconds=1))
        machine = self.get(machine_id)
        self.assertEqual((machine.delete_at, machine.delete_after_cron), (deadline, "30 3 * * *"))
        self.do(self.machines.set_delete_after(machine_id, 60))
        self.assertIsNone(self.get(machine_id).delete_after_cron)

    def test_invalid_cron_lines(self):
        machine_id = self.create("eternal").id
        for line in ("nightly", "* * * *", "61 * * * *", "0 0 30 2 *"):
            with self.subTest(line=line):
                self.refuses(boxd.APIStatusError, INVALID_ARGUMENT,
                             lambda: self.machines.set_delete_after(machine_id, cron=line))
        self.assertIsNone(self.get(machine_id).delete_at)

    def test_at_create_and_fork(self):
        machine = self.create("brief", delete_after=600)
        self.assertIsNotNone(machine.delete_at)
        fork = self.do(self.machines.fork(machine.id, "brief-too", delete_after_cron="0 0 1 * *"))
        self.addCleanup(self.delete, fork.id)
        self.assertEqual(fork.delete_after_cron, "0 0 1 * *")

    def test_expired_machine_is_deleted(self):
        machine_id = self.create("doomed", delete_after=1).id
        while machine_id in [row.id for row in self.do(self.machines.list())]:
            time.sleep(0.05)  # no event reports the list; the case has a time limit
        self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: self.machines.get(machine_id))
