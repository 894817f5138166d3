"""The advice in messages: boxctl replaces names of the C library by its own commands and options. Reads the messages in the sources of
the libraries, and the table of replacements in examples/boxctl/cli/advice.c. Usage: advice_test.py"""

import glob
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
NAME = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b|\bBOXD_[A-Z_]+\b|\bboxd_")
FUNCTION = re.compile(r"boxd_\w+\(\)$")  # what replaces an RPC that a service does not have
# Names that users of boxctl know.
KNOWN = re.compile(r"\bBOXD_(?:API_KEY|TOKEN|API_URL|BASE_URL|EXCHANGE_URL|ENVIRONMENT|CA_FILE|NO_UPDATE_NOTICE)\b|\bno_proxy\b|\bexpires_at\b")
# Messages about arguments that boxctl never passes, each by a part of it. boxctl checks the others before the call.
UNREACHABLE = (
    "keepalive_ms is", "max_calls_in_flight", "max_streams_per_connection is", "read_retries is", "timeout_ms is", "update_notice is",
    "interval_ms is", "log_level is", "dispatch is", "dispatch = ", "the size of a", "the client is NULL", "give seconds, at most",
    ".mode is", ".fd is", ".keep_bytes is", "in.data is", "in.fd is", "in.mode is", "max_output_bytes", "boxd_process_", "boxd_terminal",
    "max_bytes", "links is", "idle_ignore_outbound is", "names no disk", "after_s ", "replace_all is", "BOXD_RPC_", "boxd_rpc_",
    "run `stat` with", "token_cache_dir is", "keep_bytes is", "stream is %d", "is set, which is an option of", "write_at ",
)
# Parts of the library that boxctl does not use, or whose functions fill in messages of their own.
OTHER_PARTS = ("drukbox",)


def strings(path):
    """The string literals of a C source, adjacent ones joined."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r"(?m)^#include.*$", "", re.sub(r"(?s)/\*.*?\*/", "", text))
    return [match.group(1) for match in STRING.finditer(re.sub(r'"\s*"', "", text))]


def messages():
    """(path, text): a message is one line; scripts for a shell have several."""
    for part in ("async/src", "common/src", "sync/src"):
        for path in sorted(glob.glob(os.path.join(ROOT, part, "**", "*.c"), recursive=True)):
            if not any(other in path for other in OTHER_PARTS):
                for text in strings(path):
                    if FUNCTION.match(text) or (" " in text and "\\n" not in text and not text.startswith(("'", "\\", "{", "invalid rst"))):
                        yield os.path.relpath(path, ROOT), text


def replacements():
    with open(os.path.join(ROOT, "examples", "boxctl", "cli", "advice.c"), encoding="utf-8") as file:
        table = re.sub(r"(?s)/\*.*?\*/", "", file.read().split("REPLACEMENTS[] = {")[1].split("\n};")[0])
    found = [match.group(1) for match in STRING.finditer(re.sub(r'"\s*\n\s*"', "", table))]
    return list(zip(found[::2], found[1::2]))


def main():
    table, failed, count = replacements(), 0, 0
    for path, message in messages():
        if NAME.search(KNOWN.sub("", message)) and not any(part in message for part in UNREACHABLE):
            count += 1
            shown = message
            for text, instead in table:
                # A directive in the message stands for "(not set)" or a path in the table.
                shown = shown.replace(text, instead)
            if NAME.search(KNOWN.sub("", shown)):
                failed += 1
                print(f"{path}: boxctl prints a name of the library: {shown}")
    unused = [text for text, _ in table if not any(text.split("(not set)")[0] in m for _, m in messages()) and "_" in text]
    failed += len(unused)
    for text in unused:
        print(f"advice.c: no message has this text: {text}")
    if count < 20:
        print(f"only {count} messages with names were found")
        failed += 1
    print(f"{count} messages with names; {'1 passed, 0' if not failed else f'0 passed, {failed}'} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
