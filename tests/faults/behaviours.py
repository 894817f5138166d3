"""What the fault server does to a call (BEHAVIOURS) and to a connection (LISTENERS). server.py describes how to add a row."""

import asyncio
import dataclasses
import typing

import h2.settings

import wire
from wire import download, exit_code, field, output, vm

BEHAVIOURS = {}

GRPC_STATUSES = range(1, 17)
RST_CODES = range(14)
HTTP_STATUSES = (400, 401, 403, 404, 408, 413, 418, 429, 500, 502, 503, 504)
KIB, MIB = 1 << 10, 1 << 20


def add(name, coroutine):
    assert name not in BEHAVIOURS, name
    BEHAVIOURS[name] = coroutine


def behaviour(coroutine):
    add(coroutine.__name__.replace("_", "-"), coroutine)
    return coroutine


def sends(*messages, status=0, text=None, trailers=(), wait=0):
    """A behaviour that sends these messages, and after `wait` seconds this status, once the first message of the
    request has arrived."""

    async def run(call):
        await call.request()
        call.headers()
        for message in messages:
            await call.message(message)
        await asyncio.sleep(wait)
        call.trailers(status, text, *trailers)

    return run


def refuses(status, text=None, *extra):
    """A behaviour that sends trailers only."""

    async def run(call):
        await call.request()
        call.refuse(status, text, *extra)

    return run


# ---- good behaviour ----


async def exec_well(call):
    await call.request()
    call.headers()
    await call.message(output(b"well\n"))
    await call.message(exit_code(0))
    call.trailers(0)


async def upload_well(call):
    chunks = await call.request_end()
    call.headers()
    await call.message(field(1, uploaded(chunks)))
    call.trailers(0)


def uploaded(chunks):
    return sum(len(value) for chunk in chunks for key, value in wire.fields(chunk) if key == 4)


async def get_vm_well(call):
    """The box "box", by its name or id; no box "new"."""
    request = await call.request()
    if (1, b"new") in wire.fields(request):
        call.refuse(5, "no such box")
        return
    call.headers()
    await call.message(vm())
    call.trailers(0)


CREATED = vm("new")

WELL = {
    "Exec": exec_well,
    "UploadFileStream": upload_well,
    # The server has the streams: a client that uses these has drawn a wrong conclusion from an earlier failure.
    "UploadFile": refuses(13, "the client fell back to UploadFile"),
    "DownloadFile": refuses(13, "the client fell back to DownloadFile"),
    "DownloadFileStream": sends(download(5, b"well\n")),
    "StreamLogs": sends(field(1, b"well\n")),
    "Whoami": sends(field(1, "user")),
    "GetVm": get_vm_well,
    "ListVms": sends(field(1, vm())),
    "CreateVm": sends(CREATED),
}


@behaviour
async def well(call):
    await WELL.get(call.rpc, sends(b""))(call)


@behaviour
async def window(call):
    """A command that writes how many bytes the client accepts before it reads any of them."""
    await call.request()
    call.headers()
    await call.message(output(str(call.connection.window(call.stream)).encode()))
    await call.message(exit_code(0))
    call.trailers(0)


# ---- statuses ----

for code in GRPC_STATUSES:
    add(f"status-{code}", refuses(code, f"the service says {code}"))
    add(f"status-{code}-after-headers", sends(status=code, text=f"the service says {code}"))
    add(f"status-{code}-late", sends(status=code, text=f"the service says {code}", wait=3))
    add(f"status-{code}-after-message", sends(b"", status=code, text=f"the service says {code}"))

add("status-99", refuses(99, "the service says 99"))
add("status-minus", refuses(-1, "the service says -1"))
add("status-word", refuses("five", "the service says five"))
add("status-missing", refuses(None))
add("status-missing-after-message", sends(b"", status=None, trailers=[("x-other", "trailer")]))
add("status-5-without-text", refuses(5))
add("status-5-with-details", refuses(5, "the service says 5", ("grpc-status-details-bin", "CAU")))


@behaviour
async def deadline_from_service(call):
    """DEADLINE_EXCEEDED that the client's deadline did not cause."""
    await call.request()
    await asyncio.sleep(0.03)
    call.refuse(4, "the service gave up")


@behaviour
async def end_without_trailers(call):
    await call.request()
    call.headers()
    await call.message(b"")
    await call.bytes(b"\0\0\0\0\0", end=True)


# ---- texts and metadata ----

