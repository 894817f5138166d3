# list.sh DIR LINKS SUMS EXCLUDED [EXPRESSION...]: lists a directory. EXPRESSION of find leaves out what is excluded, unless
# EXCLUDED is "yes": then the list has the excluded entries, without what they contain. Embedded into remote_list.c.
#
# The output: facts, target and path of each entry, each with a NUL; an empty text; the lines of cksum and a NUL; messages.
# Facts are the mode as ls shows it, the size, the time and the mode in octal; with "n" at the end the target is as the
# format %N of stat shows it: the escaped path, " -> " and the escaped target.
#
# Without GNU find the shell walks itself. With GNU stat it calls stat for all entries of a directory at once, unless their
# names are too many for one command.
export LC_ALL=C QUOTING_STYLE=escape
is_gnu() {
    case $("$1" --version </dev/null 2>&1) in *GNU*) return 0 ;; esac
    return 1
}
walker=own
if is_gnu find; then
    walker=find
elif ! command -v stat >/dev/null 2>&1; then
    exit 104
fi
[ -e "$1" ] || exit 103
cd -- "$1" || exit 102
links=$2 sums=$3 excluded=$4 failed=0 id=
format='%M %s %T@ %m\0%l\0%P\0'
shift 4
follow=
[ $links = -P ] || follow=-L
is_gnu stat && gnu=yes || gnu=no
fail() {
    printf "find: '%s': %s\n" "$1" "$2" >&2
    failed=1
}
one() {
    facts=$(stat $follow -c '%A %s %Y %a' -- "$1" 2>/dev/null) \
        || {
            fail "$1" 'No such file or directory'
            return 0
        }
    printf '%s\0' "$facts"
    case $facts in l*) readlink -n -- "$1" || failed=1 ;; esac
    printf '\0%s\0' "$1"
}
several() {
    [ -e "$1" ] || [ -L "$1" ] || return 0
    if [ $gnu$follow = yes ]; then
        stat --printf='%A %s %.9Y %a n\0%N\0%n\0' -- "$@" && return
        [ $? = 126 ] || {
            failed=1
            return 0
        }
    fi
    for entry; do one "$entry"; done
}
sum() { [ ! -f "$1" ] || { [ -L "$1" ] && [ -z "$follow" ]; } || cksum -- "$1" || failed=1; }
is_loop() {
    [ "$follow" ] || return 1
    id=$(stat -L -c '|%d:%i|' -- "$1") || return 0
    case $2 in *"$id"*)
        fail "$1" 'File system loop detected'
        return 0
        ;;
    esac
    return 1
}
visit() {
    if ! [ -r "$2" ] || ! [ -x "$2" ]; then
        fail "$2" 'Permission denied'
        return 0
    fi
    if is_loop "$2" "$3"; then return 0; fi
    set -- $1 "$2" "$3$id"
    [ $1 = sum ] || {
        several "$2"/*
        several "$2"/.[!.]*
        several "$2"/..?*
    }
    for entry in "$2"/* "$2"/.[!.]* "$2"/..?*; do
        if [ -d "$entry" ] && { [ ! -L "$entry" ] || [ "$follow" ]; }; then
            visit $1 "$entry" "$3"
        elif [ $1 = sum ]; then
            sum "$entry"
        fi
    done
}
entries() {
    if [ $walker$excluded = findyes ]; then
        find $links . \( "$@" -true \) -printf "$format" || failed=1
    elif [ $walker = find ]; then
        find $links . "$@" -printf "$format" || failed=1
    else
        several .
        visit list . ''
    fi
}
checksums() {
    [ $sums = yes ] || return 0
    if [ $walker = find ]; then
        find $links . "$@" -type f -exec cksum {} + || failed=1
    else
        visit sum . ''
    fi
}
list() {
    entries "$@"
    printf '\0'
    checksums "$@"
    printf '\0'
    return $failed
}
exec 3>&1
messages=$(list "$@" 2>&1 >&3 3>&-)
code=$?
[ -z "$messages" ] || printf '%s\n' "$messages"
exit $code
