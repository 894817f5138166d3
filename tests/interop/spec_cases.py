"""Cases of boxd_0_2_19_test.py: machine specs, their packages and their updates."""

import time

import boxd
from cases import FAILED_PRECONDITION, GIB, INVALID_ARGUMENT, NOT_FOUND

FULL = {
    "size": "4X16", "labels": {"team": "eng"}, "networks": ["eng"], "egress": ["example.com"],
    "env": {"MODE": "it's \"on\"", "EMPTY": ""}, "connections": {"slack": "personal", "jira": "shared:ops"},
    "agents": ["claude"],
}


class SpecCase:
    def packages(self, machine_id):
        """The states of the packages, when no package runs any more."""
        while True:
            packages = self.get(machine_id).packages
            states = [package.state for package in packages]
            waiting = "pending" in states and "failed" not in states
            if "running" not in states and not waiting:
                return packages
            time.sleep(0.05)  # no event reports the states; the case has a time limit

    def update(self, machine_id, patch, **settings):
        return self.do(self.machines.update_spec(machine_id, patch, **settings))

    def conflicts(self, call):
        return self.refuses(boxd.ConflictError, FAILED_PRECONDITION, call)

    def snapshot(self, machine_id, name):
        snapshots = self.client.snapshots
        self.do(snapshots.create(machine_id, name))
        self.addCleanup(lambda: self.do(snapshots.delete(name)))
        while self.do(snapshots.get(name)).status == "pending":
            time.sleep(0.05)


