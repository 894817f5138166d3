#!/usr/bin/env python3
"""A hostile HTTP/2 server for tests of the boxd client. It speaks enough gRPC to misbehave exactly. It needs the package h2.

usage: server.py [--cert FILE --key FILE]

It listens on 127.0.0.1, on one free port for each row of behaviours.LISTENERS, and prints for each

    port NAME PORT

then "ready". The port "plain" behaves well until a call asks for something else; the other ports misbehave as connections. With
--cert and --key there is one more port, "tls", which is "plain" with TLS.

A call asks for a behaviour by its request metadata:

    x-behaviour: NAME        this RPC is answered by behaviours.BEHAVIOURS[NAME]
    x-behaviour: RPC/NAME    the same, only for this RPC; other RPCs of the call are answered well
    x-behaviour: NAME@ANY    the same as NAME, with counters of its own
    x-behaviour: A,B         the first one that is for this RPC

How to add a behaviour of a call: write a coroutine in behaviours.py, in a few lines, that uses the methods of `Call` below:

    @behaviour
    async def output_without_exit(call):
        await call.request()                    # the first message of the request has arrived
        call.headers()
        await call.message(output(b"hello"))    # as fast as the client's windows allow
        call.trailers(0)

Its name is the name of the function with "-" for "_". A family of behaviours is made in a loop, with add("rst-%d" % code, ...). When
the coroutine ends before the call has ended, the call stays silent. A connection that misbehaves from its beginning is a row of
LISTENERS: see there. Then add the expected outcome to the table of table_test.c.

Commands on standard input, one a line, each answered with one line; the server ends at the end of its standard input:

    started NAME         -> "count N": how many calls have asked for this behaviour and have sent their first message
    cancelled NAME       -> "count N": how many of them the client has ended (RST_STREAM, or the connection is gone)
    wait started NAME N     the same, once there are N, or after 60 s
    wait cancelled NAME N
    connections NAME     -> "count N": accepted connections of a port
    release NAME         lets the calls go on that wait in call.released() under this behaviour   -> "ok"
    list                 -> the names of all behaviours, separated by spaces
"""

import argparse
import asyncio
import collections
import functools
import socket
import ssl
import struct
import sys

sys.dont_write_bytecode = True

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings
import hyperframe.frame

import behaviours
import wire

SETTINGS_ACK = bytes.fromhex("000000040100000000")


class Ended(Exception):
    """The call or its connection is gone."""


def wanted_behaviour(text, rpc):
    for wanted in text.split(","):
        of_rpc, _, name = wanted.rpartition("/")
        if name and of_rpc in ("", rpc):
            return name
    return "well"


