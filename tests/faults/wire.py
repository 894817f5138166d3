"""The bytes of messages: protobuf fields by number, gRPC's prefix of a message."""

import functools
import gzip
import struct
import zlib


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, value):
    """A field with an int, or with bytes, text or a message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value & 0xFFFFFFFFFFFFFFFF)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(message):
    """The fields of a message, as pairs of a number and a value."""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        key = number()
        if key & 7 == 0:
            yield key >> 3, number()
        elif key & 7 == 2:
            size = number()
            yield key >> 3, message[at : at + size]
            at += size
        else:
            at += {1: 8, 5: 4}[key & 7]


def prefixed(message, compressed=0, announced=None):
    """A message with gRPC's prefix, which announces the size of the message or another size."""
    return struct.pack(">BI", compressed, len(message) if announced is None else announced) + message


def output(data, code=0, stderr=False):
    """An ExecChunk from the service. Zero and empty values are left out, as every protobuf library does."""
    message = field(1, data) if data else b""
    message += field(6, code) if code else b""
    return message + (field(10, 1) if stderr else b"")


def exit_code(code):
    return output(b"", code)


def download(total, data=b""):
    """A DownloadFileChunk."""
    return (field(1, total) if total else b"") + (field(2, data) if data else b"")


def vm(name="box", status="running"):
    """A GetVmResponse."""
    return field(1, "11111111-1111-4111-8111-111111111111") + field(2, name) + field(5, status)


@functools.cache
def bomb(mib):
    """So many MiB of zeros, compressed with gzip to about a thousandth. The compressed MiB is made once and repeated."""
    piece = bytes(1 << 20)
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = deflate.compress(piece) + deflate.flush(zlib.Z_FULL_FLUSH)
    crc = 0
    for _ in range(mib):
        crc = zlib.crc32(piece, crc)
    header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    return header + packed * mib + b"\x03\x00" + struct.pack("<II", crc, mib << 20 & 0xFFFFFFFF)


def zipped(message):
    return gzip.compress(message)
