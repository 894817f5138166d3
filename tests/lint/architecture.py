"""Rules of who may include what. docs/architecture.md describes the folders."""

import re
from pathlib import PurePosixPath

from sources import ROOT, all_includes, all_sources, code, folder, line_of, sources

# The folders of async/src, each with those that it may include besides itself.
CLIENT = ("core", "http", "grpc", "boxd/client")
FOLDERS = {
    "core": (),
    "http": ("core",),
    "grpc": ("core",),
    "boxd/token_cache": ("core",),
    "boxd/client": CLIENT + ("boxd/token_cache",),
    "boxd/stream": CLIENT,
    "boxd/process": CLIENT + ("boxd/stream",),
    "boxd/files": CLIENT + ("boxd/stream", "boxd/process"),
    "boxd/jobs": CLIENT + ("boxd/stream", "boxd/process"),
    "boxd/dirs": CLIENT + ("boxd/stream", "boxd/process", "boxd/files"),
    "boxd/service": CLIENT + ("boxd/stream", "boxd/process", "boxd/files"),
    "drukbox": ("core", "http"),
}
MAX_SOURCES_IN_A_FOLDER = 25

LIBRARY = "(common|async|sync)/"


def is_quoted(include):
    return include.header.startswith('"')


def name_of(include):
    return include.header[1:-1]


def offending(pattern, header, exempt=None):
    """The includes of files under `pattern` whose header (with its quotes) matches, but for files under `exempt`."""
    return [str(include) for include in all_includes(pattern)
            if re.search(header, include.header) and not (exempt and re.match(exempt, include.path))]


def others(pattern, allowed):
    """The includes of files under `pattern` whose header (with its quotes) does not match."""
    return [str(include) for include in all_includes(pattern) if not re.fullmatch(allowed, include.header)]


# ---- the library's parts ----


def common_has_no_transport():
    """common/ includes no gRPC, curl, protobuf, JSON or async header"""
    return offending("common/", r'^[<"](grpc|grpc\+\+|curl|protobuf-c|(boxd|drukbox)/(aio|adapters))[/.]|"api\.pb-c\.h|<jansson')


def only_http_includes_curl():
    """only async/src/http includes curl"""
    return offending(LIBRARY, r'^[<"]curl/', "async/src/http/")


def only_grpc_includes_grpc():
    """only async/src/grpc includes gRPC's headers"""
    return offending(LIBRARY, "^<grpc", "async/src/grpc/")


def only_grpc_has_completion_queues():
    """only async/src/grpc names a completion queue"""
    return [f"{path}:{line_of(code(path), match.start())}: {match[0]}"
            for path in sources(LIBRARY) if not path.startswith("async/src/grpc/")
            for match in re.finditer(r"\bgrpc_completion_queue\w*", code(path))]


def only_wire_includes_generated_types():
    """only async/src/grpc/wire.h and boxd/types/rpc.h include the generated api.pb-c.h"""
    return offending(LIBRARY, r"[/\"<]api\.pb-c\.h", r"async/src/grpc/wire\.h|common/include/boxd/types/rpc\.h")


def only_drukbox_includes_drukbox():
    """only Drukbox's own files include its headers"""
    return offending("(common|async)/(src|include)/", "^<drukbox/",
                     r"common/src/(drukbox_|options)|(common|async)/include/drukbox/|async/src/drukbox/")


def drukbox_stands_alone():
    """Drukbox includes no gRPC and nothing of the boxd client"""
    return offending("(async|sync)/src/drukbox/", r"^<(grpc|protobuf-c|boxd/aio)")


def sync_includes_public_headers():
    """sync/src includes public headers, its waiter.h and the C library, nothing else"""
    return others("sync/src/", r'<(boxd|drukbox)/[a-z_/]+\.h>|"waiter\.h"|<(errno|pthread|std[a-z]+|string|time)\.h>')


def public_headers_include_public_headers():
    """a public header includes <boxd/...>, <drukbox/...> and <std...> headers, nothing else"""
    return [finding for finding in others(LIBRARY + "include/", r"<((boxd|drukbox)/[a-z_/]+|std[a-z]+)\.h>")
            if not re.search(r"/boxd/types/rpc\.h:\d+: <boxd/api\.pb-c\.h>$", finding)]


def blocking_headers_do_not_include_async_ones():
    """headers of common/ and sync/ do not include the async ones"""
    return offending("(common|sync)/include/", "^<(boxd|drukbox)/(aio|adapters)")


