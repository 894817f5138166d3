# make.sh DIR TEMPORARY: makes entries of a directory, as lines on standard input say: a function for each kind of entry, whose
# first argument is the number of the entry. The functions report each failure. Embedded into remote_shell.c.
#
# The lines are read with `read`, and not by the shell itself: a signal interrupts `read`, and the shell then removes the
# temporary directory: several times, since the service may still run an upload that was cancelled, which makes the directory
# again; and in another session, because the service kills the shell a moment after the signal. From its end on, also if its
# input ends first, the shell ignores signals until that session exists: the substitution waits for it.
export LC_ALL=C
mkdir -p -- "$1" && cd -- "$1" || exit 102
boxd_newline='
'
boxd_temporary=$2
boxd_removed=
z() { rm -rf -- "$boxd_temporary" && boxd_removed=yes; }
boxd_clean='for pause in 0.1 0.2 0.4 1 2 0; do rm -rf -- "$1"; sleep $pause; done'
boxd_ignore() { trap '' HUP INT TERM PIPE; }
boxd_end() {
    boxd_ignore
    [ ! "$boxd_removed" ] || return
    if command -v setsid >/dev/null 2>&1; then
        : "$(setsid sh -c "exec >&2; $boxd_clean" sh "$boxd_temporary" </dev/null 2>/dev/null &)"
    else
        sh -c "$boxd_clean" sh "$boxd_temporary" </dev/null >/dev/null 2>&1
    fi
}
trap boxd_end EXIT
trap 'boxd_ignore; exit 1' HUP INT TERM PIPE
mkdir -m 700 -- "$2" || exit 102
printf 'umask %s\0' "$(umask)"
boxd_fail() {
    printf '%s %s\0' "$boxd_number" "$1"
    return 1
}
boxd_try() { boxd_why=$("$@" 2>&1 </dev/null) || boxd_fail "$boxd_why"; }
boxd_time() {
    [ "$1" = - ] || touch $3 -c -d "@$1" -- "$2" </dev/null >/dev/null 2>&1 \
        || boxd_try touch $3 -c -d "@${1%.*}" -- "$2"
}
boxd_clear() {
    if [ -L "$1" ]; then
        boxd_try rm -f -- "$1"
    elif [ -d "$1" ]; then
        boxd_fail 'a directory has its name'
    elif [ "$2" ] && [ -e "$1" ]; then
        boxd_try rm -f -- "$1"
    fi
}
d() {
    boxd_number=$1
    { [ -d "$2" ] && [ ! -L "$2" ]; } || { boxd_clear "$2" all && boxd_try mkdir -- "$2"; } || return 0
    [ -w "$2" ] || boxd_try chmod u+rwx -- "$2" || :
}
e() {
    boxd_number=$1
    { [ -d "$4" ] && [ ! -L "$4" ]; } || return 0
    boxd_time "$3" "$4" && boxd_try chmod "$2" -- "$4" || :
}
f() {
    boxd_number=$1
    boxd_clear "$4" && boxd_try chmod "$2" -- "$boxd_temporary/$1" \
        && boxd_time "$3" "$boxd_temporary/$1" && boxd_try mv -f -- "$boxd_temporary/$1" "$4" || :
}
l() {
    boxd_number=$1
    boxd_clear "$4" all && boxd_try ln -s -- "$5" "$4" && boxd_time "$3" "$4" -h || :
}
while IFS= read -r boxd_line; do eval "$boxd_line"; done
boxd_ignore
