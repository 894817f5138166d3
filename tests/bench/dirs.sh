#!/usr/bin/env bash
# Compares `boxctl cp` of a directory with a pipe between the tar of this machine and the tar of a box, both ways and in
# turns, and prints the ratio of the medians; and measures a box without tar. FILES files of 1.5 KB each.
#
# usage: tests/with_emulator.sh BUILD_DIR/tests/emulator/boxd-emulator -- tests/bench/dirs.sh BUILD_DIR [FILES [ROUNDS]]
set -euo pipefail
boxctl=$1/examples/boxctl/boxctl files=${2:-20000} rounds=${3:-5}
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"

mkdir tree
head -c $((files * 1500)) /dev/urandom | split -b 1500 -a 6 -d - tree/file-

# Prints the seconds that a command takes.
seconds() {
    local before after
    before=$(date +%s.%N)
    "$@" > /dev/null
    after=$(date +%s.%N)
    echo "$after - $before" | bc
}

median() { sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'; }

clear_box() { "$boxctl" exec bench -- rm -rf into piped; rm -rf out piped; }
copy_in() { "$boxctl" cp -q "$PWD/tree" bench:into; }
copy_out() { "$boxctl" cp -q bench:into "$PWD/out"; }
pipe_in() { tar -C tree -c . | "$boxctl" exec -i bench -- sh -c 'mkdir piped && tar -C piped -x'; }
pipe_out() { mkdir piped && "$boxctl" exec bench -- tar -C piped -c . | tar -C piped -x; }

"$boxctl" create bench > /dev/null
for round in $(seq "$rounds"); do
    clear_box # its work in the file system slows down what comes next: so the order changes
    kinds=(copy pipe)
    [ $((round % 2)) = 1 ] || kinds=(pipe copy)
    for way in in out; do
        for kind in "${kinds[@]}"; do
            seconds "${kind}_$way" >> "${kind}_$way.seconds"
        done
    done
done
diff -r tree out
for way in in out; do
    copy=$(median < "copy_$way.seconds") pipe=$(median < "pipe_$way.seconds")
    echo "$way: boxctl cp $copy s, tar | boxctl exec tar $pipe s, ratio $(echo "scale=2; $copy / $pipe" | bc)"
done
