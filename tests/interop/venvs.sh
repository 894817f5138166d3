#!/bin/sh
# Makes the virtual environments that tests run in: BUILD_DIR/venv-0.1.2 and BUILD_DIR/venv-0.2.19, each with the
# published client of that version, BUILD_DIR/venv-drukbox-VERSION with the Drukbox clients, BUILD_DIR/venv-faults with
# what tests/faults/server.py needs, and BUILD_DIR/venv-languages with what examples/languages needs. Does nothing where
# they are up to date.
#
# Usage: venvs.sh BUILD_DIR [NAME...]
# NAME, for example "faults": only these environments.
# PYTHON names the interpreter (default python3; 3.11 or later, with its venv module: python3-venv on Debian).
set -eu

[ $# -ge 1 ] || { echo "usage: $0 BUILD_DIR [NAME...]" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
build=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- 0.1.2 0.2.19 drukbox-0.0.4 drukbox-0.0.7 drukbox-0.5.1 faults languages
python=${PYTHON:-python3}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "$0: $python is missing or older than 3.11" >&2
    exit 1
}
"$python" -c 'import ensurepip, venv' || {
    echo "$0: $python has no venv module (on Debian: apt-get install python3-venv)" >&2
    exit 1
}

for version in "$@"; do
    venv=$build/venv-$version
    requirements=$here/requirements-$version.txt
    # The path is part of it: an environment that was moved does not work.
    stamp="$(cksum <"$requirements") $("$python" -c 'import sys; print(sys.version)' | tr '\n' ' ') $venv"
    if [ -x "$venv/bin/python" ] && [ "$(cat "$venv/stamp" 2>/dev/null)" = "$stamp" ]; then
        continue
    fi
    echo "making $venv"
    rm -rf "$venv"
    "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check --only-binary :all: \
        --requirement "$requirements"
    printf '%s\n' "$stamp" >"$venv/stamp"
done