class Specs(SpecCase):
    def test_create(self):
        machine = self.create("specified", spec=FULL)
        expected = {"version": 1, **FULL, "size": "4x16"}
        self.assertEqual((machine.spec, machine.created_spec), (expected, expected))
        self.assertEqual((machine.resources.vcpu, machine.resources.memory_bytes), (4, 16 * GIB))
        self.assertEqual((machine.labels, machine.networking.networks), ({"team": "eng"}, ["eng"]))
        self.assertEqual(machine.egress_allow, ["example.com"])
        self.assertEqual(self.run_shell(machine.id, 'echo "$MODE/${EMPTY-unset}"'), "it's \"on\"/\n")
        self.assertEqual([row.id for row in self.do(self.machines.list(labels={"team": "eng"}))], [machine.id])
        self.assertEqual(
            [(r.kind, r.name, r.scope, r.tag, r.met, r.can_fix, r.reason) for r in
             sorted(machine.requirements, key=lambda r: r.name)],
            [("agent", "claude", "personal", None, False, True, None),
             ("connection", "jira", "shared", "ops", False, True, None),
             ("connection", "slack", "personal", None, False, True, None)])

    def test_create_with_an_empty_one(self):
        machine = self.create("plain", spec={})
        self.assertEqual((machine.spec, machine.created_spec), ({"version": 1}, {"version": 1}))
        self.assertEqual((machine.packages, machine.requirements), ([], []))

    def test_create_with_a_builder(self):
        spec = boxd.Machine.spec().size("1x4").label("a", "b").network("n").env("K", "v").isolated()
        machine = self.create("built", spec=spec)
        self.assertTrue(machine.networking.isolated)
        self.assertEqual(machine.spec, spec.resolve())
        self.assertEqual(machine.resources.vcpu, 1)

    def test_an_isolated_machine_cannot_meet_requirements(self):
        machine = self.create("island", spec={"isolated": True, "agents": ["codex"]})
        self.assertEqual([(r.can_fix, bool(r.reason)) for r in machine.requirements], [(False, True)])

    def test_specs_that_are_refused(self):
        bad = {
            "size": [{"size": "3x5"}, {"size": "big"}],
            "labels": [{"labels": {"Upper": "x"}}, {"labels": {f"k{i}": "" for i in range(65)}}],
            "networks": [{"networks": [f"n{i}" for i in range(17)]}, {"networks": ["n" * 64]}],
            "egress": [{"egress": [f"h{i}" for i in range(257)]}],
            "env": [{"env": {"NO-NAME": "x"}}, {"env": {f"K{i}": "" for i in range(129)}},
                    {"env": {"K": "x" * (32 * 1024 + 1)}}],
            "secrets": [{"secrets": ["NOT_THERE"]}],
            "connections": [{"connections": {"slack": "mine"}}],
            "base": [{"base": {"team": "no-team"}}],
            "assignTo": [{"assignTo": "usr_nobody"}],
            "packages": [{"packages": [f"echo {i}" for i in range(51)]}, {"packages": ["x" * 4097]}],
        }
        for field, specs in bad.items():
            for spec in specs:
                with self.subTest(field=field):
                    error = self.refuses(boxd.APIStatusError, INVALID_ARGUMENT,
                                         lambda: self.machines.create("refused", spec=spec))
                    self.assertTrue(error.message.startswith(f"spec.{field}: "), error.message)
        self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: self.machines.get("refused"))
        self.refuses(boxd.NotFoundError, NOT_FOUND,
                     lambda: self.machines.create("refused", spec={"base": {"snapshot": "no-such-snapshot"}}))

    def test_edits_of_a_machine_change_its_spec(self):
        machine = self.create("edited", spec={"labels": {"a": "1"}})
        self.do(self.machines.update_labels(machine.id, {"b": "2"}, ["a"]))
        self.do(self.machines.set_networks(machine.id, ["n"]))
        self.do(self.machines.set_egress_allow(machine.id, ["example.com"]))
        self.do(self.machines.resize(machine.id, vcpu=4))
        after = self.get(machine.id)
        self.assertEqual(after.spec, {"version": 1, "size": "4x16", "labels": {"b": "2"}, "networks": ["n"],
                                      "egress": ["example.com"]})
        self.assertEqual(after.created_spec, {"version": 1, "labels": {"a": "1"}})

    def test_a_fork_keeps_it(self):
        source = self.create("spec-source", spec={"env": {"K": "v"}, "packages": ["echo x"]})
        self.packages(source.id)
        fork = self.do(self.machines.fork(source.id, "spec-fork", labels={"c": "d"}))
        self.addCleanup(self.delete, fork.id)
        expected = {"version": 1, "labels": {"c": "d"}, "env": {"K": "v"}, "packages": ["echo x"]}
        self.assertEqual((fork.spec, fork.created_spec), (expected, expected))
        self.assertEqual([package.state for package in fork.packages], ["done"])
        self.assertEqual(self.run_shell(fork.id, "echo $K"), "v\n")
        self.conflicts(lambda: self.machines.update_spec(fork.id, {"packages": ["echo x", "echo y"]}))

    def test_a_snapshot_keeps_it(self):
        spec = {"size": "1x4", "labels": {"a": "1"}, "env": {"K": "v"}, "egress": ["example.com"],
                "packages": ["echo one >> ran"]}
        source = self.create("spec-snapped", spec=spec)
        self.packages(source.id)
        self.snapshot(source.id, "with-spec")
        copy = self.create("spec-restored", from_snapshot="with-spec")
        self.assertEqual((copy.spec, copy.created_spec), ({"version": 1, **spec},) * 2)
        self.assertEqual((copy.labels, copy.egress_allow), ({"a": "1"}, ["example.com"]))
        self.assertEqual((copy.source.kind, copy.source.name, copy.source.version), ("snapshot", "with-spec", 1))
        more = self.create("spec-merged", from_snapshot="with-spec", spec={
            "labels": {"b": "2"}, "env": {"L": "w"}, "packages": ["echo one >> ran", "echo two >> ran"]})
        self.assertEqual(more.labels, {"a": "1", "b": "2"})
        self.assertEqual([package.state for package in self.packages(more.id)], ["done", "done"])
        self.assertEqual(self.run_shell(more.id, "echo $K$L; cat ran"), "vw\none\ntwo\n")
        based = self.create("spec-based", spec={"base": {"snapshot": "with-spec"}})
        self.assertEqual(based.spec["base"], {"snapshot": "with-spec"})
        self.assertEqual(self.run_shell(based.id, "cat ran"), "one\n")
        self.refuses(boxd.APIStatusError, INVALID_ARGUMENT,
                     lambda: self.machines.create("refused", from_snapshot="with-spec", spec={"size": "2x8"}))

    def test_restored_without_a_spec(self):
        source = self.create("specless", labels={"a": "1"}, env={"K": "v"})
        self.do(self.machines.set_egress_allow(source.id, ["example.com"]))
        self.snapshot(source.id, "without-spec")
        copy = self.create("specless-copy", from_snapshot="without-spec", labels={"b": "2"})
        self.assertEqual((copy.labels, copy.egress_allow, copy.spec), ({"a": "1", "b": "2"}, [], None))
        more = self.create("specless-more", from_snapshot="without-spec", spec={"env": {"L": "w"}})
        self.assertEqual(more.spec, {"version": 1, "labels": {"a": "1"}, "env": {"L": "w"}})
        self.assertEqual(self.run_shell(more.id, "echo $K$L"), "vw\n")


