"""A published Python package of boxd as a contestant: what a user of it writes. Protocol: contestant.h.

Usage: VENV/bin/python python_client.py, in an environment with boxd 0.1.2 or 0.2.19.
"""

import asyncio
import importlib.metadata
import json
import os
import sys
import threading
import time

os.environ["GRPC_VERBOSITY"] = "NONE"  # read when gRPC is imported

import boxd  # noqa: E402

BOX_ID = "00000000-0000-4000-8000-000000000001"
OLD = importlib.metadata.version("boxd").startswith("0.1.")


class Load:
    """The numbers of a request."""

    def __init__(self, numbers):
        self.seconds = numbers.get("seconds", 0)
        self.calls = int(numbers.get("calls", 1))
        self.threads = int(numbers.get("threads", 1))
        self.in_flight = int(numbers.get("in_flight", 64))
        self.message_bytes = int(numbers.get("message_bytes", 65536))
        self.stream_bytes = int(numbers.get("stream_bytes", 65536))
        self.until = time.monotonic() + self.seconds

    def is_over(self, calls):
        return time.monotonic() >= self.until if self.seconds else calls >= self.calls

    @property
    def command(self):
        return f"chunks {self.message_bytes} {self.stream_bytes // self.message_bytes}"


def open_client():
    if OLD:
        return boxd.Compute(token=os.environ["BOXD_TOKEN"], api_url=os.environ["BOXD_API_URL"])
    return boxd.Boxd(token=os.environ["BOXD_TOKEN"], base_url=os.environ["BOXD_API_URL"])


def blocking(client, load):
    """Whoami on `threads` threads of one client."""
    counts = [0] * load.threads
    call = client.whoami if OLD else client.account.get

    def loop(i):
        while not load.is_over(counts[i]):
            call()
            counts[i] += 1

    threads = [threading.Thread(target=loop, args=(i,)) for i in range(1, load.threads)]
    for thread in threads:
        thread.start()
    loop(0)
    for thread in threads:
        thread.join()
    return sum(counts), 0


async def fly(load):
    done = 0
    async with boxd.aio.Compute(token=os.environ["BOXD_TOKEN"], api_url=os.environ["BOXD_API_URL"]) as client:

        async def loop():
            nonlocal done
            while not load.is_over(done):
                await client.whoami()
                done += 1

        await asyncio.gather(*(loop() for _ in range(load.in_flight)))
    return done, 0


def in_flight(client, load):
    """Whoami with asyncio."""
    import boxd.aio  # noqa: F401

    return asyncio.run(fly(load))


def exec_read(client, load):
    """The output of one command, read as it arrives."""
    box = client.box.get(BOX_ID)
    messages = size = 0
    process = box.exec(load.command, stream=True)
    process.stdin.write_eof()
    for chunk in process.iter_stdout():
        messages += 1
        size += len(chunk)
    process.wait()
    return messages, size


WORKLOADS = {"blocking": blocking, "in_flight": in_flight, "exec_read": exec_read}


def main():
    client = open_client()
    for line in sys.stdin:
        name, *words = line.split()
        load = Load({key: float(value) for key, _, value in (word.partition("=") for word in words)})
        start, cpu = time.monotonic(), time.process_time()
        operations, size = WORKLOADS[name](client, load)
        print(json.dumps({"operations": operations, "bytes": size, "seconds": time.monotonic() - start,
                          "cpu_seconds": time.process_time() - cpu}), flush=True)
    client.close()


if __name__ == "__main__":
    main()
