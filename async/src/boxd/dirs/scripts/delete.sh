# delete.sh DIR: functions that delete. Lines that call them follow on standard input. Embedded into remote_list.c.
#
# The paths stand on a line before the line that deletes them: if the input ends early, the shell runs its last line, which
# may end in the middle of a path.
#
# The output: the path and the reason of each entry that was not deleted, each with a NUL. Without a reason, the directory
# contains entries that stay. A command that failed is repeated for each entry that is left, to find out which one it is.
export LC_ALL=C
cd -- "$1" || exit 102
boxd_code=0
boxd_newline='
'
boxd_each() {
    boxd_program=$1
    shift
    for boxd_path; do
        [ -e "$boxd_path" ] || [ -L "$boxd_path" ] || continue
        boxd_why=$($boxd_program -- "$boxd_path" 2>&1 </dev/null) && continue
        boxd_code=1
        case $boxd_why in *': Directory not empty') boxd_why= ;; *) boxd_why=${boxd_why:-failed} ;; esac
        printf '%s\0%s\0' "$boxd_path" "$boxd_why"
    done
}
f() { rm -f -- "$@" </dev/null >/dev/null 2>&1 || boxd_each 'rm -f' "$@"; }
d() { rmdir -- "$@" </dev/null >/dev/null 2>&1 || boxd_each rmdir "$@"; }