add("text-bad-percent", refuses(9, "50% of %zz %2 %"))
add("text-bad-utf8", refuses(9, "not %FF%C3%28 UTF-8"))
add("text-raw-bytes", refuses(9, b"raw \xff\xc3\x28 bytes"))
add("text-controls", refuses(9, "bell%07 escape%1B[31m newline%0A nul%00 end"))
add("text-c1-and-bidi", refuses(9, "c1 %C2%9B31m bidi %E2%80%AE end"))
for kib in (2, 9, 60, 300):
    add(f"text-{kib}k", refuses(5, "not found " + "x" * (kib * KIB)))
    add(f"trailers-{kib}k", refuses(5, "the service says 5", ("x-filler", "y" * (kib * KIB))))


def large_headers(size):
    async def run(call):
        await call.request()
        call.headers(("x-filler", "z" * size))
        await well_body(call)

    return run


async def well_body(call):
    """The messages of a good answer after headers that were already sent."""
    messages = {"Exec": exit_code(0), "DownloadFileStream": download(0), "CreateVm": CREATED}
    await call.message(messages.get(call.rpc, b""))
    call.trailers(0)


for kib in (9, 300):
    add(f"headers-{kib}k", large_headers(kib * KIB))


@behaviour
async def token_in_text(call):
    """Quotes the token of the request."""
    await call.request()
    call.refuse(13, b"cannot handle " + call.request_headers.get(b"authorization", b""))


# ---- the stream is reset ----

for code in RST_CODES:

    async def at_once(call, code=code):
        await call.request()
        call.reset(code)

    async def after_headers(call, code=code):
        await call.request()
        call.headers()
        call.reset(code)

    async def after_message(call, code=code):
        await call.request()
        call.headers()
        await call.message(b"")
        call.reset(code)

    async def after_output(call, code=code):
        await call.request()
        call.headers()
        await call.message(field(2 if call.rpc == "DownloadFileStream" else 1, b"output\n"))
        call.reset(code)

    add(f"rst-{code}", at_once)
    add(f"rst-{code}-after-headers", after_headers)
    add(f"rst-{code}-after-message", after_message)
    add(f"rst-{code}-after-output", after_output)


# ---- an HTTP answer that is not gRPC's ----

for code in HTTP_STATUSES:

    async def http(call, code=code):
        await call.request()
        call.headers(status=code, content_type="text/html", end=True)

    async def http_with_body(call, code=code):
        await call.request()
        call.headers(status=code, content_type="text/html")
        await call.bytes(b"<html>a proxy says %d</html>" % code, end=True)

    add(f"http-{code}", http)
    add(f"http-{code}-with-body", http_with_body)


@behaviour
async def http_200_html(call):
    await call.request()
    call.headers(content_type="text/html")
    await call.bytes(b"<html>hello</html>", end=True)


# ---- unary answers ----

add("no-message", sends())
add("two-messages", sends(b"", b""))
add("many-messages", sends(*[b""] * 50))
add("message-not-protobuf", sends(b"\xff\xff\xff\xff"))
add("message-wrong-types", sends(b"\x0d\x01\x02\x03\x04" * 3))


@behaviour
async def two_messages_open(call):
    """Two messages, and the end of the stream only after the client has ended it."""
    await call.request()
    call.headers()
    await call.message(b"")
    await call.message(b"")
    await call.cancelled()


@behaviour
async def message_cut(call):
    await call.request()
    call.headers()
    await call.bytes(wire.prefixed(b"x" * 10, announced=100))
    call.trailers(0)


@behaviour
async def message_prefix_cut(call):
    await call.request()
    call.headers()
    await call.bytes(b"\0\0\0")
    call.trailers(0)


@behaviour
async def message_stalls(call):
    """Half of a message, then silence."""
    await call.request()
    call.headers()
    await call.bytes(wire.prefixed(b"x" * 10, announced=100))
    await call.cancelled()


@behaviour
async def message_bad_flag(call):
    await call.request()
    call.headers()
    await call.bytes(wire.prefixed(b"", compressed=2))
    call.trailers(0)


# ---- large answers: at most LARGE bytes are sent, so that a client without a bound does not exhaust the machine ----

LARGE = 320 * MIB


