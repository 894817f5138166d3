"""The programs of the benchmark as processes: the lean server, and the contestants, which run workloads on request."""

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path

ANSWER_LIMIT_S = 300
HERE = Path(__file__).resolve().parent


class Failed(Exception):
    pass


def status_kilobytes(pid, name):
    """A number of /proc/PID/status, VmRSS or VmHWM."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise Failed(f"process {pid} has no {name}")


def anonymous_kilobytes(pid):
    """The memory that is not a part of a file: heap, stacks, and what the loader changed."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1])
    raise Failed(f"process {pid} has no rollup of its memory")


def cpu_seconds(pid):
    """The CPU time of another process: the number of its clock is that of clock_getcpuclockid()."""
    return time.clock_gettime((~pid << 3) | 2)


class Program:
    """A child whose end is the end of its standard input."""

    def __init__(self, command, env=None):
        self.command = [str(part) for part in command]
        self.child = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                      env={**os.environ, **(env or {})})
        self.pid = self.child.pid

    def read_line(self):
        """One line, which the child writes at once."""
        if not select.select([self.child.stdout], [], [], ANSWER_LIMIT_S)[0]:
            raise Failed(f"{' '.join(self.command)} did not answer within {ANSWER_LIMIT_S} s")
        line = self.child.stdout.readline()
        if not line:
            raise Failed(f"{' '.join(self.command)} ended with status {self.child.wait()}")
        return line

    def close(self):
        with contextlib.suppress(BrokenPipeError):
            self.child.stdin.close()
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.child.stdout.close()


class Server(Program):
    def __init__(self, programs, threads=2):
        super().__init__([programs / "boxd-bench-server", threads])
        self.port, self.whoami_port = (int(port) for port in self.read_line().split())

    def env(self, port=None):
        """The environment of a contestant that calls this server, its port for Whoami, or a link to it."""
        return {"BOXD_API_URL": f"http://127.0.0.1:{port or self.port}", "BOXD_TOKEN": "bench",
                "BOXD_NO_UPDATE_NOTICE": "1", "GRPC_VERBOSITY": "NONE", "no_proxy": "*"}


class Link(Program):
    """A path to a port of this machine, with a delay and a bandwidth."""

    def __init__(self, programs, target_port, round_trip_ms, mbit_per_s):
        super().__init__([programs / "boxd-bench-link", target_port, round_trip_ms, mbit_per_s])
        self.port = int(self.read_line())


class Contestant(Program):
    """Runs one workload at a time."""

    def run(self, workload, **numbers):
        """What the workload did: operations, bytes, seconds, cpu_seconds."""
        words = [workload, *(f"{name}={value}" for name, value in numbers.items())]
        self.child.stdin.write(" ".join(words) + "\n")
        self.child.stdin.flush()
        return json.loads(self.read_line())


def commands(programs):
    """{name: command} of the contestants that exist here, and {name: why not} of the others."""
    build = programs.parent.parent
    found, missing = {}, {}
    for name in ("bare", "library", "grpcpp", "hosts"):
        path = programs / f"boxd-bench-{name}"
        found[name] = [path]
        if not path.exists():
            missing[name] = "built without grpc++ (libgrpc++-dev, protobuf-compiler-grpc)" if name == "grpcpp" \
                else f"{path} was not built"
    # Programs of their own: in one process, gRPC's pollers of one client would read for the other one.
    found["core-thread"] = found["core-thread-direct"] = found["bare"]
    found["library-manual"] = found["library"]
    found["library-small-windows"] = ["env", "BENCH_SMALL_WINDOWS=1", *found["library"]]
    for version in ("0.1.2", "0.2.19"):
        python = build / f"venv-{version}" / "bin" / "python"
        name = f"python-{version}"
        found[name] = [python, "-B", HERE / "python_client.py"]
        if not python.exists():
            missing[name] = f"{python.parent.parent} does not exist (tests/interop/venvs.sh)"
    return {name: command for name, command in found.items() if name not in missing}, missing


def warn(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)