class Call:
    """One RPC, for a behaviour. Names and sizes of headers are sent as they are given."""

    def __init__(self, connection, stream, headers):
        self.connection = connection
        self.server = connection.server
        self.stream = stream
        self.request_headers = headers
        self.rpc = headers.get(b":path", b"").decode().rpartition("/")[2]
        # With its suffix, for the counters.
        self.name = wanted_behaviour(headers.get(b"x-behaviour", b"").decode(), self.rpc)
        self.behaviour = self.name.partition("@")[0]
        self.buffer = bytearray()
        self.messages = []  # received and not taken yet
        self.received = 0  # messages
        self.request_ended = False
        self.reset_by_client = False
        self.ended = False
        self.changed = asyncio.Event()

    # ---- what arrives ----

    def data(self, data, ended=False):
        self.buffer += data
        while len(self.buffer) >= 5:
            (size,) = struct.unpack(">I", self.buffer[1:5])
            if len(self.buffer) < 5 + size:
                break
            self.messages.append(bytes(self.buffer[5 : 5 + size]))
            del self.buffer[: 5 + size]
            self.received += 1
            if self.received == 1:
                self.server.note("started", self.name)
        self.request_ended |= ended
        self.changed.set()

    def cancel(self):
        if not self.reset_by_client and not self.ended:
            self.reset_by_client = True
            self.server.note("cancelled", self.name)
        self.changed.set()

    async def until(self, holds):
        """Waits until holds() or the client has ended the call."""
        while not holds():
            if self.reset_by_client:
                raise Ended
            self.changed.clear()
            await self.changed.wait()

    async def request(self):
        """The next message of the request; None at its end."""
        await self.until(lambda: self.messages or self.request_ended)
        return self.messages.pop(0) if self.messages else None

    async def request_end(self):
        """All remaining messages of the request."""
        rest = []
        while (message := await self.request()) is not None:
            rest.append(message)
        return rest

    async def cancelled(self):
        """Waits until the client has ended the call."""
        await self.until(lambda: False)

    async def released(self):
        """Waits for the command `release` with the name of this behaviour."""
        await self.until(lambda: self.name in self.server.releases)

    # ---- what is sent ----

    def headers(self, *extra, status=200, content_type="application/grpc", end=False):
        rows = [(":status", str(status))]
        if content_type:
            rows.append(("content-type", content_type))
        self.send_headers(rows + list(extra), end)

    def trailers(self, status, text=None, *extra):
        """status None: no grpc-status."""
        rows = [] if status is None else [("grpc-status", str(status))]
        if text is not None:
            rows.append(("grpc-message", text))
        self.send_headers(rows + list(extra), True)

    def refuse(self, status, text=None, *extra):
        """Answers with trailers only."""
        rows = [(":status", "200"), ("content-type", "application/grpc")]
        if status is not None:
            rows.append(("grpc-status", str(status)))
        if text is not None:
            rows.append(("grpc-message", text))
        self.send_headers(rows + list(extra), True)

    def send_headers(self, rows, end):
        self.check()
        self.connection.h2.send_headers(self.stream, rows, end_stream=end)
        self.ended |= end
        self.connection.flush()

    async def message(self, message, compressed=0, announced=None):
        await self.bytes(wire.prefixed(message, compressed, announced))

    async def bytes(self, data, end=False):
        """DATA frames, as fast as the client's windows and its socket allow."""
        view = memoryview(data)
        while view:
            await self.until(lambda: self.connection.window(self.stream) > 0)
            await self.connection.writable.wait()
            self.check()
            size = min(len(view), self.connection.window(self.stream), self.connection.h2.max_outbound_frame_size)
            if size > 0:
                self.connection.h2.send_data(self.stream, view[:size].tobytes(), end_stream=end and size == len(view))
                self.connection.flush()
                view = view[size:]
        self.ended |= end

    def reset(self, code):
        self.check()
        self.ended = True
        self.connection.h2.reset_stream(self.stream, code)
        self.connection.flush()

    def check(self):
        if self.reset_by_client or self.ended:
            raise Ended


