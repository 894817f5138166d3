"""Compares our descriptor set with the descriptors inside the published packages.

Usage: python wire_numbers_test.py PYTHON_0_1_2 PYTHON_0_2_19 DESCRIPTOR_SET

The first two are Python interpreters of environments with boxd==0.1.2 and boxd==0.2.19. Each of their RPCs,
messages and fields must be in ours with the same number, type, label and presence, and nothing of ours may use a
number for something else. A oneof with one member counts as presence, as proto3 `optional` does. The interpreter
that runs this file needs no packages.
"""

import subprocess
import sys

PACKAGE = "boxd.api.v1"

# Published names that later versions changed: (version, message, field) -> the name in our file.
RENAMED = {}

# Prints the published file descriptor in hex. Imports the package's *_pb2 modules alone, none of its client code:
# the packages above them are replaced by empty ones.
EXTRACT = r"""
import importlib, importlib.metadata, pathlib, sys, types

distribution = importlib.metadata.distribution("boxd")
if distribution.version != sys.argv[1]:
    sys.exit(f"boxd {distribution.version} is installed, not {sys.argv[1]}")
found = [f for f in distribution.files if f.name.endswith("_pb2.py")]
for file in found:
    parts = list(file.with_suffix("").parts)
    for depth in range(1, len(parts)):
        name = ".".join(parts[:depth])
        package = sys.modules.setdefault(name, types.ModuleType(name))
        package.__path__ = [str(distribution.locate_file(pathlib.PurePath(*parts[:depth])))]
    module = importlib.import_module(".".join(parts))
    if module.DESCRIPTOR.package == sys.argv[2]:
        print(module.DESCRIPTOR.serialized_pb.hex())
        break
else:
    sys.exit(f"no descriptor of {sys.argv[2]} in {[str(f) for f in found]}")
"""

SCALARS = {
    1: "double", 2: "float", 3: "int64", 4: "uint64", 5: "int32", 6: "fixed64", 7: "fixed32", 8: "bool",
    9: "string", 12: "bytes", 13: "uint32", 15: "sfixed32", 16: "sfixed64", 17: "sint32", 18: "sint64",
}


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def parse(data):
    """A message's fields as {number: [value, ...]}; descriptors hold varints and byte strings only."""
    fields, at = {}, 0
    while at < len(data):
        key, at = read_varint(data, at)
        if key & 7 == 0:
            value, at = read_varint(data, at)
        else:
            assert key & 7 == 2, f"wire type {key & 7}"
            size, at = read_varint(data, at)
            value, at = data[at:at + size], at + size
        fields.setdefault(key >> 3, []).append(value)
    return fields


def text(fields, number):
    return fields[number][0].decode() if number in fields else ""


def flag(fields, number):
    return bool(fields.get(number, [0])[0])


def describe_field(field, oneofs, maps):
    """(number, description) of a FieldDescriptorProto."""
    type_name = text(field, 6)
    description = maps.get(type_name) or type_name or SCALARS[field[5][0]]
    if field[4][0] == 3 and type_name not in maps:
        description = "repeated " + description
    if 9 in field:
        name, members = oneofs[field[9][0]]
        description += " with presence" if members == 1 else f" in oneof {name}"
    return field[3][0], description


def describe_message(message, prefix):
    maps = {}
    for nested in map(parse, message.get(3, [])):
        assert flag(parse(nested.get(7, [b""])[0]), 7), "a nested message that is no map entry"
        key, value = (describe_field(parse(f), [], {})[1] for f in nested[2])
        maps[f"{prefix}.{text(nested, 1)}"] = f"map<{key}, {value}>"
    fields = [parse(f) for f in message.get(2, [])]
    counts = [sum(f.get(9) == [i] for f in fields) for i in range(len(message.get(8, [])))]
    oneofs = [(text(parse(o), 1), n) for o, n in zip(message.get(8, []), counts)]
    return {text(f, 1): describe_field(f, oneofs, maps) for f in fields}


def describe_method(method):
    stream = ["", "stream "]
    return f"{stream[flag(method, 5)]}{text(method, 2)} -> {stream[flag(method, 6)]}{text(method, 3)}"


def describe_file(data):
    """({message: {field: (number, description)}}, {rpc: description}) of a FileDescriptorProto."""
    file = parse(data)
    assert text(file, 2) == PACKAGE and text(file, 12) == "proto3"
    messages = {}
    for message in map(parse, file.get(4, [])):
        name = text(message, 1)
        messages[name] = describe_message(message, f".{PACKAGE}.{name}")
    methods = {}
    for service in map(parse, file.get(6, [])):
        for method in map(parse, service.get(2, [])):
            methods[f"{text(service, 1)}/{text(method, 1)}"] = describe_method(method)
    return messages, methods


def published(python, version):
    run = subprocess.run([python, "-I", "-c", EXTRACT, version, PACKAGE], stdout=subprocess.PIPE)
    if run.returncode != 0:
        sys.exit(f"{python} shows no descriptor of boxd=={version}")
    return describe_file(bytes.fromhex(run.stdout.decode()))


class Tally:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, wanted, got):
        if wanted == got:
            self.passed += 1
            return
        self.failed += 1
        print(f"FAIL {what}: published {wanted}, ours {got}")


def compare(tally, version, theirs, ours):
    messages, methods = theirs
    our_messages, our_methods = ours
    for name, wanted in methods.items():
        tally.check(f"{version} {name}", wanted, our_methods.get(name))
    for message, fields in messages.items():
        our_fields = our_messages.get(message)
        tally.check(f"{version} {message}", "a message", "nothing" if our_fields is None else "a message")
        for field, wanted in fields.items():
            our_name = RENAMED.get((version, message, field), field)
            tally.check(f"{version} {message}.{field}", wanted, (our_fields or {}).get(our_name))


def check_numbers(tally, ours):
    """No two fields of a message share a number, and every RPC's messages exist."""
    messages, methods = ours
    for message, fields in messages.items():
        numbers = [number for number, _ in fields.values()]
        tally.check(f"numbers of {message}", sorted(set(numbers)), sorted(numbers))
    for name, method in methods.items():
        used = [word.rsplit(".", 1)[1] for word in method.split() if word.startswith(f".{PACKAGE}.")]
        tally.check(f"messages of {name}", [True, True], [word in messages for word in used])


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    with open(sys.argv[3], "rb") as file:
        ours = parse(file.read())
    assert list(ours) == [1] and len(ours[1]) == 1, "the descriptor set must hold exactly one file"
    assert text(parse(ours[1][0]), 1) == "api.proto"
    ours = describe_file(ours[1][0])
    tally = Tally()
    compare(tally, "0.1.2", published(sys.argv[1], "0.1.2"), ours)
    compare(tally, "0.2.19", published(sys.argv[2], "0.2.19"), ours)
    check_numbers(tally, ours)
    print(f"{tally.passed} passed, {tally.failed} failed")
    sys.exit(1 if tally.failed else 0)


if __name__ == "__main__":
    main()