class Packages(SpecCase):
    def test_they_run_in_order(self):
        commands = ["echo one | tee -a ran", "echo two >> ran; echo oops >&2", "sh -c 'echo $DEBIAN_FRONTEND >> ran'"]
        machine = self.create("packaged", spec={"packages": commands, "env": {"K": "v"}})
        self.assertEqual([package.command for package in machine.packages], commands)
        done = self.packages(machine.id)
        self.assertEqual([(p.state, p.exit_code, p.reason) for p in done], [("done", 0, None)] * 3)
        self.assertEqual([p.output_tail for p in done], ["one\n", "oops\n", ""])
        self.assertLessEqual(done[0].started_at, done[0].finished_at)
        self.assertEqual(self.run_shell(machine.id, "cat ran"), "one\ntwo\nnoninteractive\n")
        row = next(row for row in self.do(self.machines.list()) if row.id == machine.id)
        self.assertEqual([package.output_tail for package in row.packages], ["", "", ""])
        self.do(self.machines.reboot(machine.id))
        self.assertEqual(self.run_shell(machine.id, "cat ran"), "one\ntwo\nnoninteractive\n")

    def test_output_that_is_not_text(self):
        machine = self.create("binary", spec={"packages": [r"printf 'a\377\000b'", "yes ü | head -c 9999"]})
        first, second = self.packages(machine.id)
        self.assertEqual(first.output_tail, "a??b")
        self.assertEqual(set(second.output_tail), {"ü", "\n"})

    def test_a_failure_stops_the_rest_until_it_is_retried(self):
        machine_id = self.create("failing", spec={"packages": ["true", "test -e go", "touch went"]}).id
        states = [(p.state, p.exit_code) for p in self.packages(machine_id)]
        self.assertEqual(states, [("done", 0), ("failed", 1), ("pending", None)])
        self.run_shell(machine_id, "touch go")
        diff = self.update(machine_id, {}, retry_packages=True)
        self.assertEqual([(c.field, c.changed) for c in diff.changes], [("packages", ["test -e go", "touch went"])])
        self.assertEqual([p.state for p in self.packages(machine_id)], ["done"] * 3)
        self.run_shell(machine_id, "test -e went")
        self.assertEqual(self.update(machine_id, {}, retry_packages=True).changes, [])

    def test_a_failed_package_that_is_replaced(self):
        machine_id = self.create("mended", spec={"packages": ["fals", "touch went"]}).id
        self.packages(machine_id)
        diff = self.update(machine_id, {"packages": ["true", "touch went"]})
        [change] = diff.changes
        self.assertEqual((change.added, change.removed, change.skipped), (["true"], ["fals"], ["fals"]))
        states = {p.command: p.state for p in self.packages(machine_id)}
        self.assertEqual(states, {"fals": "skipped", "touch went": "done", "true": "done"})

    def test_interrupted_packages_run_again(self):
        machine_id = self.create("interrupted", spec={"packages": ["echo x >> ran; sync; test -e go || sleep 1000"]}).id
        while self.do(self.machines.exec(machine_id, "pgrep -x sleep")).exit_code != 0:
            time.sleep(0.05)
        self.assertEqual(self.run_shell(machine_id, "cat ran"), "x\n")
        self.conflicts(lambda: self.machines.update_spec(machine_id, {"packages": None}))
        self.run_shell(machine_id, "touch go; sync")
        self.do(self.machines.stop(machine_id))
        self.assertEqual([p.state for p in self.get(machine_id).packages], ["pending"])
        self.do(self.machines.start(machine_id))
        self.assertEqual([p.state for p in self.packages(machine_id)], ["done"])
        self.assertEqual(self.run_shell(machine_id, "cat ran"), "x\nx\n")


    def test_added_while_the_machine_sleeps(self):
        machine_id = self.create("added", spec={"packages": []}).id
        self.do(self.machines.pause(machine_id))
        self.update(machine_id, {"packages": ["touch went"]})
        self.assertEqual([p.state for p in self.get(machine_id).packages], ["pending"])
        self.do(self.machines.resume(machine_id))
        self.assertEqual([p.state for p in self.packages(machine_id)], ["done"])

    def test_a_machine_is_deleted_while_a_package_runs(self):
        machine_id = self.create("gone", spec={"packages": ["sleep 1000"]}).id
        while self.do(self.machines.exec(machine_id, "pgrep -x sleep")).exit_code != 0:
            time.sleep(0.05)
        self.assertEqual([p.state for p in self.get(machine_id).packages], ["running"])
        self.do(self.machines.delete(machine_id))
        self.refuses(boxd.NotFoundError, NOT_FOUND, lambda: self.machines.get(machine_id))