class Connection(asyncio.Protocol):
    """One connection. `listener` is a row of behaviours.LISTENERS."""

    def __init__(self, server, listener):
        self.server = server
        self.listener = listener
        self.calls = {}
        self.muted = False  # reads on and sends nothing more
        self.held = False  # what h2 wants to send waits
        self.writable = asyncio.Event()
        self.writable.set()
        self.tasks = set()
        config = h2.config.H2Configuration(
            client_side=False,
            header_encoding=None,
            validate_inbound_headers=False,
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
        )
        self.h2 = h2.connection.H2Connection(config)
        # Its Huffman coding takes minutes for 300 KB.
        self.h2.encoder.encode = functools.partial(self.h2.encoder.encode, huffman=False)
        self.h2.local_settings = h2.settings.Settings(
            client=False,
            initial_values={
                h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 1000,
                h2.settings.SettingCodes.MAX_FRAME_SIZE: 1 << 14,
                h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 65535,
                **listener.settings,
            },
        )

    # ---- asyncio's events ----

    def connection_made(self, transport):
        self.transport = transport
        self.server.open.add(self)
        self.server.connections[self.listener.name] += 1
        if self.listener.begin:
            self.spawn(self.listener.begin(self))
        else:
            self.begin()

    def begin(self):
        """Sends the settings."""
        self.h2.initiate_connection()
        self.flush()

    def pause_writing(self):
        self.writable.clear()

    def resume_writing(self):
        self.writable.set()

    def connection_lost(self, error):
        self.server.open.discard(self)
        self.writable.set()
        for call in self.calls.values():
            call.cancel()
        for task in self.tasks:
            task.cancel()

    def data_received(self, data):
        if self.muted or not self.listener.reads_http2:
            return
        try:
            events = self.h2.receive_data(data)
        except h2.exceptions.ProtocolError:
            self.transport.close()  # h2 and the client disagree, after frames that h2 knows nothing of
            return
        for event in events:
            self.handle(event)
        self.flush()

    def handle(self, event):
        call = self.calls.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.RequestReceived):
            call = Call(self, event.stream_id, dict(event.headers))
            self.calls[event.stream_id] = call
            self.spawn(self.answer(call))
        elif isinstance(event, h2.events.DataReceived):
            if call:
                call.data(event.data)
            if event.flow_controlled_length and self.listener.opens_windows:
                self.acknowledge(event)
        elif isinstance(event, h2.events.StreamEnded) and call:
            call.data(b"", ended=True)
        elif isinstance(event, h2.events.StreamReset) and call:
            call.cancel()
        elif isinstance(event, (h2.events.WindowUpdated, h2.events.RemoteSettingsChanged)):
            for each in self.calls.values():
                each.changed.set()

    def acknowledge(self, event):
        try:
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        except h2.exceptions.StreamClosedError:
            pass

    async def answer(self, call):
        try:
            if self.listener.call:
                await self.listener.call(call)
            else:
                await behaviours.BEHAVIOURS.get(call.behaviour, unknown)(call)
        except (Ended, h2.exceptions.StreamClosedError, asyncio.CancelledError):
            pass
        except Exception as error:
            print(f"{call.behaviour}: {error!r}", file=sys.stderr)
            raise
        if call.ended:
            self.calls.pop(call.stream, None)

    # ---- for behaviours ----

    def spawn(self, coroutine):
        task = asyncio.ensure_future(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def window(self, stream):
        try:
            return self.h2.local_flow_control_window(stream)
        except (h2.exceptions.StreamClosedError, h2.exceptions.NoSuchStreamError):
            raise Ended from None

    def flush(self):
        data = b"" if self.held else self.h2.data_to_send()
        if not self.listener.acknowledges_settings:
            data = data.replace(SETTINGS_ACK, b"")
        self.write(data)

    def write(self, data):
        if data and not self.muted and not self.transport.is_closing():
            self.transport.write(data)

    def frame(self, frame):
        """Sends a frame past h2, which would refuse it or would end the connection."""
        self.write(frame.serialize())

    def goaway(self, last_stream, code=0, text=b""):
        self.frame(hyperframe.frame.GoAwayFrame(0, last_stream_id=last_stream, error_code=code, additional_data=text))

    def ping(self, data=b"faultfau"):
        self.frame(hyperframe.frame.PingFrame(0, opaque_data=data))

    def mute(self):
        """Sends nothing any more; the kernel still acknowledges what arrives."""
        self.muted = True

    def fin(self):
        self.transport.close()

    def rst(self):
        raw = self.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


async def unknown(call):
    call.refuse(13, f"the fault server has no behaviour {call.behaviour}")


class Server:
    def __init__(self):
        self.counts = {"started": collections.Counter(), "cancelled": collections.Counter()}
        self.connections = collections.Counter()
        self.open = set()
        self.releases = set()
        self.waiters = []

    def note(self, what, name):
        self.counts[what][name] += 1
        for waiter in self.waiters:
            waiter.set()

    async def listen(self, tls):
        loop = asyncio.get_running_loop()
        listeners = [(row, None) for row in behaviours.LISTENERS]
        if tls:
            listeners.append((behaviours.Listener("tls"), tls))
        for row, context in listeners:
            listening = await loop.create_server(lambda row=row: Connection(self, row), "127.0.0.1", 0, ssl=context, backlog=512)
            print(f"port {row.name} {listening.sockets[0].getsockname()[1]}")
        print("ready", flush=True)

    async def count(self, what, name, wanted=0):
        waiter = asyncio.Event()
        self.waiters.append(waiter)
        try:
            async with asyncio.timeout(60):
                while self.counts[what][name] < wanted:
                    waiter.clear()
                    await waiter.wait()
        except TimeoutError:
            pass
        self.waiters.remove(waiter)
        return f"count {self.counts[what][name]}"

    async def command(self, words):
        match words:
            case ["started" | "cancelled" as what, name]:
                return await self.count(what, name)
            case ["wait", "started" | "cancelled" as what, name, wanted]:
                return await self.count(what, name, int(wanted))
            case ["connections", name]:
                return f"count {self.connections[name]}"
            case ["release", name]:
                self.releases.add(name)
                for call in [call for connection in self.open for call in connection.calls.values()]:
                    call.changed.set()
                return "ok"
            case ["list"]:
                return " ".join(behaviours.BEHAVIOURS)
        return f"error unknown command: {' '.join(words)}"


async def read_commands(answer):
    """Answers each line of standard input until its end."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        print(await answer(line.decode().split()), flush=True)


def tls_context(cert, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.set_alpn_protocols(["h2"])
    return context


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cert")
    parser.add_argument("--key")
    arguments = parser.parse_args()
    server = Server()
    await server.listen(tls_context(arguments.cert, arguments.key) if arguments.cert else None)
    await read_commands(server.command)


if __name__ == "__main__":
    asyncio.run(main())
