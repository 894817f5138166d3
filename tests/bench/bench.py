#!/usr/bin/env python3
"""Measures the library beside other clients, and prints a table and JSON.

BUILD_DIR has the programs of tests/bench; run.sh builds them. A ratio is the median over N rounds (5). Each measurement
takes 0.5 s times the scale. --docs writes the tables and the plots into docs/.
"""

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

import figures
import instructions
import links
import memory
import report
from contestants import Failed, Server, commands, warn
from rounds import measure_group, ratios, summarize, write_file

# Files of the benchmark lie in memory where that is possible.
MEMORY = "/dev/shm"
STARTED = time.monotonic()
# What --only selects from.
NAMES = [*figures.GROUPS, "paths", "memory", "sizes", "instructions"]


def progress(name):
    print(f"bench: {time.monotonic() - STARTED:4.0f} s: {name}", file=sys.stderr, flush=True)


def measure_all(options, found, server, directory):
    groups = {}
    paths = {"BENCH_UPLOAD": f"{directory}/upload", "BENCH_DOWNLOAD": f"{directory}/download"}
    for name, group in figures.GROUPS.items():
        if re.search(options.only, name):
            progress(name)
            port = server.whoami_port if name in figures.WHOAMI_GROUPS else server.port
            groups[name] = measure_group(group, found, server, options, {**server.env(port), **paths})
    if not options.short and re.search(options.only, "paths"):
        progress("paths")
        groups |= links.measure(found, server, options, directory)
    return groups


def ratio_rows(groups):
    """The figures that compare two series, as rows of the table."""
    rows = []
    for figure in figures.FIGURES:
        measured = groups.get(figure.group, {})
        if figure.ours not in measured or figure.other not in measured:
            continue
        speed, cpu = ratios(measured[figure.ours], measured[figure.other], figure.at_most is not None)
        busy = max(summarize(measured[name])["server_busy"]["median"] for name in (figure.ours, figure.other))
        rows.append({"figure": figure.name, "at_least": figure.at_least, "at_most": figure.at_most,
                     "value": speed[1], "low": speed[0], "high": speed[2], "cpu_ratio": cpu[1] if cpu else None,
                     "cpu_low": cpu[0] if cpu else 0,
                     "cpu_limit": figure.cpu_limit, "server_busy": busy})
    return rows


def instruction_rows(programs):
    """The figures that no load of the machine changes. Those of a call with the bare core beside it have a target."""
    return [memory.row(f"instructions: {name}", count["library"] / count["other"], "",
                       1.05 if name in ("whoami, blocking", "whoami, 64 in flight") else None)
            for name, count in instructions.measure(programs, instructions.per_call).items()]


def other_rows(options, found, server):
    """The figures that are not ratios of two series."""
    rows = []
    if options.short:
        return rows
    if re.search(options.only, "memory"):
        progress("memory")
        rows += memory.measure(found, server.env(), options)
    if re.search(options.only, "sizes"):
        progress("sizes")
        rows += memory.sizes(options.build_dir)
    if re.search(options.only, "instructions") and shutil.which("valgrind"):
        progress("instructions")
        rows += instruction_rows(options.programs)
    return rows


def check_cpu(rows):
    """The verdict of the short form: the exit status."""
    bad = [row for row in rows if row.get("cpu_low", 0) > row["cpu_limit"]]
    for row in bad:
        warn(f"{row['figure']}: {row['cpu_low']:.2f} times the CPU time, more than {row['cpu_limit']}")
    print(f"{len(rows) - len(bad)} passed, {len(bad)} failed")
    return 1 if bad or not rows else 0


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, epilog="groups: " + ", ".join(NAMES), formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build_dir", type=lambda path: Path(path).resolve())
    parser.add_argument("--only", default="", metavar="REGEX", help="only the groups whose names match; their names are below")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1, help="factor of the duration of each measurement")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--docs", action="store_true", help="write docs/performance.md and its plots")
    parser.add_argument("--short", action="store_true",
                        help="the form of CI: a short run without Python that fails if a ratio of CPU time is too high")
    options = parser.parse_args()
    if not any(re.search(options.only, name) for name in NAMES):
        parser.error(f"--only {options.only} matches no group; the groups are: {', '.join(NAMES)}")
    options.programs = options.build_dir / "tests" / "bench"
    if options.short:
        options.rounds, options.scale = 2, 0.03
    return options


def main():
    options = read_options()
    load = os.getloadavg()[0]
    if load > report.IDLE_LOAD:
        warn(f"the load average is {load:.2f}: the machine is not idle, and the ratios of speed can be wrong")
    found, missing = commands(options.programs)
    if options.short:
        found = {name: command for name, command in found.items() if not name.startswith("python")}
    for name, why in missing.items():
        warn(f"left out: {name}: {why}")
    server = Server(options.programs)
    try:
        with tempfile.TemporaryDirectory(dir=MEMORY if os.path.isdir(MEMORY) else None) as directory:
            write_file(f"{directory}/upload", int(figures.GIB * options.scale))
            groups = measure_all(options, found, server, directory)
            others = other_rows(options, found, server)
    finally:
        server.close()
    result = {"machine": report.machine(), "rounds": options.rounds, "load_average": load, "left_out": missing,
              "figures": ratio_rows(groups) + others,
              "series": {group: {name: summarize(rounds) for name, rounds in measured.items()}
                         for group, measured in groups.items()}}
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")
    if options.docs:
        report.write_docs(result, "tests/bench/run.sh --docs")
    print(report.text(result))
    return check_cpu(result["figures"]) if options.short else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failed as failure:
        sys.exit(f"bench: {failure}")
