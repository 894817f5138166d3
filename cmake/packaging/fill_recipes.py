#!/usr/bin/env python3
"""Writes the recipes for vcpkg, Conan and Homebrew with the version, the address and the checksums of a source archive.

usage: fill_recipes.py VERSION URL ARCHIVE OUTPUT_DIR
"""

import hashlib
import pathlib
import re
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent


def main(version, url, archive, output):
    data = pathlib.Path(archive).read_bytes()
    values = {"VERSION": version, "URL": url, "SHA256": hashlib.sha256(data).hexdigest(),
              "SHA512": hashlib.sha512(data).hexdigest()}
    for recipe in ("vcpkg", "conan", "homebrew"):
        folder = pathlib.Path(output, recipe)
        folder.mkdir(parents=True, exist_ok=True)
        for file in sorted((HERE / recipe).iterdir()):
            if file.suffix == ".in":
                text = re.sub(r"@([A-Z0-9]+)@", lambda name: values[name[1]], file.read_text())
                (folder / file.stem).write_text(text)
            elif file.is_file():
                shutil.copy(file, folder)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
