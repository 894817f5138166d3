# extract.sh DIR FLAGS: reads an archive from standard input. Exit codes: remote_command.h. Embedded into remote_tar.c.
export LC_ALL=C
command -v tar >/dev/null 2>&1 || exit 101
mkdir -p -- "$1" && cd -- "$1" || exit 102
case $(tar --version </dev/null 2>&1) in
*GNU*)
    case $2 in *p*) ;; *) set -- "$1" "$2" --no-same-permissions ;; esac
    exec tar "$2" $3 --warning=no-timestamp --quoting-style=escape -f -
    ;;
*) exec tar "$2" -f - ;;
esac
