"""Measures the series of a group in turn, and computes medians, spreads and ratios."""

import os
import time
from statistics import median

from contestants import Contestant, cpu_seconds


def write_file(path, size):
    """A file that uploads send. It is in memory: the speed of a disk is not measured."""
    block = os.urandom(1 << 20)
    with open(path, "wb") as file:
        for _ in range(max(size // len(block), 1)):
            file.write(block)


def quartiles(values):
    """(lower quartile, median, upper quartile)."""
    values = sorted(values)
    half = len(values) // 2
    return (median(values[:half] or values), median(values), median(values[-half:] or values))


def scaled(numbers, scale):
    """The numbers of a workload whose duration is multiplied by `scale`; a stream has at least one message."""
    numbers = dict(numbers)
    if "seconds" in numbers:
        numbers["seconds"] *= scale
    elif "stream_bytes" in numbers:
        messages = max(int(numbers["stream_bytes"] * scale) // numbers["message_bytes"], 1)
        numbers["stream_bytes"] = messages * numbers["message_bytes"]
    return numbers


def measure(contestant, server, series, scale):
    """One measurement: rates, CPU time of client and server per operation, and how busy the server was."""
    numbers = scaled(series.numbers, scale)
    before, start = cpu_seconds(server.pid), time.monotonic()
    result = contestant.run(series.workload, **numbers)
    server_cpu, elapsed = cpu_seconds(server.pid) - before, time.monotonic() - start
    operations, seconds = max(result["operations"], 1), result["seconds"]
    return {
        "operations_per_s": operations / seconds,
        "bytes_per_s": result["bytes"] / seconds,
        "cpu_us": result["cpu_seconds"] / operations * 1e6,
        "server_cpu_us": server_cpu / operations * 1e6,
        "server_busy": server_cpu / elapsed,
    }


def measure_group(group, commands, server, options, env):
    """{name of the series: [measurement of each round]}. Round 0 warms up and is dropped."""
    running = {}
    try:
        for name, series in group.items():
            if series.contestant in commands and series.contestant not in running:
                running[series.contestant] = Contestant(commands[series.contestant], env)
        present = {name: series for name, series in group.items() if series.contestant in running}
        measured = {name: [] for name in present}
        for round_number in range(options.rounds + 1):
            first = round_number % len(present)  # no series is always measured after the same other one
            for name, series in [*present.items()][first:] + [*present.items()][:first]:
                scale = options.scale if round_number else options.scale / 4
                one = measure(running[series.contestant], server, series, scale)
                if round_number:
                    measured[name].append(one)
        return measured
    finally:
        for contestant in running.values():
            contestant.close()


def summarize(measurements):
    """{quantity: {"median", "low", "high"}}; low and high are the quartiles."""
    summary = {}
    for quantity in measurements[0]:
        low, middle, high = quartiles([one[quantity] for one in measurements])
        summary[quantity] = {"median": middle, "low": low, "high": high}
    return summary


def rate(measurement):
    """Bytes per second of a stream, calls per second of others."""
    return measurement["bytes_per_s"] or measurement["operations_per_s"]


def ratios(ours, other, of_time):
    """Quartiles of the ratio of speed, or of time, and of the ratio of CPU time per operation (None: unknown): each round
    on its own."""
    speed = quartiles([rate(b) / rate(a) if of_time else rate(a) / rate(b) for a, b in zip(ours, other)])
    if not all(one["cpu_us"] for one in other):
        return speed, None
    return speed, quartiles([a["cpu_us"] / b["cpu_us"] for a, b in zip(ours, other)])
