"""What the benchmark measures: groups of series that are measured in turn, and the figures with their targets."""

from typing import NamedTuple

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


class Series(NamedTuple):
    contestant: str
    workload: str
    numbers: dict = {}


def whoami(contestant, workload, **numbers):
    return Series(contestant, workload, {"seconds": 0.5, **numbers})


def short_command(contestant):
    """The round trip of a command with one short line of output."""
    return Series(contestant, "exec", {"seconds": 0.5, "message_bytes": 32, "stream_bytes": 32})


def stream(contestant, workload, message_bytes, stream_bytes=512 * MIB, **numbers):
    return Series(contestant, workload, {"message_bytes": message_bytes, "stream_bytes": stream_bytes, **numbers})


# {group: {name of the series: series}}. The series of a group are measured in turn, round by round, so that a machine
# whose speed changes does not change their ratio.
GROUPS = {
    "unary-1": {
        "bare pluck loop": whoami("bare", "blocking"),
        "core-thread client": whoami("core-thread", "core_thread"),
        "core-thread client, started by the caller": whoami("core-thread-direct", "core_thread_direct"),
        "library": whoami("library", "blocking"),
        "grpc++ sync": whoami("grpcpp", "blocking"),
        "Python 0.1.2": whoami("python-0.1.2", "blocking"),
        "Python 0.2.19": whoami("python-0.2.19", "blocking"),
    },
    "unary-8": {
        "bare pluck loops": whoami("bare", "blocking", threads=8),
        "core-thread client": whoami("core-thread", "core_thread", threads=8),
        "core-thread client, started by the caller": whoami("core-thread-direct", "core_thread_direct", threads=8),
        "library": whoami("library", "blocking", threads=8),
        "grpc++ sync": whoami("grpcpp", "blocking", threads=8),
        "Python 0.2.19": whoami("python-0.2.19", "blocking", threads=8),
    },
    "in-flight": {
        "bare queue": whoami("bare", "in_flight"),
        "library": whoami("library", "in_flight"),
        "library, manual dispatch": whoami("library-manual", "manual"),
        "grpc++ callback": whoami("grpcpp", "in_flight"),
        "Python 0.1.2 asyncio": whoami("python-0.1.2", "in_flight"),
        "bare queue, 10,000": whoami("bare", "in_flight", in_flight=10000),
        "library, 10,000": whoami("library", "in_flight", in_flight=10000),
    },
    "exec": {
        "bare Exec stream": short_command("bare"),
        "library": short_command("library"),
    },
    "stream-64k": {
        "bare, bytes read": stream("bare", "exec_read", 64 * KIB),
        "bare, to a descriptor": stream("bare", "exec_fd", 64 * KIB),
        "library, read loop": stream("library", "exec_read", 64 * KIB),
        "library, callbacks": stream("library", "exec_async", 64 * KIB),
        "library, to a descriptor": stream("library", "exec_fd", 64 * KIB),
        "library, discarded": stream("library", "exec_discard", 64 * KIB),
        "library, small windows": stream("library-small-windows", "exec_read", 64 * KIB),
        "grpc++ sync": stream("grpcpp", "exec_read", 64 * KIB),
        "Python 0.1.2": stream("python-0.1.2", "exec_read", 64 * KIB, 64 * MIB),
    },
    "stream-1k": {
        "bare, bytes read": stream("bare", "exec_read", KIB, 96 * MIB),
        "bare, to a descriptor": stream("bare", "exec_fd", KIB, 96 * MIB),
        "library, read loop": stream("library", "exec_read", KIB, 96 * MIB),
        "library, callbacks": stream("library", "exec_async", KIB, 96 * MIB),
        "library, to a descriptor": stream("library", "exec_fd", KIB, 96 * MIB),
        "library, discarded": stream("library", "exec_discard", KIB, 96 * MIB),
        "grpc++ sync": stream("grpcpp", "exec_read", KIB, 96 * MIB),
        "Python 0.1.2": stream("python-0.1.2", "exec_read", KIB, 4 * MIB),
    },
    "streams-100": {
        "bare, 1 stream": stream("bare", "exec_read", 64 * KIB),
        "bare, 100 streams": stream("bare", "exec_read", 64 * KIB, 5 * MIB, streams=100),
        "library, 1 stream": stream("library", "exec_async", 64 * KIB),
        "library, 100 streams": stream("library", "exec_async", 64 * KIB, 5 * MIB, streams=100),
    },
    "files": {
        "bare download": stream("bare", "download", 64 * KIB, GIB),
        "library download": stream("library", "download", 64 * KIB, GIB),
        "bare upload": stream("bare", "upload", MIB, GIB),
        "library upload": stream("library", "upload", MIB, GIB),
    },
    "hosts": {
        "libcurl and jansson": whoami("hosts", "curl"),
        "library": whoami("hosts", "library"),
    },
}

# These groups make no other call: they use the port of the server that answers Whoami alone, with less work.
WHOAMI_GROUPS = ("unary-1", "unary-8", "in-flight")

