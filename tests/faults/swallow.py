#!/usr/bin/env python3
"""A TCP proxy whose connections die without a FIN or a RST, for tests. It needs only the standard library.

usage: swallow.py UPSTREAM_PORT [--port PORT]

The proxy listens on 127.0.0.1 (--port 0, the default: a free port) and forwards each connection to 127.0.0.1:UPSTREAM_PORT.
It prints

    port proxy PORT
    ready

and then reads commands from standard input, one a line, and answers each with one line on standard output. It ends at the end
of its standard input. A command applies to the connections that exist when it arrives; later connections are forwarded:

    swallow     From now on discards all bytes, in both directions, and forwards no FIN and no RST. The kernel still acknowledges
                the bytes of the client, as a firewall or a NAT that lost its state may do.   -> "ok N": N connections
    stall       From now on reads nothing and writes nothing: the buffers of the sender fill up.   -> "ok N"
    resume      Forwards again what arrives from now on (after `stall`: all that arrived meanwhile).   -> "ok N"
    finish      Closes the connections with a FIN to both sides.   -> "ok N"
    reset       Closes the connections with a RST to both sides.   -> "ok N"
    count       -> "total T open O swallowing S": connections accepted so far; connections that the client has not closed; of these,
                connections that are swallowed or stalled
    swallowed   -> "bytes B": the bytes from clients that were discarded so far
    new MODE    How later connections begin: `forward` (the default), `swallow`, `stall`, or `reset`.   -> "ok"

A mistake is answered with "error TEXT".
"""

import argparse
import asyncio
import socket
import struct
import sys

PIECE = 1 << 16
EXISTING = {"swallow", "stall", "resume", "finish", "reset"}


class Connection:
    """One accepted connection and its twin to the upstream server."""

    def __init__(self, proxy, mode):
        self.proxy = proxy
        self.mode = mode
        self.forwards = asyncio.Event()
        self.writers = []
        self.client_closed = False
        self.set_mode(mode)

    def set_mode(self, mode):
        self.mode = mode
        if mode == "stall":
            self.forwards.clear()
        else:
            self.forwards.set()

    async def run(self, reader, writer):
        self.writers.append(writer)
        try:
            upstream_reader, upstream = await asyncio.open_connection("127.0.0.1", self.proxy.upstream_port)
        except OSError:
            self.end("reset")
            return
        self.writers.append(upstream)
        for w in self.writers:
            w.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.gather(self.pump(reader, upstream, True), self.pump(upstream_reader, writer, False))
        self.end("finish")

    async def pump(self, reader, writer, from_client):
        """Moves bytes in one direction until its end."""
        while True:
            await self.forwards.wait()
            try:
                piece = await reader.read(PIECE)
            except OSError:
                piece = b""
            await self.forwards.wait()
            if from_client and not piece:
                self.client_closed = True
                self.end("finish")  # also of a swallowed connection: the upstream server needs it no longer
                return
            if self.mode == "swallow":
                if not piece:
                    return  # the end that the upstream server made is swallowed as well
                self.proxy.swallowed += len(piece) if from_client else 0
                continue
            try:
                if not piece:
                    writer.write_eof()
                    return
                writer.write(piece)
                await writer.drain()
            except OSError:
                return

    def end(self, how):
        """Closes both sockets."""
        self.client_closed = True
        self.forwards.set()
        for w in self.writers:
            if how == "reset":
                w.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                w.transport.abort()
            else:
                w.close()


class Proxy:
    def __init__(self, upstream_port):
        self.upstream_port = upstream_port
        self.connections = []
        self.total = 0
        self.swallowed = 0
        self.new_mode = "forward"

    async def accept(self, reader, writer):
        self.total += 1
        connection = Connection(self, self.new_mode)
        self.connections.append(connection)
        if self.new_mode == "reset":
            connection.writers.append(writer)
            connection.end("reset")
        else:
            try:
                await connection.run(reader, writer)
            except asyncio.CancelledError:
                return  # the proxy ends
        self.connections.remove(connection)

    def command(self, line):
        words = line.split()
        if len(words) == 1 and words[0] in EXISTING:
            connections = [c for c in self.connections if not c.client_closed]
            for c in connections:
                if words[0] in ("finish", "reset"):
                    c.end(words[0])
                else:
                    c.set_mode("forward" if words[0] == "resume" else words[0])
            return f"ok {len(connections)}"
        if words == ["count"]:
            alive = [c for c in self.connections if not c.client_closed]
            dead = sum(c.mode in ("swallow", "stall") for c in alive)
            return f"total {self.total} open {len(alive)} swallowing {dead}"
        if words == ["swallowed"]:
            return f"bytes {self.swallowed}"
        if len(words) == 2 and words[0] == "new" and words[1] in ("forward", "swallow", "stall", "reset"):
            self.new_mode = words[1]
            return "ok"
        return f"error unknown command: {line.strip()}"


async def read_commands(answer):
    """Answers each line of standard input until its end."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        print(answer(line.decode()), flush=True)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("upstream_port", type=int)
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    proxy = Proxy(arguments.upstream_port)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", arguments.port)
    print(f"port proxy {server.sockets[0].getsockname()[1]}\nready", flush=True)
    await read_commands(proxy.command)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    asyncio.run(main())
