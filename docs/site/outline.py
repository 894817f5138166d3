"""Which pages the site has, and in which order: the subjects of the reference here, the guides in docs/README.md."""

import functools
import re

# Title of a group: its subjects, each with its title. A subject is a header and what belongs to it: `boxd/exec` is boxd/exec.h,
# boxd/aio/exec.h and boxd/types/exec.h.
SUBJECTS = {
    "Rules": {
        "boxd/boxd": "Blocking calls", "boxd/aio": "Calls with callbacks", "drukbox/drukbox": "Drukbox, blocking calls",
        "drukbox/aio": "Drukbox, calls with callbacks",
    },
    "Client": {
        "boxd/compute": "Client and credentials", "boxd/call": "Timeouts, cancel tokens, metadata", "boxd/error": "Errors",
        "boxd/dispatch": "Where callbacks run", "boxd/adapters": "Event-loop adapters", "boxd/observe": "Hooks, log, counters",
        "boxd/account": "Account", "boxd/rpc": "Any RPC", "boxd/base": "Base types", "boxd/version": "Versions",
        "boxd/thread": "Threads of the library",
    },
    "Boxes": {
        "boxd/box": "Boxes", "boxd/exec": "Commands", "boxd/process": "Commands as streams, logs", "boxd/terminal": "Terminals",
        "boxd/job": "Jobs", "boxd/file": "Files", "boxd/dir": "Directories", "boxd/disk": "Disks",
        "boxd/snapshot": "Snapshots", "boxd/checkpoint": "Checkpoints", "boxd/template": "Templates",
    },
    "Network and access": {
        "boxd/port": "Ports", "boxd/proxy": "Proxies", "boxd/domain": "Domains", "boxd/network": "Networks",
        "boxd/token": "Tokens", "boxd/api_key": "API keys",
    },
    "Drukbox": {
        "drukbox/client": "Client", "drukbox/host": "Hosts", "drukbox/template": "Templates", "drukbox/http_proxy": "HTTP proxies",
        "drukbox/service_account": "Service account", "drukbox/doctor": "Doctor", "drukbox/adapters": "Event-loop adapters",
    },
}
SUMMARIES = {subject: "Run the callbacks of a client on an event loop of GLib, libev, libevent, libuv, Qt or sd-event."
             for subject in ("boxd/adapters", "drukbox/adapters")}
JOINED = {"boxd/slot": "boxd/compute", "drukbox/wait": "drukbox/host"}

# What a program needs besides the header, by the beginning of the header's name.
PACKAGES = (
    (r"(boxd|drukbox)/adapters/(\w+)\.h", r"\1-\2"), (r"boxd/(aio/)?rpc\.h", "boxd-rpc"), (r"boxd/aio", "boxd-async"),
    (r"drukbox/aio", "drukbox-async"), (r"drukbox/", "drukbox"), (r"boxd/", "boxd"),
)


@functools.lru_cache
def subject_of(file):
    """The subject of a header."""
    name = re.sub(r"/(aio|types)/", "/", file.removesuffix(".h"))
    name = re.sub(r"/adapters/\w+", "/adapters", name)
    return JOINED.get(name, name)


def package_of(file):
    """The pkg-config package of a header."""
    for pattern, package in PACKAGES:
        match = re.match(pattern, file)
        if match:
            return match.expand(package)
    raise ValueError(file)


def title_of(subject):
    return next(titles[subject] for titles in SUBJECTS.values() if subject in titles)


def subject_page(subject):
    return subject.replace("/", "-") + ".html"


def guide_groups(readme):
    """[(group, [(title, file name)])] of the lists in docs/README.md."""
    groups = []
    for line in readme.splitlines():
        heading = re.match(r"## (.+)", line)
        entry = re.match(r"- \[(.+?)\]\((\S+\.md)\)", line)
        if heading:
            groups.append((heading[1], []))
        elif entry and groups:
            groups[-1][1].append((entry[1], entry[2]))
    return [group for group in groups if group[1]]