# What a group measures, as the title of its plot, and its unit.
TITLES = {
    "unary-1": ("Whoami, blocking, 1 thread", "calls/s"),
    "unary-8": ("Whoami, blocking, 8 threads on one client", "calls/s"),
    "in-flight": ("Whoami, 64 calls in flight", "calls/s"),
    "exec": ("A short command, one at a time", "commands/s"),
    "stream-64k": ("Output of one command, messages of 64 KiB", "MB/s"),
    "stream-1k": ("Output of one command, messages of 1 KiB", "messages/s"),
    "streams-100": ("Output of many commands, messages of 64 KiB", "MB/s"),
    "files": ("A file of 1 GiB", "MB/s"),
    "path-40ms": ("100 MB over 40 ms of round-trip time and 1 Gbit/s", "MB/s"),
    "path-100ms": ("100 MB over 100 ms of round-trip time and 1 Gbit/s", "MB/s"),
    "hosts": ("Lists of 10,000 Drukbox hosts", "lists/s"),
}


class Ratio(NamedTuple):
    """A figure: `ours` beside `other`. `at_least` is a ratio of speed (operations or bytes per second), `at_most` a
    ratio of time. `cpu_limit`: the ratio of CPU time per operation at which the short form of the benchmark fails."""
    name: str
    group: str
    ours: str
    other: str
    at_least: float | None = None
    at_most: float | None = None
    cpu_limit: float = 5


FIGURES = [
    Ratio("blocking unary, 1 thread, vs the core-thread client", "unary-1", "library", "core-thread client", 0.97),
    Ratio("blocking unary, 1 thread, vs a bare pluck loop", "unary-1", "library", "bare pluck loop", 0.87),
    Ratio("blocking unary, 8 threads, vs grpc++ sync", "unary-8", "library", "grpc++ sync", 1.5),
    Ratio("blocking unary, 8 threads, vs bare pluck loops", "unary-8", "library", "bare pluck loops"),
    Ratio("async unary, 64 in flight, vs a bare queue", "in-flight", "library", "bare queue", 0.95),
    Ratio("async unary, 64 in flight, vs grpc++ callback", "in-flight", "library", "grpc++ callback", 1.3),
    Ratio("manual dispatch vs core thread", "in-flight", "library, manual dispatch", "library", 0.95),
    Ratio("10,000 in flight vs 64", "in-flight", "library, 10,000", "library", 0.9),
    Ratio("whoami vs Python 0.1.2, blocking", "unary-1", "library", "Python 0.1.2", 5),
    Ratio("whoami vs Python 0.1.2 asyncio, 64 in flight", "in-flight", "library", "Python 0.1.2 asyncio", 7),
    Ratio("whoami vs Python 0.2.19, 8 threads", "unary-8", "library", "Python 0.2.19", 7),
    Ratio("buffered exec, round trip, vs a bare Exec stream", "exec", "library", "bare Exec stream", 0.95),
    Ratio("exec stdout, 64 KiB messages, read loop", "stream-64k", "library, read loop", "bare, bytes read", 0.9),
    Ratio("exec stdout, 64 KiB messages, callbacks", "stream-64k", "library, callbacks", "bare, bytes read"),
    Ratio("exec stdout, 64 KiB messages, to a descriptor", "stream-64k", "library, to a descriptor",
          "bare, bytes read", 0.85),
    Ratio("exec stdout, 64 KiB messages, discarded", "stream-64k", "library, discarded", "bare, bytes read", 0.95),
    Ratio("exec stdout, 1 KiB messages, read loop", "stream-1k", "library, read loop", "bare, bytes read", 0.85),
    Ratio("exec stdout, 1 KiB messages, callbacks", "stream-1k", "library, callbacks", "bare, bytes read"),
    Ratio("exec stdout, 1 KiB messages, to a descriptor", "stream-1k", "library, to a descriptor",
          "bare, bytes read", 0.85),
    Ratio("exec stdout, 1 KiB messages, discarded", "stream-1k", "library, discarded", "bare, bytes read", 0.85),
    Ratio("100 streams at once, total, vs one", "streams-100", "library, 100 streams", "library, 1 stream", 0.9),
    Ratio("download of 1 GiB to a file, vs a bare stream and write()", "files", "library download", "bare download", 0.9),
    Ratio("upload of 1 GiB from a file, vs read() and a bare stream", "files", "library upload", "bare upload", 0.9),
    Ratio("10,000 Drukbox hosts, time, vs libcurl and jansson", "hosts", "library", "libcurl and jansson",
          at_most=1.05),
]

FIGURES += [Ratio(f"100 MB {what} over {path}, vs TCP", group, f"library, {what}", "TCP", 0.8)
            for group, path in (("path-40ms", "40 ms and 1 Gbit/s"), ("path-100ms", "100 ms and 1 Gbit/s"))
            for what in ("output", "first output on a new connection", "download", "upload")]
