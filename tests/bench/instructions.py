#!/usr/bin/env python3
"""Counts instructions per call under callgrind: the library beside the bare core, against the committed counts.

usage: instructions.py BUILD_DIR [--write | --profile N]

Fails if the library needs more instructions, compared with the bare core in the same run, than instructions.json says
with a margin. The ratio does not depend on the machine, and little on the version of gRPC. --write measures three times
and writes the medians to instructions.json. --profile prints the N functions with which the library exceeds the bare core
most, and the sums of each object file. Exits with 77 (skipped) without valgrind.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from statistics import median
from typing import NamedTuple

from contestants import Contestant, Failed, Server, commands
from figures import KIB

COMMITTED = Path(__file__).with_name("instructions.json")
ATTEMPTS = 3

CALLS, CHUNKS_64K, CHUNKS_1K = 200, 200, 4000

SHORT = {"message_bytes": 32, "stream_bytes": 32}

CHUNKS_OF_64K = {"message_bytes": 64 * KIB, "stream_bytes": CHUNKS_64K * 64 * KIB}
CHUNKS_OF_1K = {"message_bytes": KIB, "stream_bytes": CHUNKS_1K * KIB}


class Counted(NamedTuple):
    """A workload of the library, and of the contestant that it is compared with."""
    library: str
    other: str
    workload: str
    numbers: dict
    # calls or messages
    operations: int
    # by which the ratio may exceed the committed one
    margin: float = 1.10


COUNTED = {
    "whoami, blocking": Counted("blocking", "bare", "blocking", {"calls": CALLS}, CALLS),
    "whoami, 64 in flight": Counted("in_flight", "bare", "in_flight", {"calls": 4 * CALLS}, 4 * CALLS),
    "whoami, blocking, vs the core-thread client": Counted("blocking", "core-thread", "core_thread", {"calls": CALLS}, CALLS),
    "short command": Counted("exec", "bare", "exec", {"calls": CALLS, **SHORT}, CALLS),
    "64 KiB chunk of an exec stream": Counted("exec_read", "bare", "exec_read", CHUNKS_OF_64K, CHUNKS_64K),
    "1 KiB chunk of an exec stream": Counted("exec_read", "bare", "exec_read", CHUNKS_OF_1K, CHUNKS_1K,
                                             margin=1.25),  # threads wake each other more or less often
    "1 KiB chunk, callbacks": Counted("exec_async", "bare", "exec_read", CHUNKS_OF_1K, CHUNKS_1K),
}
CONTESTANTS = ("library", "bare", "core-thread")


def run_under_callgrind(programs, contestant, server, directory):
    """{name: the file with the profile}. Each workload runs once before, unprofiled, so that connections are open."""
    output = f"{directory}/{contestant}"
    command = ["valgrind", "--tool=callgrind", "--fair-sched=yes", f"--callgrind-out-file={output}", "-q",
               *commands(programs)[0][contestant]]
    child = Contestant(command, server.env())
    names = [name for name, counted in COUNTED.items() if contestant in ("library", counted.other)]
    for name in names:
        counted = COUNTED[name]
        workload = counted.library if contestant == "library" else counted.workload
        warm_up = {"calls": 64} if "calls" in counted.numbers else {"stream_bytes": 16 * counted.numbers["message_bytes"]}
        child.run(workload, **{**counted.numbers, **warm_up})
        child.run(workload, **counted.numbers, profile=1)
    child.close()
    # callgrind numbers the files in the order of the requests; the last one is written at the end of the program
    return {name: Path(f"{output}.{i}") for i, name in enumerate(names, start=1)}


def count_of(profile):
    """The instructions of all threads."""
    match = re.search(r"^totals: (\d+)", profile.read_text(), re.M)
    if not match:
        raise Failed(f"{profile} has no totals")
    return int(match[1])


def measure(programs, use_profile):
    """{name: {"library" and "other": use_profile(file, number of operations)}}."""
    with tempfile.TemporaryDirectory() as directory:
        server = Server(programs, threads=1)
        try:
            profiles = {contestant: run_under_callgrind(programs, contestant, server, directory)
                        for contestant in CONTESTANTS}
        finally:
            server.close()
        return {name: {"library": use_profile(profiles["library"][name], counted.operations),
                       "other": use_profile(profiles[counted.other][name], counted.operations)}
                for name, counted in COUNTED.items()}


def per_call(profile, calls):
    return round(count_of(profile) / calls)


# ---- the committed counts ----


def write(programs):
    runs = [measure(programs, per_call) for _ in range(3)]
    counts = {name: {part: int(median(run[name][part] for run in runs)) for part in ("library", "other")}
              for name in COUNTED}
    COMMITTED.write_text(json.dumps(counts, indent=2) + "\n")
    return counts


def limit(name, committed):
    return committed[name]["library"] / committed[name]["other"] * COUNTED[name].margin


def check(programs):
    """The exit status. Counts depend a little on how threads take turns, so a ratio over its limit is measured again."""
    committed = json.loads(COMMITTED.read_text())
    ratios = {}
    for _ in range(ATTEMPTS):
        for name, count in measure(programs, per_call).items():
            ratios.setdefault(name, []).append(count["library"] / count["other"])
            print(f"{name:44} library {count['library']:8,}  beside {count['other']:8,}  ratio {ratios[name][-1]:7.3f}"
                  f"  limit {limit(name, committed):7.3f}")
        bad = [name for name in ratios if min(ratios[name]) > limit(name, committed)]
        if not bad:
            break
    print(f"{len(ratios) - len(bad)} passed, {len(bad)} failed")
    return 1 if bad else 0


# ---- profiles ----


class Profile:
    """The costs of a callgrind file, per call. callgrind_annotate cannot be used: it takes the inclusive costs of functions
    that were active when the counting began for their own."""

    KINDS = {"ob": "ob", "cob": "ob", "fn": "fn", "cfn": "fn"}

    def __init__(self, path, calls):
        self.names, self.current = {}, {}
        # {(object file, function): instructions in the function itself}
        self.own = Counter()
        # {(object file, function) that a function of another object file calls: (instructions inside, calls)}
        self.entered, self.entries = Counter(), Counter()
        called = None
        for line in path.read_text().splitlines():
            key, _, value = line.partition("=")
            if key in self.KINDS:
                self.set_name(key, value)
            elif key == "calls":
                called = int(value.split()[0])
            elif re.match(r"[-+*\d]\S* \d+$", line):
                cost = int(line.split()[1]) / calls
                if called is None:
                    self.own[self.function("ob", "fn")] += cost
                else:
                    self.enter(cost, called / calls)
                called = None

    def set_name(self, key, value):
        number, _, name = value.partition(" ")
        self.names.setdefault((self.KINDS[key], number), name)
        self.current[key] = self.names[self.KINDS[key], number]
        if key in ("ob", "fn"):
            self.current.pop("cob", None)

    def function(self, file, name):
        function = re.sub(r"'\d+$", "", self.current[name])
        return Path(self.current.get(file) or self.current["ob"]).name, \
            "(no symbol)" if function.startswith("0x") else function

    def enter(self, cost, called):
        callee = self.function("cob", "cfn")
        if "boxd" in Path(self.current["ob"]).name and "boxd" not in callee[0] and called > 0:
            self.entered[callee] += cost
            self.entries[callee] += called
        self.current.pop("cob", None)


def print_profile(programs, count):
    for name, profiles in measure(programs, Profile).items():
        bare, library = profiles["other"].own, profiles["library"].own
        print(f"\n{name}: library {sum(library.values()):,.0f}, bare {sum(bare.values()):,.0f} instructions")
        objects = Counter()
        for sign, costs in ((1, library), (-1, bare)):
            for (file, _), cost in costs.items():
                objects[file] += sign * cost
        print("  above the bare core, by object: " +
              ", ".join(f"{file} {cost:+,.0f}" for file, cost in objects.most_common() if abs(cost) >= 10))
        above = Counter({key: cost - bare[key] for key, cost in library.items()})
        for (file, function), cost in above.most_common(count):
            print(f"  {cost:10,.0f}  {function}  [{file}]")
        print_entries(profiles, count)


def print_entries(profiles, count):
    """The functions of other libraries that the two contestants call themselves, with the instructions inside."""
    bare, library = profiles["other"], profiles["library"]
    print("  calls of other libraries, with all that they call: library / bare")
    for callee, cost in library.entered.most_common(count):
        print(f"  {cost:10,.0f} in {library.entries[callee]:5.1f} calls / {bare.entered[callee]:8,.0f} in "
              f"{bare.entries[callee]:5.1f}  {callee[1]}  [{callee[0]}]")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build_dir", type=Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--profile", type=int, metavar="N")
    options = parser.parse_args()
    programs = options.build_dir.resolve() / "tests" / "bench"
    if not shutil.which("valgrind"):
        print("instructions.py: no valgrind, skipped")
        return 77
    if options.profile:
        print_profile(programs, options.profile)
        return 0
    if options.write:
        print(json.dumps(write(programs), indent=2))
        return 0
    return check(programs)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"instructions.py: {failure}")
