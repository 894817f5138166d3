# job.sh: the part of the jobs that runs in a box, by its `sh`. The library sends these functions with each
# request (job_line.h), and they start the runner of a job with the same text: therefore no single quote may
# stand here. docs/jobs.md describes the folder of a job. Variables begin with bj_, because a variable of
# another name could be a part of the environment that the command gets.

# ---- processes ----

# Sets bj_began to the start time of process $1; false if there is no such process. 0: not known, since the
# process has ended; -: not known, since there is no /proc.
bj_find() {
    bj_began=0
    [ -e /proc/1/stat ] || bj_began=-
    read -r bj_stat 2>/dev/null <"/proc/$1/stat" || return 1
    # The name of the program, which may contain anything, stands in parentheses.
    set -- ${bj_stat##*") "}
    [ "$1" != Z ] || return 1
    bj_began=${20}
}

# Whether process $1, which began at $2, runs.
bj_runs() {
    if [ "$2" = - ]; then
        kill -0 "$1" 2>/dev/null
    else
        bj_find "$1" && [ "$bj_began" = "$2" ]
    fi
}

# Sets bj_boot. Process 1 distinguishes the starts of a box that shares its kernel.
bj_find_boot() {
    read -r bj_boot 2>/dev/null </proc/sys/kernel/random/boot_id || bj_boot=-
    bj_find 1
    bj_boot=$bj_boot.$bj_began
}

# Runs the words after $3 without a terminal and in a process group of their own, if the box has setsid or its
# shell can do that. $1, $2 and $3 are the standard input, output and error, only of the subshell: this shell
# reports there that a signal has ended the words.
bj_alone() {
    bj_in=$1 bj_out=$2 bj_err=$3
    shift 3
    if command -v setsid >/dev/null 2>&1; then
        (exec setsid "$@" <"$bj_in" >>"$bj_out" 2>>"$bj_err")
    else
        set -m 2>/dev/null
        if [ "$BASH_VERSION" ]; then
            # bash ends itself by a SIGINT that ends its foreground job; with -m, background jobs do not
            # ignore it.
            (exec "$@" <"$bj_in" >>"$bj_out" 2>>"$bj_err") &
            wait "$!"
        else
            (exec "$@" <"$bj_in" >>"$bj_out" 2>>"$bj_err")
        fi
    fi
}

# Runs the words after $3 in a shell that has these functions, as bj_alone.
bj_alone_sh() {
    bj_in=$1 bj_out=$2 bj_err=$3
    shift 3
    bj_alone "$bj_in" "$bj_out" "$bj_err" sh -c "$bj_begin" boxd-job "$bj_script" "$@"
}
bj_begin="bj_script=\$1; shift; eval \"\$bj_script\"; \"\$@\""

# Starts the runner, and prints its first line. No & starts it or its command: the shell ignores SIGINT and
# SIGQUIT in such commands, and nothing in a box can undo that. Therefore the shell that waits for the runner
# is killed.
bj_orphan() {
    bj_alone_sh /dev/null /dev/stdout /dev/null bj_run "$@" | {
        read -r bj_text
        printf "%s\n" "$bj_text"
        kill -KILL $$
    }
}

# A tenth of a second; bj_ticks counts them.
bj_ticks=0
bj_pause() {
    if sleep 0.1 2>/dev/null; then
        bj_ticks=$((bj_ticks + 1))
    else
        sleep 1
        bj_ticks=$((bj_ticks + 10))
    fi
}

# ---- files ----

# Ends with an error line: its kind, and a text for people.
bj_fail() {
    printf "error %s\nend\n" "$*"
    exit 0
}

# Prints the size of file $1 in bytes.
bj_size() {
    set -- $(ls -lnd "$1" 2>/dev/null)
    echo "${5:-0}"
}

# Writes a line over the start of file $1, which has the space for it, and gives it the name $2: this works
# on a full disk.
bj_store() {
    printf "%-79s\n" "$3" 1<>"$1" && mv -f "$1" "$2"
}

bj_reserve() {
    printf "%-79s\n" "" >"$1"
}

# ---- the state of a job ----

# Sets the variables of the job in folder $1. False: no job was started there.
bj_read_state() {
    read -r bj_job_boot bj_job_pid bj_job_began bj_token bj_started 2>/dev/null <"$1/claim" || return 1
    bj_how=- bj_code=- bj_ended=- bj_pid=-
    [ -s "$1/pid" ] && read -r bj_pid bj_pid_began bj_rest <"$1/pid"
    if bj_read_exit "$1"; then
        bj_state=exited
    elif [ "$bj_job_boot" != "$bj_boot" ]; then
        bj_state=rebooted
    elif bj_runs "$bj_job_pid" "$bj_job_began"; then
        bj_state=running
    elif bj_read_exit "$1"; then # meanwhile
        bj_state=exited
    else
        bj_state=lost
    fi
}

bj_read_exit() {
    [ -s "$1/exit" ] && read -r bj_how bj_code bj_ended bj_rest <"$1/exit"
}

# Sets bj_out and bj_err to the sizes of the output in folder $1, with one process: a list may have many jobs.
bj_read_sizes() {
    bj_out=0 bj_err=0
    set -- $(cd "$1" && exec ls -lnd out err 2>/dev/null)
    while [ $# -ge 6 ]; do
        # Five words are before the size and with it; then the date, and the name.
        bj_text=$5
        shift 5
        until [ $# = 0 ] || [ "$1" = out ] || [ "$1" = err ]; do
            shift
        done
        case ${1-} in
        out) bj_out=$bj_text ;;
        err) bj_err=$bj_text ;;
        esac
        [ $# = 0 ] || shift
    done
}

# Prints the job $1; $2 is another word of the line.
bj_print() {
    bj_read_sizes "$bj_root/$1"
    bj_read_count "$bj_root/$1/out.count"
    bj_out_dropped=$bj_dropped
    bj_read_count "$bj_root/$1/err.count"
    bj_read_input "$bj_root/$1"
    bj_read_command "$bj_root/$1/spec.$bj_token" 2>/dev/null
    printf "job %s %s %s %s %s %s %s %s %s %s %s %s %s %s\n" "$1" "$bj_state" "$bj_how" "$bj_code" "$bj_pid" \
        "$bj_started" "$bj_ended" "$bj_out" "$bj_err" "$bj_out_dropped" "$bj_dropped" \
        "$bj_arrived" "$2" "$bj_text"
}

# Sets bj_text to the second line of the specification $1, which is the command for people, behind #.
bj_read_command() {
    bj_text=
    { read -r bj_rest && read -r bj_rest bj_text; } <"$1"
}

# Sets bj_dropped to the number in file $1.
bj_read_count() {
    bj_dropped=0
    [ -s "$1" ] && read -r bj_dropped bj_rest <"$1"
}

# Enters the folder of job $1, and reads its state.
bj_enter() {
    bj_dir=$bj_root/$1
    bj_read_state "$bj_dir" || bj_fail missing
}

# Whether a process of the job can be signalled: its command runs.
bj_command_runs() {
    [ "$bj_state" != exited ] && [ "$bj_state" != rebooted ] && [ "$bj_pid" != - ] &&
        bj_runs "$bj_pid" "$bj_pid_began"
}

# Sends signal $1 to the process group of the command, or to the command if it has no group of its own.
bj_kill() {
    kill -"$1" -"$bj_pid" 2>/dev/null || kill -"$1" "$bj_pid"
}

# ---- start ----

# Starts job $1: $2 is the name of this attempt, and $3 the size of the specification, which is the standard
# input. The other words are for the runner: see bj_run.
bj_start() {
    bj_id=$1 bj_mine=$2 bj_wanted=$3
    bj_dir=$bj_root/$1
    # An attempt that fails, or a remove, may remove the folder before there is a file.
    until bj_text=$(mkdir -p "$bj_dir" 2>&1 && { cat >"$bj_dir/spec.$bj_mine"; } 2>&1); do
        if [ -d "$bj_dir" ] || ! mkdir -p "$bj_dir" 2>/dev/null; then
            bj_drop storage "$bj_text"
        fi
    done
    [ -O "$bj_dir" ] || ! [ -d "$bj_dir" ] || bj_drop storage "$bj_dir belongs to another user"
    [ "$(bj_size "$bj_dir/spec.$bj_mine")" = "$bj_wanted" ] || bj_drop incomplete
    shift 3
    if ! [ -e "$bj_dir/claim" ]; then
        {
            bj_text=$(sh -c "$bj_begin" boxd-job "$bj_script" bj_orphan "$bj_dir" "$bj_mine" "$bj_umask" "$@")
        } 2>/dev/null
    fi
    if ! bj_read_state "$bj_dir"; then
        # A remove at the same time: the library sends the start again.
        if (cd "$bj_dir" 2>/dev/null && [ -e claim ] && ! [ -s claim ] &&
            bj_take_away "$bj_id" "$bj_mine") >/dev/null ||
            ! [ -e "$bj_dir/spec.$bj_mine" ]; then
            bj_drop incomplete
        fi
        bj_drop storage "${bj_text:-the runner did not start}"
    fi
    # The attempt that has started the job, unless the job is another one.
    bj_starter=$bj_token
    [ "$(cat "$bj_dir/spec.$bj_token")" = "$(cat "$bj_dir/spec.$bj_mine")" ] || bj_starter=other
    # The job needs the specification of its claim only. Earlier attempts of this call may have been killed.
    for bj_text in "$bj_dir/spec.$bj_mine" "$bj_dir/spec.${bj_mine%.*}".*; do
        [ "$bj_text" = "$bj_dir/spec.$bj_token" ] || rm -f "$bj_text"
    done
    bj_print "$bj_id" "$bj_starter"
}

# Removes what this attempt has made, and fails.
bj_drop() {
    rm -f "$bj_dir/spec.$bj_mine"
    rmdir "$bj_dir" 2>/dev/null
    bj_fail "$@"
}

# The runner of the job in folder $1, for the attempt $2. The command has the umask $3, and ends after $4
# (0: no timeout) by TERM, and $5 later by KILL; both are times for sleep. $6: input, or none.
# $7: the most to keep of each output; 0: all.
bj_run() {
    bj_dir=$1 bj_mine=$2 bj_timeout=$4 bj_grace=$5 bj_input=$6 bj_limit=${7:-0}
    bj_find_boot
    bj_find $$
    # cd: a remove may move the folder away, and another starter may make a new one, which has no specification
    # of this attempt.
    bj_text=$({
        cd "$bj_dir" && [ -e "spec.$bj_mine" ] && printf "%s\n" "$bj_boot $$ $bj_began $bj_mine $(date +%s)" >"claim.$bj_mine" &&
            bj_reserve "exit.$bj_mine" && bj_reserve "pid.$bj_mine" &&
            : >>out && : >>err && bj_make_input && bj_make_output && ln "claim.$bj_mine" claim
    } 2>&1)
    if [ $? != 0 ]; then
        rm -f "$bj_dir/claim.$bj_mine" "$bj_dir/exit.$bj_mine" "$bj_dir/pid.$bj_mine" \
            "$bj_dir/out.count.$bj_mine" "$bj_dir/err.count.$bj_mine"
        printf "%s\n" "$bj_text"
        exit 1
    fi
    (
        trap "" PIPE # the shell that waits for this line may have been killed
        echo claimed
    )
    exec >/dev/null
    umask "$3"
    bj_how=exit bj_watch=
    if [ "$bj_timeout" != 0 ]; then
        bj_watch_time &
        bj_watch=$!
    fi
    bj_from=/dev/null bj_feeder=
    if [ "$bj_input" = input ]; then
        bj_feed &
        bj_feeder=$! bj_from=$bj_dir/in
    fi
    bj_pipe=
    if [ "$bj_limit" != 0 ]; then
        bj_keep out &
        bj_keep err &
        bj_pipe=.pipe
    fi
    bj_alone_sh "$bj_from" "$bj_dir/out$bj_pipe" "$bj_dir/err$bj_pipe" bj_command "$bj_dir" "$bj_mine"
    bj_code=$?
    [ -z "$bj_pipe" ] || bj_await_output
    [ -z "$bj_feeder" ] || kill "$bj_feeder"
    if [ "$bj_watch" ]; then
        kill "$bj_watch"
        if wait "$bj_watch"; then # the time was over
            bj_how=timeout
            bj_kill_command KILL
        fi
    fi
    bj_store "$bj_dir/exit.$bj_mine" "$bj_dir/exit" "$bj_how $bj_code $(date +%s)"
    rm -f "$bj_dir/claim.$bj_mine"
}

# Becomes the command. Its process group exists, and so does its process for as long as it runs.
bj_command() {
    bj_find $$
    bj_store "$1/pid.$2" "$1/pid" "$$ $bj_began" 2>/dev/null
    exec sh "$1/spec.$2"
}

# Sends signal $1 from the runner.
bj_kill_command() {
    read -r bj_pid bj_rest <"$bj_dir/pid" && bj_kill "$1"
} 2>/dev/null

# Ends the command when its time is over. The status is 0 once that has begun.
bj_watch_time() {
    trap "kill \$bj_sleep; exit 1" TERM
    bj_sleep_for "$bj_timeout"
    trap "exit 1" TERM
    until [ -s "$bj_dir/pid" ]; do # a slow box has not started the command yet
        bj_pause
    done
    trap "kill \$bj_sleep; exit 0" TERM
    bj_kill_command TERM
    bj_sleep_for "$bj_grace"
    bj_kill_command KILL
    exit 0
}

bj_sleep_for() {
    sleep "$1" &
    bj_sleep=$!
    # Without fractions of a second.
    wait "$bj_sleep" || { sleep "$((${1%.*} + 1))" & bj_sleep=$!; wait "$bj_sleep"; }
}

# ---- input ----

# The input is a list of numbered pieces, which no two requests write: see bj_place. A piece that is the file
# eof ends the input.
bj_make_input() {
    [ "$bj_input" != input ] ||
        { mkdir -p pieces && : >>eof && { mkfifo in || [ -p in ]; }; }
}

# Sets bj_arrived to the bytes of input that have arrived in folder $1, and bj_next to the number of the next
# piece. The link fed names the last piece that was written, and the bytes so far; the pieces after it have
# their sizes still, unless fed changes meanwhile.
bj_read_input() {
    bj_arrived=0 bj_last=none
    while [ -p "$1/in" ]; do
        bj_fed=$(ls -ld "$1/fed" 2>/dev/null) || bj_fed=0.0
        bj_fed=${bj_fed##* }
        [ "$bj_fed" != "$bj_last" ] || break
        bj_last=$bj_fed bj_next=$((${bj_fed%.*} + 1)) bj_arrived=${bj_fed#*.}
        set -- "$1"
        while [ -e "$1/pieces/$bj_next" ] && ! [ "$1/pieces/$bj_next" -ef "$1/eof" ]; do
            set -- "$@" "$1/pieces/$bj_next"
            bj_next=$((bj_next + 1))
        done
        [ $# != 1 ] || break
        bj_arrived=$(shift && ls -lnd "$@" | while read -r bj_rest bj_rest bj_rest bj_rest bj_rest bj_more; do
            echo "$bj_rest"
        done | { while read -r bj_rest; do bj_arrived=$((bj_arrived + bj_rest)); done; echo "$bj_arrived"; })
    done
}

# Writes the pieces to the command, in the runner. A piece that was written is empty.
bj_feed() {
    trap "kill \$bj_cat; exit" TERM
    exec >"$bj_dir/in" # waits for the command
    bj_number=1 bj_fed=0
    while ! [ "$bj_dir/pieces/$bj_number" -ef "$bj_dir/eof" ]; do
        if [ -e "$bj_dir/pieces/$bj_number" ]; then
            cat "$bj_dir/pieces/$bj_number" &
            bj_cat=$!
            wait "$bj_cat" || exit # the command reads no more
            bj_fed=$((bj_fed + $(bj_size "$bj_dir/pieces/$bj_number")))
            ln -s "$bj_number.$bj_fed" "$bj_dir/fed.new" && mv -f "$bj_dir/fed.new" "$bj_dir/fed" &&
                : >"$bj_dir/pieces/$bj_number"
            bj_number=$((bj_number + 1))
        else
            bj_pause
        fi
    done
}

# Appends file $1 to the pieces, once: several requests may do this at the same time, and none can be between
# another one and its place.
bj_place() {
    bj_number=1
    until [ "$bj_dir/pieces/$bj_number" -ef "$1" ]; do
        if [ "$bj_dir/pieces/$bj_number" -ef "$bj_dir/eof" ]; then
            bj_fail closed
        elif [ -e "$bj_dir/pieces/$bj_number" ]; then
            bj_number=$((bj_number + 1))
        elif ! bj_text=$(ln "$1" "$bj_dir/pieces/$bj_number" 2>&1) && ! [ -e "$bj_dir/pieces/$bj_number" ]; then
            bj_fail storage "$bj_text"
        fi
    done
}

bj_enter_input() {
    bj_enter "$1"
    [ -p "$bj_dir/in" ] || bj_fail input
}

# Writes a piece of $4 bytes, the standard input, to job $1. $2 is the name of the piece, $3 that of the
# attempt: the first attempt that has all bytes makes the piece.
bj_write() {
    bj_enter_input "$1"
    bj_piece=$bj_dir/piece.$2 bj_attempt=$bj_dir/piece.$2.$3
    if ! [ -e "$bj_piece" ]; then
        [ "$bj_state" = running ] || bj_fail ended
        bj_text=$({ cat >"$bj_attempt"; } 2>&1) || bj_drop_piece storage "$bj_text"
        [ "$(bj_size "$bj_attempt")" = "$4" ] || bj_drop_piece incomplete
        bj_text=$(ln "$bj_attempt" "$bj_piece" 2>&1) || [ -e "$bj_piece" ] || bj_drop_piece storage "$bj_text"
    fi
    rm -f "$bj_piece".* # also of attempts that were killed
    bj_place "$bj_piece"
}

# Writes a piece as bj_write, unless the input has the bytes already: $3 is the offset of the first one. Prints
# how many bytes of input have arrived: if this is a part of the piece, the library sends the rest.
bj_write_at() {
    bj_enter_input "$1"
    bj_attempt=$bj_dir/piece.$2
    bj_read_input "$bj_dir"
    if [ "$bj_arrived" = "$3" ]; then
        [ "$bj_state" = running ] || bj_fail ended
        bj_text=$({ cat >"$bj_attempt"; } 2>&1) || bj_drop_piece storage "$bj_text"
        [ "$(bj_size "$bj_attempt")" = "$4" ] || bj_drop_piece incomplete
    fi
    # Of several requests for this offset one gets the next number.
    while [ "$bj_arrived" = "$3" ]; do
        ! [ "$bj_dir/pieces/$bj_next" -ef "$bj_dir/eof" ] || bj_drop_piece closed
        if bj_text=$(ln "$bj_attempt" "$bj_dir/pieces/$bj_next" 2>&1); then
            bj_arrived=$(($3 + $4))
            break
        fi
        [ -e "$bj_dir/pieces/$bj_next" ] || bj_drop_piece storage "$bj_text"
        bj_read_input "$bj_dir"
    done
    rm -f "${bj_attempt%.*}".* # also of attempts that were killed
    [ "$bj_arrived" -ge "$3" ] || bj_fail offset "$bj_arrived"
    printf "input %s\n" "$bj_arrived"
}

bj_drop_piece() {
    rm -f "$bj_attempt"
    bj_fail "$@"
}

# Ends the input of job $1.
bj_close() {
    bj_enter_input "$1"
    [ "$bj_state" = running ] || return 0
    bj_place "$bj_dir/eof"
}

# ---- output with a limit ----

bj_make_output() {
    [ "$bj_limit" = 0 ] || {
        bj_reserve "out.count.$bj_mine" && bj_reserve "err.count.$bj_mine" &&
            { mkfifo out.pipe || [ -p out.pipe ]; } && { mkfifo err.pipe || [ -p err.pipe ]; }
    }
}

# Keeps the first bytes of the output $1 (out or err), and counts the others. The command does not wait for a
# full disk, nor for more than one write.
bj_keep() {
    exec <"$bj_dir/$1.pipe" # waits for the command
    bj_kept=0 bj_dropped=0
    while [ "$bj_kept" -lt "$bj_limit" ]; do
        bj_block=$((bj_limit - bj_kept))
        [ "$bj_block" -le 65536 ] || bj_block=65536
        # The number of bytes that dd has read. It is larger than any block if they could not be written.
        bj_got=$(dd bs="$bj_block" count=1 | { tee -a "$bj_dir/$1" || printf "%65537s" ""; } | wc -c)
        if [ "$bj_got" -gt 65536 ]; then
            bj_dropped=$((bj_kept + bj_got - 65537 - $(bj_size "$bj_dir/$1")))
            break
        fi
        [ "$bj_got" -gt 0 ] || break # the end
        bj_kept=$((bj_kept + bj_got))
    done
    bj_got=$(wc -c)
    bj_store "$bj_dir/$1.count.$bj_mine" "$bj_dir/$1.count" "$((bj_dropped + bj_got))"
}

# Waits for the end of the output, which other processes of the job may keep open: then for a second only.
bj_await_output() {
    while ! { [ -e "$bj_dir/out.count" ] && [ -e "$bj_dir/err.count" ]; } && [ "$bj_ticks" -lt 10 ]; do
        bj_pause
    done
}

# ---- the other requests ----

bj_get() {
    bj_enter "$1"
    bj_print "$1" -
}

bj_list() {
    for bj_dir in "$bj_root"/*; do
        if [ -d "$bj_dir" ] && bj_read_state "$bj_dir"; then
            bj_print "${bj_dir##*/}" -
        fi
    done
}

# Waits until job $1 has ended, for $2 tenths of a second at most.
bj_wait() {
    bj_enter "$1"
    while [ "$bj_state" = running ] && [ "$bj_ticks" -lt "$2" ]; do
        bj_pause
        bj_enter "$1"
    done
    bj_print "$1" -
}

# Prints the output $2 (out or err) of job $1 from byte $3, $4 bytes at most. If there is none, waits $5
# tenths of a second at most, or until the job has ended.
bj_read() {
    bj_enter "$1"
    bj_all=$(bj_size "$bj_dir/$2")
    while [ "$bj_state" = running ] && [ "$bj_all" -le "$3" ] && [ "$bj_ticks" -lt "$5" ]; do
        bj_pause
        bj_enter "$1"
        bj_all=$(bj_size "$bj_dir/$2")
    done
    bj_count=$((bj_all - $3))
    [ "$bj_count" -ge 0 ] || bj_count=0
    [ "$bj_count" -le "$4" ] || bj_count=$4
    bj_print "$1" -
    printf "data %s %s\n" "$bj_count" "$bj_all"
    # dd does not read the bytes before the offset.
    [ "$bj_count" = 0 ] || dd if="$bj_dir/$2" bs=65536 skip="$(($3 / 65536))" count="$((bj_count / 65536 + 2))" \
        2>/dev/null | tail -c "+$(($3 % 65536 + 1))" | head -c "$bj_count"
    echo
}

# Sends signal $2 to job $1.
bj_signal() {
    bj_enter "$1"
    while [ "$bj_state" = running ] && [ "$bj_pid" = - ] && [ "$bj_ticks" -lt 50 ]; do # it is starting
        bj_pause
        bj_enter "$1"
    done
    bj_command_runs || bj_fail ended
    if ! bj_text=$(bj_kill "$2" 2>&1); then
        bj_command_runs || bj_fail ended # meanwhile
        bj_fail signal "$bj_text"
    fi
}

# Prints the attempt that has started job $1, or - if no attempt has: then a starter was killed.
bj_identify() {
    [ -d "$bj_root/$1" ] || bj_fail missing
    bj_read_state "$bj_root/$1" || bj_token=-
    printf "attempt %s\n" "$bj_token"
}

# Reads the state of the job in this folder, which attempt $1 has started. Another job with this id is not the
# one that the request means.
bj_read_same() {
    bj_read_state . && [ "$bj_token" = "$1" ] || bj_fail missing
}

# Takes the claim of this folder, in which no attempt has started a job: from now on none can. The claim is
# empty, for which a full disk has space. $1: a name that no other request uses.
bj_close_folder() {
    [ -e claim ] || bj_text=$({ : >"claim.$1" && ln "claim.$1" claim; } 2>&1)
    [ ! -s claim ] || bj_fail missing # a start was first: this is another job
    [ -e claim ] || ! [ . -ef "$bj_dir" ] || bj_fail storage "$bj_text"
}

# Moves this folder away, which is that of job $1 and whose claim does not change any more, and removes it. $2 is
# a name that no other request uses. Only one process may do this at a time, because the name of the folder can
# be that of a new job afterwards: the one that the last of the links remove.1, remove.2 ... names. It was
# killed if it does not run. A symbolic link takes no space on the disk.
bj_take_away() {
    bj_find $$
    bj_me=$$.$bj_began bj_number=1
    until ln -s "$bj_me" "remove.$bj_number" 2>/dev/null; do
        if ! bj_text=$(ls -ld "remove.$bj_number" 2>&1); then
            [ . -ef "$bj_root/$1" ] || bj_fail missing
            bj_fail storage "$bj_text"
        fi
        bj_text=${bj_text##* }
        if [ "$bj_text" != "$bj_me" ] && bj_runs "${bj_text%.*}" "${bj_text#*.}"; then
            [ "$bj_ticks" -lt 100 ] || bj_fail busy
            bj_pause
        else
            bj_number=$((bj_number + 1))
        fi
    done
    [ . -ef "$bj_root/$1" ] || bj_fail missing
    bj_text=$(mv "$bj_root/$1" "$bj_root/.gone.$2" 2>&1) || bj_fail storage "$bj_text"
    cd "$bj_root"
    # Again: another request may have made a file there meanwhile.
    rm -rf ".gone.$2" 2>/dev/null || bj_text=$(rm -rf ".gone.$2" 2>&1) || bj_fail storage "$bj_text"
}

# Removes job $1, which attempt $2 has started: see bj_identify. $3 is a name that no other request uses.
# $4: whether a command that runs is killed.
bj_remove() {
    bj_dir=$bj_root/$1
    rm -rf "$bj_root"/.gone.*
    # In the folder, the names are those of this job, whatever other requests do.
    cd "$bj_dir" 2>/dev/null || bj_fail missing
    if [ "$2" = - ]; then
        bj_close_folder "$3"
    else
        bj_read_same "$2"
        while bj_command_runs || [ "$bj_state" = running ]; do
            [ "$4" = kill ] || bj_fail running
            [ "$bj_ticks" -lt 100 ] || bj_fail busy
            [ "$bj_pid" = - ] || bj_kill KILL 2>/dev/null
            bj_pause
            bj_read_same "$2"
        done
    fi
    bj_take_away "$1" "$3"
}

# One request: the first word is the name of its function.
bj_main() {
    bj_root=${HOME:-/var/tmp}/.boxd/jobs
    bj_umask=$(umask)
    umask 077
    printf "boxd-job 1\n"
    bj_find_boot
    "bj_$@"
    echo end
}