class SpecUpdates(SpecCase):
    def test_live_changes(self):
        machine_id = self.create("patched", spec={"labels": {"a": "1", "b": "2"}, "networks": ["x", "y"]}).id
        patch = {"labels": {"a": None, "b": "3", "c": "4"}, "networks": ["y", "z"], "egress": ["example.com"]}
        dry = self.update(machine_id, patch, dry_run=True)
        self.assertEqual([(c.field, c.apply, c.added, c.removed, c.changed) for c in dry.changes], [
            ("labels", "live", ["c"], ["a"], ["b"]), ("networks", "live", ["z"], ["x"], []),
            ("egress", "live", ["example.com"], [], [])])
        self.assertEqual((dry.applied, self.get(machine_id).labels), (False, {"a": "1", "b": "2"}))
        done = self.update(machine_id, patch)
        self.assertTrue(done.applied)
        self.assertEqual((done.reboot_required, done.reboot_recommended, done.rebooted), (False, False, False))
        machine = self.get(machine_id)
        self.assertEqual((machine.labels, machine.networking.networks), ({"b": "3", "c": "4"}, ["y", "z"]))
        self.assertEqual((machine.egress_allow, machine.spec), (["example.com"], done.spec))
        self.assertEqual(dry.spec, done.spec)
        self.assertEqual(machine.created_spec["labels"], {"a": "1", "b": "2"})

    def test_environment(self):
        machine_id = self.create("variable", spec={"env": {"A": "1", "B": "2"}}).id
        done = self.update(machine_id, {"env": {"A": None, "B": "3", "C": "4"}})
        self.assertTrue(done.reboot_recommended)
        self.assertEqual(self.run_shell(machine_id, 'echo "${A-unset}/$B/$C"'), "unset/3/4\n")

    def test_size(self):
        machine_id = self.create("growing", spec={"size": "1x4"}).id
        self.conflicts(lambda: self.machines.update_spec(machine_id, {"size": "4x16"}))
        self.assertTrue(self.update(machine_id, {"size": "4x16"}, dry_run=True).reboot_required)
        done = self.update(machine_id, {"size": "4x16", "labels": {"a": "1"}}, reboot=True)
        self.assertEqual((done.applied, done.rebooted, done.resize_error), (True, True, None))
        machine = self.get(machine_id)
        self.assertEqual((machine.resources.vcpu, machine.labels, machine.status), (4, {"a": "1"}, "running"))
        self.do(self.machines.stop(machine_id))
        [change] = self.update(machine_id, {"size": "2x8"}).changes
        self.assertEqual((change.apply, change.before, change.after), ("live", "4x16", "2x8"))
        self.do(self.machines.start(machine_id))
        self.do(self.machines.pause(machine_id))
        self.conflicts(lambda: self.machines.update_spec(machine_id, {"size": "1x4"}, reboot=True))

    def test_changes_that_are_refused(self):
        machine_id = self.create("fixed", spec={"labels": {"a": "1"}}).id
        for patch in ({"isolated": True}, {"base": {"snapshot": "x"}}):
            with self.subTest(patch=patch):
                self.conflicts(lambda: self.machines.update_spec(machine_id, {**patch, "labels": {"a": "2"}}))
                dry = self.update(machine_id, patch, dry_run=True)
                self.assertEqual([c.apply for c in dry.changes], ["refused"])
        for patch in ({"size": "huge"}, {"labels": {"A": "x"}}, {"env": {"1": "x"}}, {"networks": [""]}):
            with self.subTest(patch=patch):
                self.refuses(boxd.APIStatusError, INVALID_ARGUMENT,
                             lambda: self.machines.update_spec(machine_id, patch))
        self.assertEqual(self.get(machine_id).spec, {"version": 1, "labels": {"a": "1"}})

    def test_a_machine_without_a_spec(self):
        machine_id = self.create("unspecified").id
        self.conflicts(lambda: self.machines.update_spec(machine_id, {"labels": {"a": "1"}}))

    def test_expected_spec(self):
        machine = self.create("expected", spec={"labels": {"a": "1"}})
        self.do(self.machines.update_labels(machine.id, {"a": "2"}))
        error = self.refuses(boxd.ConflictError, 10, lambda: self.machines.update_spec(
            machine.id, {"labels": {"a": "3"}}, expected_spec=machine.spec))
        self.assertIn("has changed", error.message)
        now = self.get(machine.id).spec
        self.assertEqual(self.update(machine.id, {"labels": {"a": "3"}}, expected_spec=now).spec["labels"], {"a": "3"})

    def test_by_a_function(self):
        machine_id = self.create("built-on", spec={"networks": ["a"]}).id
        done = self.update(machine_id, lambda spec: spec.network("b").env("K", "v"))
        self.assertEqual(done.spec, {"version": 1, "networks": ["a", "b"], "env": {"K": "v"}})
        self.assertEqual(self.run_shell(machine_id, "echo $K"), "v\n")
