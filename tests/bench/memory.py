"""Memory of the client, the time until its first answer, and the sizes of the libraries."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from statistics import median

from contestants import Contestant, anonymous_kilobytes, status_kilobytes
from figures import GIB, KIB

OPEN_EXECS = 10000


def row(figure, value, unit, at_most, values=None, at_least=None):
    values = sorted(values or [value])
    return {"figure": figure, "value": value, "low": values[0], "high": values[-1], "unit": unit, "at_most": at_most,
            "at_least": at_least}


def connections(pid):
    """The number of sockets of a process."""
    count = 0
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            count += str(descriptor.readlink()).startswith("socket:")
        except OSError:  # closed meanwhile
            pass
    return count


def first_answers(commands, env, rounds):
    """Rows: a new process for each round opens a client, makes one call, and is then idle."""
    seconds, memory = {"bare": [], "library": []}, {"bare": [], "library": []}
    for _ in range(rounds):
        for name in seconds:
            contestant = Contestant(commands[name], env)
            seconds[name].append(contestant.run("first_answer")["seconds"])
            memory[name].append(anonymous_kilobytes(contestant.pid))
            contestant.close()
    ratios = [ours / bare for ours, bare in zip(seconds["library"], seconds["bare"])]
    above = [(ours - bare) / 1024 for ours, bare in zip(memory["library"], memory["bare"])]
    return [row("open to first answer, vs the bare core", median(ratios), "", 1.1, ratios),
            row("idle client, memory above the bare core's", median(above), " MB", 0.5, above)]


def peak(command, env, scale):
    """The MB that 1 GiB of output to a descriptor adds to an idle client."""
    contestant = Contestant(command, env)
    numbers = {"message_bytes": 64 * KIB, "stream_bytes": int(GIB * scale) // (64 * KIB) * 64 * KIB}
    contestant.run("first_answer")
    before = status_kilobytes(contestant.pid, "VmRSS")
    Path(f"/proc/{contestant.pid}/clear_refs").write_text("5")  # the peak begins here
    contestant.run("exec_fd", **numbers)
    above = (status_kilobytes(contestant.pid, "VmHWM") - before) / 1024
    contestant.close()
    return above


def peaks(commands, env, options):
    """Rows: with windows that follow the path, and with small ones."""
    rows = []
    for name, what in (("library", ""), ("library-small-windows", ", small windows")):
        above = [peak(commands[name], env, options.scale) for _ in range(min(options.rounds, 3))]
        rows.append(row(f"peak memory, 1 GiB to a descriptor, above idle{what}", median(above), " MB", 8, above))
    return rows


def open_execs(commands, env, count):
    """Rows: the memory of commands that are all open on one client, and its connections."""
    each, sockets, seconds = {}, {}, {}
    for name in ("bare", "library"):
        contestant = Contestant(commands[name], env)
        contestant.run("first_answer")
        before, sockets_before = anonymous_kilobytes(contestant.pid), connections(contestant.pid)
        seconds[name] = contestant.run("open_streams", streams=count)["seconds"]
        each[name] = (anonymous_kilobytes(contestant.pid) - before) / count
        sockets[name] = connections(contestant.pid) - sockets_before + 1
        contestant.run("close_streams")
        contestant.close()
    return [row(f"{count:,} open execs, memory of each above the bare core's", each["library"] - each["bare"], " KB", 4),
            row(f"{count:,} open execs, memory of each, in all", each["library"], " KB", None),
            row(f"{count:,} open execs, connections", sockets["library"], "", None),
            row(f"{count:,} open execs, time until all have sent output", seconds["library"], " s", None)]


def measure(commands, env, options):
    return [*first_answers(commands, env, options.rounds), *peaks(commands, env, options),
            *open_execs(commands, env, max(int(OPEN_EXECS * min(options.scale, 1)), 100))]


# ---- sizes ----


def stripped_kilobytes(library):
    with tempfile.NamedTemporaryFile() as stripped:
        subprocess.run(["strip", "--strip-unneeded", "-o", stripped.name, library], check=True)
        return Path(stripped.name).stat().st_size / 1024


def link_without_contract(build_dir, output):
    """Links libboxd-async again, without the generated code of the contract."""
    commands = subprocess.run(["ninja", "-C", str(build_dir), "-t", "commands", "async/libboxd-async.so"],
                              capture_output=True, text=True, check=True).stdout.splitlines()
    words = next(part for command in commands for part in command.split("&&")
                 if " -shared " in part and "libboxd-async.so" in part).split()
    words = [word for word in words if not word.endswith("libboxd-rpc.a")]
    words[words.index("-o") + 1] = str(output)
    subprocess.run([*words, "-Wl,--unresolved-symbols=ignore-all"], cwd=build_dir, check=True, capture_output=True)


def sizes(build_dir):
    if not shutil.which("strip") or not shutil.which("ninja"):
        return []
    library = build_dir / "async" / "libboxd-async.so"
    with tempfile.TemporaryDirectory() as directory:
        link_without_contract(build_dir, Path(directory) / "without.so")
        without = stripped_kilobytes(Path(directory) / "without.so")
    return [row("libboxd-async, stripped, without the generated contract", without, " KB", 250),
            row("libboxd-async, stripped", stripped_kilobytes(library.resolve()), " KB", 600)]
