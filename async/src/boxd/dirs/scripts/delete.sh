# delete.sh DIR: functions that delete. Lines that call them follow on standard input. Embedded into remote_list.c.
export LC_ALL=C
cd -- "$1" || exit 102
boxd_code=0
boxd_newline='
'
f() { rm -f -- "$@" </dev/null 2>&1 || boxd_code=1; }
d() { rmdir -- "$@" </dev/null 2>&1 || boxd_code=1; }
