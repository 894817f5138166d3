"""Rules that clang-format and clang-tidy check."""

import json
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sources import ROOT, all_sources

FILES_AT_A_TIME = 40


def formatted():
    """clang-format -i changes nothing"""
    findings = []
    for i in range(0, len(all_sources()), FILES_AT_A_TIME):
        run = subprocess.run(["clang-format", "--dry-run", "-Werror", "--fallback-style=none",
                              *all_sources()[i:i + FILES_AT_A_TIME]], cwd=ROOT, capture_output=True, text=True)
        findings += [line for line in run.stderr.splitlines() if "error:" in line]
    return findings


def one_command_each(build_dir):
    """{path: command} of the compilation database: sources that several targets compile are looked at once."""
    commands = json.loads((Path(build_dir) / "compile_commands.json").read_text())
    return {os.path.relpath(command["file"], ROOT): command for command in commands}


LIBRARIES = ("async/", "common/", "sync/")


def tidy(build_dir, paths, analyzes_libraries_only):
    """The findings of clang-tidy in those of `paths` that are compiled, and how many those are. The static analyzer takes
    most of the time."""
    commands = {path: command for path, command in one_command_each(build_dir).items() if path in set(paths)}
    with tempfile.TemporaryDirectory() as database:
        (Path(database) / "compile_commands.json").write_text(json.dumps(list(commands.values())))

        def look(path):
            fewer = analyzes_libraries_only and not path.startswith(LIBRARIES)
            checks = ["--checks=-clang-analyzer-*"] if fewer else []
            run = subprocess.run(["clang-tidy", "--quiet", *checks, "-p", database, str(ROOT / path)], cwd=ROOT,
                                 capture_output=True, text=True)
            return [] if run.returncode == 0 else (run.stdout or run.stderr).splitlines()

        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            findings = [line for lines in pool.map(look, sorted(commands)) for line in lines]
    return [line.replace(f"{ROOT}/", "") for line in findings], len(commands)


def missing(program):
    return shutil.which(program) is None