def adapters_include_public_headers():
    """an adapter includes public headers, errors.h and mem.h of common/, and its own loop's header"""
    own = {"libuv.c": "<uv.h>", "libevent.c": "<event2/event.h>", "glib.c": "<glib-unix.h>", "libev.c": "<ev.h>",
           "sdevent.c": "<(systemd/sd-event|sys/epoll|errno).h>", "qt.cpp": "<(Q[A-Za-z]+|new)>"}
    allowed = r'"(adapter|errors|mem)\.h"|<((boxd|drukbox)/[a-z_/]+|std[a-z]+)\.h>'
    return [str(include) for include in all_includes("async/adapters/")
            if not re.fullmatch(f"{allowed}|{own.get(PurePosixPath(include.path).name)}", include.header)]


# ---- the folders of async/src ----


def folder_in_async(path):
    """`core` of async/src/core/op.c; None outside of async/src."""
    return folder(path).removeprefix("async/src/") if path.startswith("async/src/") else None


def quoted_includes_name_their_folder():
    """in async/src a quoted include names the folder; those without one, and os/, are headers of common/src"""
    found = []
    for include in all_includes("async/src/"):
        name = name_of(include)
        base = "async/src" if "/" in name and not name.startswith("os/") else "common/src"
        if is_quoted(include) and name != "api.pb-c.h" and not (ROOT / base / name).is_file():
            found.append(str(include))
    return found


def folders_include_those_below():
    """a folder of async/src includes only those below it"""
    found = [f"{path}: FOLDERS in architecture.py does not have its folder" for path in sources("async/src/")
             if folder_in_async(path) not in FOLDERS]
    for include in all_includes("async/src/"):
        own, other = folder_in_async(include.path), folder(name_of(include))
        if is_quoted(include) and other in FOLDERS and other != own and other not in FOLDERS.get(own, ()):
            found.append(str(include))
    return found


def folders_are_small():
    """no folder of the library has more than 25 .c files"""
    counts = {}
    for path in sources(LIBRARY + r".*\.c$"):
        counts[folder(path)] = counts.get(folder(path), 0) + 1
    return [f"{name}: {count} .c files" for name, count in sorted(counts.items()) if count > MAX_SOURCES_IN_A_FOLDER]


# ---- circles ----


def resolve(include, root):
    """The source that a quoted include of a file below `root` names: beside the file, or from `root`; None elsewhere."""
    if is_quoted(include):
        for base in (folder(include.path), root):
            path = str(PurePosixPath(base, name_of(include)))
            if path in all_sources():
                return path
    return None


def graph(root, node):
    """{node: {node: an include}} of the sources below `root`, where `node` makes a path into its node."""
    edges = {}
    for include in all_includes(root + "/"):
        target = resolve(include, root)
        if target and node(target) != node(include.path):
            edges.setdefault(node(include.path), {}).setdefault(node(target), include)
    return edges


def circles(edges):
    """Each node's shortest way back to itself, a circle once."""
    found = {}
    for start in sorted(edges):
        ways, seen = [[start]], {start}
        while ways:
            way = ways.pop(0)
            if start in edges.get(way[-1], ()):
                found.setdefault(frozenset(way), way)
                break
            for node in sorted(edges.get(way[-1], ())):
                if node not in seen:
                    seen.add(node)
                    ways.append(way + [node])
    return found.values()


def circle_findings(root, node):
    edges = graph(root, node)
    return ["circle: " + "; ".join(f"{a} -> {b} ({edges[a][b]})" for a, b in zip(way, way[1:] + way[:1]))
            for way in circles(edges)]


def unit(path):
    """A unit is a .c, the .h of the same stem, and its private header: core_private.h, or private.h for the file that is
    named as its folder."""
    stem = str(PurePosixPath(path).with_suffix("")).removesuffix("_private")
    return str(PurePosixPath(folder(path), PurePosixPath(folder(path)).name)) if stem.endswith("/private") else stem


def no_circle_between_folders():
    """the folders of async/src and of tests/emulator do not include each other in a circle"""
    return circle_findings("async/src", folder) + circle_findings("tests/emulator", folder)


def no_circle_between_units():
    """the units of async/src (a .c and the headers of its stem) do not include each other in a circle"""
    return circle_findings("async/src", unit)


RULES = [
    common_has_no_transport,
    only_http_includes_curl,
    only_grpc_includes_grpc,
    only_grpc_has_completion_queues,
    only_wire_includes_generated_types,
    only_drukbox_includes_drukbox,
    drukbox_stands_alone,
    sync_includes_public_headers,
    public_headers_include_public_headers,
    blocking_headers_do_not_include_async_ones,
    adapters_include_public_headers,
    quoted_includes_name_their_folder,
    folders_include_those_below,
    folders_are_small,
    no_circle_between_folders,
    no_circle_between_units,
]
