# create.sh DIR FLAGS LINKS [EXPRESSION...]: writes an archive of a directory. The words after LINKS are an expression of
# find, which selects what is archived; "listed": standard input names the entries. The messages follow the archive: service
# 0.1 mixes standard error into standard output. Embedded into remote_tar.c.
export LC_ALL=C
command -v tar >/dev/null 2>&1 || exit 101
[ -e "$1" ] || exit 103
cd -- "$1" || exit 102
flags=$2 links=$3
shift 3
gnu='--format=pax --pax-option=delete=atime,delete=ctime --hard-dereference --quoting-style=escape
  --warning=no-file-changed'
create() {
    case $(tar --version </dev/null 2>&1) in
    *GNU*)
        [ "$1" != listed ] || exec tar $flags $gnu --null --no-recursion -T - -f -
        [ $# != 0 ] && command -v find >/dev/null 2>&1 || exec tar $flags $gnu -f - .
        find $links . "$@" -print0 | tar $flags $gnu --null --no-recursion -T - -f -
        ;;
    *)
        [ "$1" != listed ] || exit 101
        exec tar $flags -f - .
        ;;
    esac
}
exec 3>&1
messages=$(create "$@" 2>&1 >&3 3>&-)
code=$?
[ -z "$messages" ] || printf '\n%s\n' "$messages"
exit $code