def endless(announced):
    """A message that announces `announced` bytes, sent as fast as the client takes them."""

    async def run(call):
        await call.request()
        call.headers()
        await call.bytes(wire.prefixed(b"", announced=announced))
        piece = field(1, b"")[:1] + bytes(MIB)
        for _ in range(LARGE // MIB):
            await call.bytes(piece)
        await call.cancelled()

    return run


add("message-3g", endless(3 << 30))
add("message-500m", endless(500 * MIB))
add("message-65m", endless(65 * MIB))


@behaviour
async def message_4g_silent(call):
    """Announces a large message and sends nothing of it."""
    await call.request()
    call.headers()
    await call.bytes(wire.prefixed(b"", announced=0xFFFFFFFF))
    await call.cancelled()


def compressed(coding, message, flag=1):
    async def run(call):
        await call.request()
        call.headers(*([("grpc-encoding", coding)] if coding else []))
        await call.message(message, compressed=flag)
        call.trailers(0)

    return run


add("gzip", compressed("gzip", wire.zipped(b"")))


@behaviour
async def gzip_bomb(call):
    """512 MiB in 0.5 MB."""
    await compressed("gzip", wire.bomb(512))(call)


add("gzip-bad", compressed("gzip", b"no gzip"))
add("gzip-unnamed", compressed(None, wire.zipped(b"")))
add("compressed-identity", compressed("identity", b""))
add("compressed-unknown", compressed("snappy", b"", 0))

add("empty-items-1m", sends(b"\x0a\x00" * (MIB // 2)))
add("empty-items-6m", sends(b"\x0a\x00" * (3 * MIB)))


# Small on the wire, large once decoded.
add("empty-labels-6m", sends(field(1, vm() + b"\x92\x02\x00" * (2 * MIB))))
add("empty-texts-6m", sends(b"\x12\x00" * (3 * MIB)))
add("unknown-fields-6m", sends(b"\xc0\x3e\x00" * (2 * MIB)))


# ---- commands ----

add("exec-nonzero-then-output", sends(exit_code(7), output(b"late\n")))
add("exec-nonzero-then-zero", sends(exit_code(7), exit_code(0)))
add("exec-nonzero-then-output-then-zero", sends(exit_code(7), output(b"late\n"), exit_code(0)))
add("exec-nonzero-then-nonzero", sends(exit_code(7), exit_code(9)))
add("exec-code-with-output", sends(output(b"all\n", 7)))
add("exec-code-with-output-then-output", sends(output(b"some\n", 7), output(b"rest\n")))
add("exec-output-then-ok", sends(output(b"some\n")))
add("exec-stderr-then-ok", sends(output(b"some\n", stderr=True)))
add("exec-nothing", sends())
add("exec-zero", sends(output(b"some\n"), exit_code(0)))
add("exec-seven", sends(output(b"some\n"), exit_code(7)))
add("exec-zero-then-output", sends(exit_code(0), output(b"late\n")))
add("exec-negative", sends(exit_code(-1)))
add("exec-large-code", sends(exit_code(0x7FFFFFFF)))
for status in (1, 2, 4, 5, 7, 8, 13, 14, 16):
    add(f"exec-output-then-status-{status}", sends(output(b"some\n"), status=status, text=f"the service says {status}"))
    add(f"exec-seven-then-status-{status}", sends(exit_code(7), status=status, text=f"the service says {status}"))


@behaviour
async def exec_many_empty_messages(call):
    """Each looks like an exit with code 0. Then the real one."""
    await call.request()
    call.headers()
    await call.bytes(wire.prefixed(b"") * 100000)
    await call.message(output(b"some\n"))
    await call.message(exit_code(3))
    call.trailers(0)


@behaviour
async def exec_tiny_forever(call):
    """Output in messages of one byte."""
    await call.request()
    call.headers()
    while True:
        await call.bytes(wire.prefixed(output(b"y")) * 1000)


@behaviour
async def vm_destroyed(call):
    await call.request()
    call.headers()
    await call.message(vm(status="destroyed"))
    call.trailers(0)


@behaviour
async def exec_exit_then_silence(call):
    """The stream stays open after the exit."""
    await call.request()
    call.headers()
    await call.message(output(b"some\n"))
    await call.message(exit_code(7))
    await call.cancelled()


@behaviour
async def exec_exit_then_silence_then_output(call):
    await call.request()
    call.headers()
    await call.message(exit_code(7))
    await call.released()
    await call.message(output(b"late\n"))
    call.trailers(0)


@behaviour
async def exec_output_then_silence(call):
    await call.request()
    call.headers()
    await call.message(output(b"some\n"))
    await call.cancelled()


@behaviour
async def exec_exit_when_released(call):
    """Exit code 3 once the test releases it."""
    await call.request()
    call.headers()
    await call.released()
    await call.message(exit_code(3))
    call.trailers(0)


@behaviour
async def exec_output_forever(call):
    await call.request()
    call.headers()
    while True:
        await call.message(output(b"y\n" * 16 * KIB))


# ---- files ----

add("download-announced-10-then-5", sends(download(10, b"01234"), download(5, b"56789")))
add("download-announced-5-then-10", sends(download(5, b"01234"), download(10, b"56789")))
add("download-fewer", sends(download(10, b"01234")))
add("download-more", sends(download(4, b"01234")))
add("download-nothing", sends())
add("download-total-late", sends(download(0, b"01234"), download(5)))
add("download-total-late-wrong", sends(download(0, b"01234"), download(6)))
add("download-then-status-5", sends(download(10, b"01234"), status=5, text="the service says 5"))
add("download-whole-then-status-13", sends(download(5, b"01234"), status=13, text="the service says 13"))
add("download-huge-total", sends(download(1 << 62, b"01234")))
add("download-huge-total-negative", sends(download((1 << 64) - 1, b"01234")))


@behaviour
async def download_2g(call):
    """2 GiB of zeros in messages of 1 MiB, as fast as the client takes them."""
    await call.request()
    call.headers()
    for _ in range(2048):
        await call.message(download(2 << 30, bytes(MIB)))
    call.trailers(0)


# A file in one message, of nearly the largest size.
add("file-63m", sends(field(1, bytes(63 * MIB))))


def written(count):
    async def run(call):
        chunks = await call.request_end()
        call.headers()
        await call.message(field(1, count(uploaded(chunks))))
        call.trailers(0)

    return run


add("upload-fewer", written(lambda n: n - 1 if n > 1 else 1 << 20))
add("upload-more", written(lambda n: n + 1))
add("upload-unconfirmed", written(lambda n: 0))


@behaviour
async def upload_answered_early(call):
    """OK before the request has ended."""
    await call.request()
    call.headers()
    await call.message(field(1, 1))
    call.trailers(0)


@behaviour
async def upload_refused_early(call):
    """A status in the middle of the upload; the rest of the request is not read."""
    await call.request()
    call.refuse(8, "the disk of the box is full")


# ---- silence and lost connections ----


@behaviour
async def silent(call):
    await call.request()
    await call.cancelled()


@behaviour
async def silent_after_headers(call):
    await call.request()
    call.headers()
    await call.cancelled()


@behaviour
async def silent_after_message(call):
    await call.request()
    call.headers()
    await call.message(b"")
    await call.cancelled()


@behaviour
async def mute(call):
    """The whole connection swallows all that comes, also the cancel."""
    await call.request()
    call.connection.mute()
    await call.cancelled()


@behaviour
async def mute_when_released(call):
    """The same from the release on."""
    await call.request()
    await call.released()
    call.connection.mute()
    await call.cancelled()


@behaviour
async def mute_on_cancel(call):
    """From the client's cancel on, the connection sends nothing."""
    await call.request()
    try:
        await call.cancelled()
    finally:
        call.connection.mute()


@behaviour
async def close_on_cancel(call):
    await call.request()
    try:
        await call.cancelled()
    finally:
        call.connection.fin()


for how in ("fin", "rst"):

    async def lost(call, how=how):
        await call.request()
        getattr(call.connection, how)()

    async def lost_after_headers(call, how=how):
        await call.request()
        call.headers()
        await asyncio.sleep(0.01)
        getattr(call.connection, how)()

    async def lost_after_message(call, how=how):
        await call.request()
        call.headers()
        await call.message(b"")
        await asyncio.sleep(0.01)
        getattr(call.connection, how)()

    add(f"connection-{how}", lost)
    add(f"connection-{how}-after-headers", lost_after_headers)
    add(f"connection-{how}-after-message", lost_after_message)


@behaviour
async def goaway_refusing(call):
    """GOAWAY with a last stream before this one: the server has not processed the request."""
    await call.request()
    call.connection.goaway(call.stream - 2 if call.stream > 1 else 0)


@behaviour
async def goaway_then_well(call):
    """GOAWAY that includes this call, which is then answered."""
    await call.request()
    call.connection.goaway(call.stream)
    await answer(call)


@behaviour
async def goaway_then_fin(call):
    await call.request()
    call.connection.goaway(call.stream)
    await asyncio.sleep(0.01)
    call.connection.fin()


@behaviour
async def goaway_too_many_pings(call):
    await call.request()
    call.connection.goaway(call.stream, 11, b"too_many_pings")
    await asyncio.sleep(0.01)
    call.connection.fin()


async def answer(call):
    """A good answer after the first message of the request was taken."""
    call.messages.insert(0, b"")
    await well(call)


@behaviour
async def pings_then_well(call):
    await call.request()
    for _ in range(2000):
        call.connection.ping()
        await call.connection.writable.wait()
    await answer(call)


@behaviour
async def garbage_frame(call):
    """A frame that announces more than the client's limit."""
    await call.request()
    call.connection.write(b"\xff\xff\xff\x00\x00" + b"\x7f\xff\xff\xff" + b"garbage" * 100)


@behaviour
async def settings_flood(call):
    await call.request()
    for _ in range(500):
        call.connection.write(bytes.fromhex("000000040000000000"))
        await call.connection.writable.wait()
    await answer(call)


# ---- frames that break the rules of HTTP/2 or bend them; frame() is (type, flags, body) ----

DATA, HEADERS, PRIORITY, RST, SETTINGS_FRAME, PUSH, PING, GOAWAY, WINDOW, CONTINUATION = range(10)


def frame(kind, flags, body, stream=0):
    return len(body).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + body


def literal(name, value):
    """A header field without indexing and without Huffman coding."""
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


STATUS_200 = b"\x88"
GRPC = literal(b"content-type", b"application/grpc")


def frames(*rows, then=None):
    """A behaviour that sends frames on the stream of the call, (type, flags, body), or on the connection,
    (type, flags, body, 0), and then does `then`, or is silent."""

    async def run(call):
        await call.request()
        for kind, flags, body, *stream in rows:
            call.connection.write(frame(kind, flags, body, *(stream or [call.stream])))
        if then:
            await then(call)
        else:
            await call.cancelled()

    return run


async def end_connection(call):
    call.connection.fin()


END_STREAM, END_HEADERS, PADDED = 1, 4, 8
OK_TRAILERS = literal(b"grpc-status", b"0")

add("frame-data-first", frames((DATA, 0, bytes(5))))
add("frame-data-on-stream-0", frames((DATA, 0, bytes(5), 0)))
add("frame-headers-on-stream-0", frames((HEADERS, END_HEADERS, STATUS_200 + GRPC, 0)))
add("frame-headers-odd-hpack", frames((HEADERS, END_HEADERS, b"\xff\xff\xff\xff\xff\xff")))
add("frame-headers-cut", frames((HEADERS, 0, STATUS_200), (DATA, 0, bytes(5))))
add("frame-headers-twice", frames((HEADERS, END_HEADERS, STATUS_200 + GRPC), (HEADERS, END_HEADERS, STATUS_200 + GRPC)))
add("frame-headers-1xx", frames((HEADERS, END_HEADERS, literal(b":status", b"103")), then=lambda call: answer(call)))
add("frame-upper-case", frames((HEADERS, END_HEADERS | END_STREAM, STATUS_200 + GRPC + literal(b"Grpc-Status", b"5"))))
add("frame-pseudo-late", frames((HEADERS, END_HEADERS, GRPC + STATUS_200)))
add("frame-two-statuses", frames((HEADERS, END_HEADERS, STATUS_200 + GRPC), (HEADERS, END_HEADERS | END_STREAM,
    literal(b"grpc-status", b"5") + literal(b"grpc-status", b"0"))))
add("frame-status-in-headers", frames((HEADERS, END_HEADERS, STATUS_200 + GRPC + literal(b"grpc-status", b"5")),
    (HEADERS, END_HEADERS | END_STREAM, OK_TRAILERS)))
add("frame-trailers-open", frames((HEADERS, END_HEADERS, STATUS_200 + GRPC), (HEADERS, END_HEADERS, OK_TRAILERS)))
add("frame-push", frames((PUSH, END_HEADERS, bytes([0, 0, 0, 2]) + STATUS_200)))
add("frame-unknown", frames((0xFA, 0xFF, b"unknown"), (0xFA, 0, b"unknown", 0), then=lambda call: answer(call)))
add("frame-priority", frames((PRIORITY, 0, bytes(5)), then=lambda call: answer(call)))
add("frame-ping-short", frames((PING, 0, b"short", 0)))
add("frame-window-0", frames((WINDOW, 0, bytes(4))))
add("frame-window-overflow", frames((WINDOW, 0, b"\x7f\xff\xff\xff"), (WINDOW, 0, b"\x7f\xff\xff\xff")))
add("frame-window-overflow-connection", frames((WINDOW, 0, b"\x7f\xff\xff\xff", 0), (WINDOW, 0, b"\x7f\xff\xff\xff", 0)))
add("frame-settings-odd", frames((SETTINGS_FRAME, 0, b"\0\4\xff\xff\xff\xff", 0)))
add("frame-settings-short", frames((SETTINGS_FRAME, 0, b"\0\4\xff", 0)))
add("frame-settings-frame-size", frames((SETTINGS_FRAME, 0, b"\0\5\0\0\0\1", 0)))
add("frame-padding-too-long", frames((HEADERS, END_HEADERS, STATUS_200 + GRPC), (DATA, PADDED, b"\xff" + bytes(5))))
add("frame-continuation-alone", frames((CONTINUATION, END_HEADERS, STATUS_200)))
add("frame-continuation-flood", frames((HEADERS, 0, STATUS_200 + GRPC), *[(CONTINUATION, 0, b"")] * 2000))
add("frame-empty-data-flood", frames((HEADERS, END_HEADERS, STATUS_200 + GRPC), *[(DATA, 0, b"")] * 2000,
    (HEADERS, END_HEADERS | END_STREAM, literal(b"grpc-status", b"5"))))
FULL_FRAME = wire.prefixed(field(1000, bytes(16375)))  # a message of 16,384 bytes that each RPC accepts
add("frame-too-much-data", frames((HEADERS, END_HEADERS, STATUS_200 + GRPC), *[(DATA, 0, FULL_FRAME)] * 1000,
    then=end_connection))


# ---- connections ----


@dataclasses.dataclass
class Listener:
    """A port whose connections all behave alike. `begin` runs in place of the settings; it may call connection.begin()."""

    name: str
    settings: dict = dataclasses.field(default_factory=dict)
    begin: typing.Callable = None
    call: typing.Callable = None  # for every call, whatever it asks for
    reads_http2: bool = True  # False: all that arrives is ignored
    opens_windows: bool = True  # False: the client may send the first windows only
    acknowledges_settings: bool = True


def begins(*steps):
    async def run(connection):
        for step in steps:
            step(connection)

    return run


async def begin_http1(connection):
    connection.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    await asyncio.sleep(0.05)
    connection.fin()


async def begin_garbage(connection):
    connection.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)))


async def begin_slowly(connection):
    """Settings one byte at a time."""
    connection.h2.initiate_connection()
    settings = connection.h2.data_to_send()
    connection.held = True
    for byte in settings:
        connection.write(bytes([byte]))
        await asyncio.sleep(0.001)
    connection.held = False
    connection.flush()


SETTINGS = h2.settings.SettingCodes

LISTENERS = [
    Listener("plain"),
    Listener("streams-0", {SETTINGS.MAX_CONCURRENT_STREAMS: 0}),
    Listener("streams-1", {SETTINGS.MAX_CONCURRENT_STREAMS: 1}),
    Listener("streams-2", {SETTINGS.MAX_CONCURRENT_STREAMS: 2}),
    Listener("window-0", {SETTINGS.INITIAL_WINDOW_SIZE: 0}),
    Listener("window-never-opened", opens_windows=False),
    Listener("settings-unacknowledged", acknowledges_settings=False),
    Listener("settings-slow", begin=begin_slowly),
    Listener("silent-after-accept", begin=begins(), reads_http2=False),
    Listener("silent-after-settings", begin=begins(lambda c: c.begin()), reads_http2=False),
    Listener("fin-after-accept", begin=begins(lambda c: c.fin())),
    Listener("rst-after-accept", begin=begins(lambda c: c.rst())),
    Listener("fin-after-settings", begin=begins(lambda c: c.begin(), lambda c: c.fin())),
    Listener("rst-after-settings", begin=begins(lambda c: c.begin(), lambda c: c.rst())),
    Listener("goaway-after-settings", begin=begins(lambda c: c.begin(), lambda c: c.goaway(0, 0, b"go away"))),
    Listener("http1", begin=begin_http1),
    Listener("garbage", begin=begin_garbage, reads_http2=False),
]
