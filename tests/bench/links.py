"""Transfers over a long path: a delay of the round trip and a bandwidth, and what TCP itself reaches there."""

import argparse
import socket
import threading
import time

from contestants import Contestant, Link
from figures import MIB, Series
from rounds import measure as measure_once, measure_group, write_file

MBIT_PER_S = 1000
ROUND_TRIPS_MS = (40, 100)
STREAM_BYTES = 96 * MIB
MAX_ROUNDS = 3
SLOW_BYTES_PER_S = 10e6


def transfer(contestant, workload, message_bytes=MIB // 16):
    return Series(contestant, workload, {"message_bytes": message_bytes, "stream_bytes": STREAM_BYTES})


GROUP = {
    "bare": transfer("bare", "exec_read"),
    "library, output": transfer("library", "exec_read"),
    "library, small windows": transfer("library-small-windows", "exec_read"),
    "library, download": transfer("library", "download"),
    "library, upload": transfer("library", "upload", MIB),
    "grpc++ sync": transfer("grpcpp", "exec_read"),
}


def serve_once(listener, size):
    connection, _ = listener.accept()
    with connection:
        connection.recv(1)
        connection.sendall(bytes(size))


def tcp_seconds(programs, round_trip_ms, size):
    """The seconds in which a plain TCP connection transfers `size` bytes over the path, from the request on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve_once, args=(listener, size), daemon=True).start()
        link = Link(programs, listener.getsockname()[1], round_trip_ms, MBIT_PER_S)
        try:
            with socket.create_connection(("127.0.0.1", link.port)) as client:
                start = time.monotonic()
                client.sendall(b"x")
                left, buffer = size, bytearray(MIB)
                while left > 0:
                    left -= client.recv_into(buffer)
                return time.monotonic() - start
        finally:
            link.close()


def measure_path(commands, server, options, env):
    """A short round first: a series that is slow there, as with a window that is too small, is not measured again."""
    probe = argparse.Namespace(rounds=1, scale=options.scale / 16)
    measured = measure_group(GROUP, commands, server, probe, env)
    fast = {name: GROUP[name] for name, rounds in measured.items() if rounds[0]["bytes_per_s"] > SLOW_BYTES_PER_S}
    again = argparse.Namespace(rounds=min(options.rounds, MAX_ROUNDS), scale=options.scale)
    return {**measured, **measure_group(fast, commands, server, again, env)}


def measure_first(commands, server, options, env):
    """The first transfer on a connection, whose windows have not grown yet; with the time to connect."""
    contestant = Contestant(commands["library"], env)
    try:
        return measure_once(contestant, server, transfer("library", "exec_read"), options.scale)
    finally:
        contestant.close()


def measure(commands, server, options, directory):
    """{name of the path: {name of the series: [measurement of each round]}}."""
    paths = {}
    size = int(STREAM_BYTES * options.scale) // MIB * MIB or MIB
    write_file(f"{directory}/upload-path", size)
    for round_trip_ms in ROUND_TRIPS_MS:
        tcp, first = [], []
        link = Link(options.programs, server.port, round_trip_ms, MBIT_PER_S)
        env = {**server.env(link.port), "BENCH_UPLOAD": f"{directory}/upload-path",
               "BENCH_DOWNLOAD": f"{directory}/download"}
        try:
            for _ in range(min(options.rounds, MAX_ROUNDS)):
                tcp.append(size / tcp_seconds(options.programs, round_trip_ms, size))
                first.append(measure_first(commands, server, options, env))
            measured = measure_path(commands, server, options, env)
        finally:
            link.close()
        plain = [{"operations_per_s": rate / MIB, "bytes_per_s": rate, "cpu_us": 0, "server_cpu_us": 0, "server_busy": 0}
                 for rate in tcp]
        paths[f"path-{round_trip_ms}ms"] = {"TCP": plain, "library, first output on a new connection": first, **measured}
    return paths
